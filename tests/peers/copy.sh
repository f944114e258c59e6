# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by run.sh, with the daemons and agents of `work` and `vault` up: files are copied
# between them, by honest and by other senders and receivers.
incoming=$HOME/QubesIncoming
there=$incoming/work
mkdir -p "$HOME" src/dir/sub
for program in $("$bin/qvm-agent" --names); do
	ln -sf "$bin/qvm-agent" "bin/$program"
done
mkdir -p src/many
for i in $(seq 300); do echo "$i" >"src/many/$i"; done
cp big src/big
printf 'hello' >src/one
printf 'two' >src/dir/sub/two
ln -s sub/two src/dir/link
chmod 750 src/dir/sub
chmod 600 src/one
touch -d '2001-02-03 04:05:06' src/one src/dir/sub

# copy PROGRAM ARG...: as domain `work` does it
copy() { VCHAN_DOMAIN=42 timeout 60 "bin/$1" --agent-socket=agent.work "${@:2}" 2>copy.err; }
# What of src has arrived as it was.
arrived() { (cd "$incoming/work" && diff -r --no-dereference . "$work/src" | grep -v '^Only in /'); }

copy qvm-copy-to-vm vault src/one src/dir src/many src/big
same 'copy: to a domain' '0 ' "$? $(cat copy.err)"
same 'copy: all is there' '' "$(arrived)"
same 'copy: modes and times' "$(cd src && stat -c '%a %Y %n' one dir/sub dir/sub/two)" \
	"$(cd "$incoming/work" && stat -c '%a %Y %n' one dir/sub dir/sub/two)"
same 'copy: for its user alone' '700 700' "$(stat -c %a "$incoming" "$incoming/work" | xargs)"
copy qvm-copy-to-vm vault src/one
same 'copy: nothing is replaced' "1 qfile-agent: 'one': not copied: exists there already" \
	"$? $(cat copy.err)"
rm -r "$incoming"
copy qvm-copy --with-progress src/one src/big
same 'copy: policy chooses the target' 0 $?
same 'copy: progress' yes "$(tr '\r' '\n' <copy.err | grep -q ' of 16 MiB, ' && echo yes || cat copy.err)"
same 'copy: it has arrived' '' "$(arrived)"
rm -r "$incoming"
printf x >"src/$(printf 'esc\033ape')"
copy qvm-copy-to-vm vault "src/$(printf 'esc\033ape')"
same 'copy: any name, when asked for' '0 x' "$? $(cat "$there/esc"*)"
rm -r "$incoming" src/esc*
copy qvm-copy-to-vm vault src/absent
same 'copy: an absent file' "1 qvm-copy-to-vm: 'absent': No such file or directory" "$? $(cat copy.err)"
ln -s one src/top
copy qvm-copy-to-vm vault src/top
same 'copy: a link alone' "1 qvm-copy-to-vm: 'top': is a symbolic link; name what it points to" \
	"$? $(cat copy.err)"
copy qvm-copy-to-vm --ignore-symlinks vault src/top src/dir
same 'copy: links left out' "0 sub" "$? $(ls "$there/dir")"
rm -r "$incoming" src/top
for program in qvm-copy qvm-move-to-vm; do
	copy $program
	same "copy: usage of $program" 2 $?
done
same 'copy: help' 0 "$(copy qvm-move --help >/dev/null; echo $?)"

# --- moving
cp -a src keep
copy qvm-move-to-vm vault src/one src/dir
same 'move: gone here' '0 big many' "$? $(ls src | xargs)"
same 'move: there' 'hello two' "$(cat "$there/one") $(cat "$there/dir/link")"
rm -rf src
cp -a keep src
copy qvm-move-to-vm vault src/many src/dir
same 'move: refused, all stays' '1 ' "$? $(diff -r --no-dereference keep src)"
rm -r "$incoming"
copy qvm-move-to-vm nowhere src/one
same 'move: denied, all stays' '126 Request refused' "$? $(diff -r --no-dereference keep src)$(cat copy.err)"
# receivers that lie
for answer in '' 'x' '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' \
	'\0\0\0\0\0\0\0\0\1\1\1\1\0\0\0\0\377\377\377\377'; do
	printf '#!/bin/sh\ncat >/dev/null\nprintf "%s"\n' "$answer" >rpc/qubes.Filecopy
	chmod +x rpc/qubes.Filecopy
	copy qvm-move-to-vm vault src/one src/dir src/big
	same "move: answer '$answer', all stays" '1 ' "$? $(diff -r --no-dereference keep src)"
done
printf '#!/bin/sh\nexit 0\n' >rpc/qubes.Filecopy
copy qvm-move-to-vm vault src/one src/big
same 'move: a receiver that leaves, all stays' '1 ' "$? $(diff -r --no-dereference keep src)"
rm rpc/qubes.Filecopy

# --- from dom0
mkdir -p dom0/run
ln -s "$work" dom0/run/qubes
dom0() { VCHAN_DOMAIN=0 timeout 60 "$build/qvm" "$1" --root="$work/dom0" "${@:2}" 2>copy.err; }
dom0 copy-to-vm work src/one src/dir src/many src/big
same 'dom0: copied' '0  ' "$? $(cat copy.err) $(cd "$incoming/dom0" && diff -r --no-dereference . "$work/src")"
dom0 copy-to-vm work src/many
same 'dom0: nothing is replaced' "1 qvm-copy-to-vm: 'many': not copied to work: exists there already" \
	"$? $(cat copy.err)"
dom0 move-to-vm work src/dir
same 'dom0: refused, all stays' '1 ' "$? $(diff -r --no-dereference keep src)"
rm -r "$incoming"
printf x >"src/$(printf 'esc\033ape')"
dom0 move-to-vm work src/esc*
same 'dom0: any name' '0 x ' "$? $(cat "$incoming/dom0/esc"*) $(ls src | grep esc)"
mkfifo src/dir/pipe
dom0 move-to-vm work src/one src/dir
same 'dom0: moved, but for what was not sent' "3 dir
big
many qvm-move-to-vm: 'dir/pipe': left out: is no file, folder or link
qvm-move-to-vm: 'dir': was copied and stays here: it holds something that was not copied
qvm-move-to-vm: everything is in 'work' now, but some of it stays here too" \
	"$? $(ls -t src | sort -r | grep dir; ls src | grep -v dir) $(cat copy.err)"
same 'dom0: the rest is gone' pipe "$(ls src/dir)"
rm -r "$incoming" src
cp -a keep src
printf '#!/bin/sh\nhead -c 100 >/dev/null\nexit 9\n' >rpc/qubes.Filecopy
chmod +x rpc/qubes.Filecopy
dom0 move-to-vm work src/one src/big
same 'dom0: a receiver that leaves, all stays' "1  qvm-move-to-vm: 'work' has ended the copy without an answer (status 9)" \
	"$? $(diff -r --no-dereference keep src) $(cat copy.err)"
rm rpc/qubes.Filecopy
(cd src && rm big && touch keep-out && chmod 0 keep-out)
[ "$(id -u)" = 0 ] || {
	dom0 copy-to-vm work src
	same 'dom0: what cannot be read' "1 qvm-copy-to-vm: 'src/keep-out': Permission denied" "$? $(cat copy.err)"
}
rm -rf "$incoming"

# --- senders that an honest program would not be
cat >attack.py <<'END'
import struct, sys
REG, DIR, LNK = 0o100644, 0o040755, 0o120777
def one(name, mode=REG, data=b'x', size=None, ns=0):
    size = len(data) if size is None else size
    return struct.pack('<LLQLLLL', len(name) + 1, mode, size, 1, ns, 1, 0) + name + b'\0' + data
end = bytes(32)
deep = b''.join(one(b'/'.join([b'd'] * n), DIR, b'') for n in range(1, 10000))
print(end='', flush=True)
streams = {
    'up': one(b'../evil'), 'absolute': one(sys.argv[2].encode() + b'/evil'),
    'within': one(b'a', DIR, b'') + one(b'a/../../evil'),
    'link': one(b'a', DIR, b'') + one(b'a/l', LNK, b'../..') + one(b'a/l/evil'),
    'suid': one(b'evil', 0o104755), 'device': one(b'evil', 0o020666, b''),
    'pipe': one(b'evil', 0o010666, b''), 'size': one(b'evil', size=1 << 63),
    'nanoseconds': one(b'evil', ns=10**9), 'twice': one(b'a') + one(b'a') + end,
    'cut': one(b'evil', size=10), 'no-end': one(b'a'), 'deep': deep,
    'escape': one(b'\033c'), 'huge-name': struct.pack('<LLQLLLL', 0xffffffff, REG, 0, 1, 0, 1, 0),
}
sys.stdout.buffer.write(streams[sys.argv[1]])
END
# attack NAME CODE
attack()
{
	find . -path ./home -prune -o -path './*.log' -prune -o -path ./answer -prune -o -print | sort >before
	mkdir -p "$incoming"
	python3 attack.py "$1" "$work" | from work 42 vault qubes.Filecopy >answer
	same "attack $1: refused" "$2" "$(od -An -tu4 -N4 answer | tr -d ' ')"
	find . -path ./home -prune -o -path './*.log' -prune -o -path ./answer -prune -o -print | sort >after
	same "attack $1: nothing outside" 'work' "$(diff before after)$(ls "$incoming" | grep . || echo work)"
	same "attack $1: nothing evil" '' "$(find "$HOME" -name evil -o -perm /7000 -o ! -type f ! -type d)"
	rm -rf "$incoming"
}
touch before after
attack up 22
attack absolute 22
attack within 22
attack link 67
attack suid 1
attack device 22
attack pipe 22
attack size 22
attack nanoseconds 22
attack twice 17
attack cut 31415926
attack no-end 121
attack deep 36
attack escape 84
attack huge-name 36

# SPDX-License-Identifier: GPL-2.0-or-later
# Files between domains: from dom0, from one domain to another, and what is refused.
# timeout: 500
. /lab/lib.sh

run() { qvm-run -p "$@"; }
status() { "$@" >/dev/null 2>&1; echo $?; }
policy() { printf '%s\n' "$@" >/etc/qubes/policy.d/30-test.policy; }
# Of a folder: what is in it, for comparison.
in=QubesIncoming/work
sums='find . ! -type d | sort | xargs md5sum; find . -exec stat -c "%a %Y %n" {} + | grep -v " [.]$" | sort'

mkdir -p /etc/qubes/policy.d
qvm-create -t tiny -l red work && qvm-create -t tiny -l green vault || exit 1

# ---- from dom0 ----
mkdir -p /tmp/src/dir/sub
cd /tmp/src || exit 1
head -c 20M /dev/urandom >big
echo hello >one
echo two >dir/sub/two
ln -s sub/two dir/link
chmod 600 one
chmod 750 dir/sub
for i in $(seq 200); do echo "$i" >"dir/$i"; done
touch -d '2001-02-03 04:05:06' one dir/sub
qvm-run vault true
check "a halted domain is started and takes files" qvm-copy-to-vm work big one dir
same "all of it is as it was" "$(sh -c "$sums")" "$(run work "cd QubesIncoming/dom0 && $sums")"
same "it belongs to the default user" "user 700" \
	"$(run work 'stat -c "%U %a" QubesIncoming/dom0')"
refused "nothing is replaced" 1 "'one': not copied to work: exists there" qvm-copy-to-vm work one
refused "an absent file" 1 "'absent'" qvm-copy-to-vm work absent
refused "an unknown domain" 4 nonesuch qvm-copy-to-vm nonesuch one
run work 'rm -rf QubesIncoming'
cp -a one /tmp/one
check "a file is moved" qvm-move-to-vm work one
same "gone here, there it is" "hello" "$(ls one 2>/dev/null)$(run work 'cat QubesIncoming/dom0/one')"
mv /tmp/one .
refused "a refused move keeps the file" 1 "'one': not copied to work: exists there" qvm-move-to-vm work one
same "it is still here" hello "$(cat one)"

# ---- between domains ----
policy 'qubes.Filecopy * work vault allow' 'qubes.Filecopy * work @default allow target=vault'
run work 'mkdir -p src/dir; echo one >src/one; echo two >src/dir/two; ln -s two src/dir/link
	head -c 5000000 /dev/urandom >src/big'
same "to the domain that is named" 0 "$(status run work 'qvm-copy-to-vm vault src')"
same "all of it is as it was" "$(run work "cd src && $sums")" \
	"$(run vault "cd $in/src && $sums")"
same "a second time it is refused" "qfile-agent: 'src': not copied: exists there already" \
	"$(run work 'qvm-copy-to-vm vault src' 2>&1)"
run vault 'rm -rf QubesIncoming'
same "to the one that policy chooses, moved" "0 one" \
	"$(status run work 'qvm-move src/one src/dir') $(run vault "cat $in/one")"
same "gone there" big "$(run work 'ls src')"
policy 'qubes.Filecopy * work vault deny'
same "denied, and nothing is removed" "126 big" \
	"$(status run work 'qvm-move-to-vm vault src/big') $(run work 'ls src')"
policy '* * work vault allow'

# ---- what the receiver refuses ----
# header NAMELEN MODE SIZE (octal escapes, little-endian)
attack()
{
	run work "printf '$2' | qrexec-client-vm vault qubes.Filecopy | head -c 4 | od -An -tu4" | tr -d ' '
}
zero8='\0\0\0\0\0\0\0\0'
times=$zero8$zero8
reg='\244\201\0\0' dir='\355\101\0\0' link='\377\241\0\0'
before=$(run vault 'find / -xdev -path /proc -prune -o -path /sys -prune -o -path /home -prune -o -print 2>/dev/null | sort' | md5sum)
same "up" 22 "$(attack up "\\10\\0\\0\\0$reg\\1\\0\\0\\0\\0\\0\\0\\0$times../evil\\0x")"
same "absolute" 22 "$(attack absolute "\\12\\0\\0\\0$reg\\1\\0\\0\\0\\0\\0\\0\\0$times/etc/evi\\0x")"
same "a link that leads out" 67 "$(attack link \
	"\\2\\0\\0\\0$dir$zero8${times}a\\0\\4\\0\\0\\0$link\\5\\0\\0\\0\\0\\0\\0\\0${times}a/l\\0../..")"
same "set-user-id" 1 "$(attack suid "\\5\\0\\0\\0\\355\\211\\0\\0\\1\\0\\0\\0\\0\\0\\0\\0${times}evil\\0x")"
same "a device" 22 "$(attack device "\\5\\0\\0\\0\\266\\41\\0\\0$zero8${times}evil\\0")"
same "a size of 2^63" 22 "$(attack size "\\5\\0\\0\\0$reg\\0\\0\\0\\0\\0\\0\\0\\200${times}evil\\0x")"
same "an escape in the name" 84 "$(attack escape "\\3\\0\\0\\0$reg$zero8$times\\33c\\0")"
same "more than the disk has" 28 "$(attack space "\\5\\0\\0\\0$reg\\0\\0\\0\\0\\0\\1\\0\\0${times}evil\\0x")"
same "cut short" 31415926 "$(attack cut "\\5\\0\\0\\0$reg\\11\\0\\0\\0\\0\\0\\0\\0${times}evil\\0x")"
same "nothing evil is there" "" "$(run vault 'find /home -name "evi*"')"
same "nothing has come elsewhere" "$before" \
	"$(run vault 'find / -xdev -path /proc -prune -o -path /sys -prune -o -path /home -prune -o -print 2>/dev/null | sort' | md5sum)"

# ---- opened elsewhere ----
run -u root vault 'printf "%s\n" "#!/bin/sh" "[ ! -w \$1 ] || echo edited >>\$1" >/usr/bin/qubes-open; chmod +x /usr/bin/qubes-open'
run work 'echo draft >letter.txt'
same "edited in another domain" "0 draft edited" \
	"$(status run work 'qvm-open-in-vm vault letter.txt') $(run work 'cat letter.txt' | xargs)"
same "only looked at" "0 draft edited" \
	"$(status run work 'qvm-open-in-vm --view-only vault letter.txt') $(run work 'cat letter.txt' | xargs)"
then=$(date -d "$(run work 'qrexec-client-vm vault qubes.GetDate </dev/null')" +%s)
same "another domain's date" yes "$([ $((then - $(date +%s))) -lt 30 ] && echo yes)"

# ---- a disk that has grown ----
size() { run work 'df -k /home/user' | awk 'END { print $2 }'; }
small=$(size)
same "a running domain is told of a grown disk" "" "$(qvm-volume extend work:private 3GiB 2>&1)"
check "and its file system has grown" test "$(size)" -gt "$small"
qvm-kill work vault
finish

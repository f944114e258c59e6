#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# clip.sh BUILD
# Text that qvm-clip moves between two domains. Ends with `N passed, N failed`.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-$here/../../build}" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/qvm-clip-XXXXXX")
cd "$work" || exit 1
. "$here/lib.sh"
declare -A pid
make_registry "$build" || exit 1
for program in qvm-clip-set qvm-clip-get; do
	ln -s "$build/modules/qvm-agent" "bin/$program"
done
# each domain's agent has a folder of its own, as it would in a guest
mkdir clip.work clip.vault
QVM_CLIP_DIR=$work/clip.work start_registered 42 work 60 || exit 1
QVM_CLIP_DIR=$work/clip.vault start_registered 43 vault 60 || exit 1

in_guest() # NAME set|get
{
	QVM_CLIP_DIR=$work/clip.$1 "qvm-clip-$2"
}

file=$QVM_ROOT/run/qvm/clip
gone() { [ ! -e "$file" ]; }
said() { "$@" 2>&1 </dev/null; echo $?; } # what came out, then the exit code

same 'nothing given' "qvm-clip: nothing to copy: qvm-clip-set was given no text
qvm-clip: service 'qvm.ClipboardGet' of 'work' ended with 1
1" "$(said qvm-clip copy work)"
same 'nothing copied' 'qvm-clip: there is no text to paste
5' "$(said qvm-clip paste vault)"
same 'no such domain' "qvm-clip: no such domain: 'nosuch'
4" "$(said qvm-clip copy nosuch)"

printf 'gr\303\274\303\237e\nund mehr' >text
in_guest work set <text
same 'copy' "qvm-clip: 16 bytes of 'work' can be pasted once, within 120 s
0" "$(said qvm-clip copy work)"
same 'only its owner may read it' "600 $(id -u)" "$(stat -c '%a %u' "$file")"
same 'status' 'work 16' "$(qvm-clip status | awk 'NR == 2 { print $1, $2 }')"
same 'status does not show it' 0 "$(qvm-clip status --json | grep -c und)"
same '--show does' 1 "$(qvm-clip status --show | grep -c 'und mehr')"
same 'paste' "qvm-clip: 16 bytes of 'work' are in 'vault' now
0" "$(said qvm-clip paste vault)"
same 'it arrived' "$(cksum <text)" "$(in_guest vault get | cksum)"
same 'one shot' 'qvm-clip: there is no text to paste
5' "$(said qvm-clip paste vault)"
same 'nothing is left' 'yes' "$(gone && echo yes)"
same 'no rows either' '[]' "$(qvm-clip status --json | tr -d ' \n' | sed 's/.*"texts"://; s/}$//')"

qvm-clip -q copy work
same 'clear' '0' "$(said qvm-clip clear)"
same 'it is gone' 'yes' "$(gone && echo yes)"
same 'clear twice' '0' "$(said qvm-clip clear)"

qvm-clip -q copy --timeout 1 work
await gone
same 'its time is over: gone without a command' 'yes' "$(gone && echo yes)"
# a text copied later has a time of its own
qvm-clip -q copy --timeout 1 work
qvm-clip -q copy --timeout 100 work
sleep 1.5
same 'the time of another text' 'no' "$(gone && echo yes || echo no)"
qvm-clip clear

qvm-clip -q copy work
mv clip.vault away
touch clip.vault
same 'a paste that fails' 1 "$(qvm-clip paste vault >/dev/null 2>&1; echo $?)"
rm clip.vault
mv away clip.vault
same 'can be done again' 0 "$(said qvm-clip -q paste vault)"

# --- sizes and bytes ----------------------------------------------------------------------
head -c 65536 /dev/zero | tr '\0' a >largest
in_guest work set <largest
qvm-clip -q copy work && qvm-clip -q paste vault
same '64 KiB' "$(cksum <largest)" "$(in_guest vault get | cksum)"
printf a >>largest
same 'a byte more, in the guest' "qvm-clip: the text: has more than 65536 bytes
1" "$(in_guest work set <largest 2>&1; echo $?)"
same 'what was there stays' 65536 "$(in_guest work get | wc -c)"
same 'not UTF-8, in the guest' "qvm-clip: the text: is not valid UTF-8
1" "$(printf '\377' | in_guest work set 2>&1; echo $?)"
in_guest work set </dev/null
same 'nothing clears it' 1 "$(in_guest work get >/dev/null 2>&1; echo $?)"

# guests that do not check
service() # LINE: what the service of work runs
{
	printf '#!/bin/sh\n%s\n' "$1" >rpc/qvm.ClipboardGet
	chmod +x rpc/qvm.ClipboardGet
}
service "cat $work/largest"
same 'a byte more' "qvm-clip: the text of 'work' has more than 65536 bytes
7" "$(said qvm-clip copy work)"
service 'exec cat /dev/zero'
same 'without end' "qvm-clip: the text of 'work' has more than 65536 bytes
7" "$(said qvm-clip copy work)"
service 'printf "a\\377"'
same 'not UTF-8' "qvm-clip: the text of 'work' is not valid UTF-8
7" "$(said qvm-clip copy work)"
service 'printf "a\\000b"'
same 'a NUL' "qvm-clip: the text of 'work' is not valid UTF-8
7" "$(said qvm-clip copy work)"
service 'printf text; printf "\\033[2J" >&2; exit 3'
same 'a failure' "_[2Jqvm-clip: service 'qvm.ClipboardGet' of 'work' ended with 3
1" "$(said qvm-clip copy work)"
same 'none of that was kept' 'yes' "$(gone && echo yes)"

for p in "${pid[@]}"; do kill "$p"; done 2>/dev/null
wait
same 'nothing was complained of' '' "$(cat daemon.log)"
cd /
rm -rf "$work"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

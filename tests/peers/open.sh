# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by run.sh after copy.sh: files and addresses opened in another domain, and the
# small services of the guest's program.

# opener LINE...: what opens files in the called domain from now on
opener()
{
	{ echo '#!/bin/sh'; printf '%s\n' "$@"; } >bin/qubes-open
	chmod +x bin/qubes-open
}
# open_in ARG...: as domain `work` does it
open_in() { VCHAN_DOMAIN=42 timeout 30 bin/qvm-open-in-vm --agent-socket=agent.work "$@" 2>open.err; }
opener 'echo opened' 'echo "$1" >'"$work/opened" 'cp "$1" '"$work/seen" 'echo edited >>"$1"'
mkdir docs
printf 'draft\n' >docs/letter.txt
chmod 640 docs/letter.txt
open_in vault docs/letter.txt
same 'open: edited' '0  draft edited' "$? $(cat open.err) $(xargs <docs/letter.txt)"
same 'open: what was seen' 'draft letter.txt' "$(cat seen) $(basename "$(cat opened)")"
same 'open: rights stay' 640 "$(stat -c %a docs/letter.txt)"
same 'open: nothing is left' 'letter.txt ' "$(ls docs) $(ls -d "$(dirname "$(cat opened)")" 2>/dev/null)"
opener '[ "$(wc -l <"$1")" = 2 ] && rm -f "$1" && echo evil >"$1"'
open_in --view-only vault docs/letter.txt
same 'open: only looked at' '0 draft edited' "$? $(xargs <docs/letter.txt)"
opener 'stat -c %a "$1" >'"$work/opened"
open_in --view-only vault docs/letter.txt
same 'open: read-only there' '0 400' "$? $(cat opened)"
touch -d 2001-02-03 docs/letter.txt
opener 'true'
open_in vault docs/letter.txt
same 'open: not edited' '0 2001' "$? $(stat -c %y docs/letter.txt | cut -c 1-4)"
opener 'echo half >"$1"; exit 3'
open_in vault docs/letter.txt
same 'open: failed there, stays as it was' '3 draft edited letter.txt' "$? $(cat docs/letter.txt | xargs) $(ls docs)"
opener 'echo theirs >>"$1"; echo mine >>'"$work/docs/letter.txt"
open_in vault docs/letter.txt
same 'open: changed on both sides' '1 draft edited mine' "$? $(xargs <docs/letter.txt)"
same 'open: both are kept' 'draft edited theirs' "$(cat docs/letter.txt.?????? | xargs)"
rm docs/letter.txt.??????
rm -f docs/link
opener 'rm "$1"; ln -s /etc/passwd "$1"'
open_in vault docs/letter.txt
same 'open: a link is not given back' '1 draft edited mine' "$? $(xargs <docs/letter.txt)"
opener 'echo "$1" >'"$work/opened"
cp docs/letter.txt "docs/-a b;\$(x)'.txt"
open_in vault "docs/-a b;\$(x)'.txt"
same 'open: a name for any program' "0 _a_b___x__.txt" "$? $(basename "$(cat opened)")"
name=$(printf '%0255d' 0 | sed 's/.\{4\}$/.txt/')
cp docs/letter.txt "docs/$name"
open_in --view-only vault "docs/$name"
same 'open: a long name keeps its end' "0 245 txt" "$? $(basename "$(cat opened)" | tr -d '\n' | wc -c) $(sed 's/.*[.]//' opened)"
rm docs/*0000*
open_in nowhere docs/letter.txt
same 'open: denied, nothing is left' '126 0' "$? $(ls docs | grep -c 'letter.txt.')"
open_in vault docs
same 'open: a folder' "1 qvm-open-in-vm: 'docs': Is a directory" "$? $(cat open.err)"
open_in vault
same 'open: usage' 2 $?

# raw NAME: a caller that sends such a name
raw() { { printf "$1"; head -c 256 /dev/zero; } | head -c 256 | from work 42 vault qubes.OpenInVM 2>&1; }
: >opened
for name in '' '..' '../../etc/evil' '/etc/evil' 'view-only-' '\033[2J' 'a/b'; do
	raw "$name" >/dev/null
	case $(cat opened) in
	'' | /tmp/qopen-??????/[_a-z]*) ;;
	*) same "open: name '$name'" 'below its folder' "$(cat opened)" ;;
	esac
done
same 'open: hostile names stay below' "$(printf '/tmp/qopen-/a_b')" "$(sed 's/qopen-....../qopen-/' opened)"
printf 'short' | from work 42 vault qubes.OpenInVM >/dev/null 2>&1
same 'open: a name cut short' 1 $?

# --- addresses
opener 'echo "$1" >'"$work/opened"
open_in vault 'https://example.org/a?b=c&d#e'
same 'address: opened' '0 https://example.org/a?b=c&d#e' "$? $(cat opened)"
: >opened
for address in 'file:///etc/passwd' 'http://a b' 'javascript:x' '-x' 'http://a\033b' ''; do
	printf -- "$address\n" | from work 42 vault qubes.OpenURL >/dev/null 2>&1
	same "address: '$address' is refused" '1 ' "$? $(cat opened)"
done
{ printf 'http://a/'; head -c 10000 /dev/zero | tr '\0' a; } | from work 42 vault qubes.OpenURL >/dev/null 2>&1
same 'address: too long' '1 ' "$? $(cat opened)"
rm bin/qubes-open

# --- the clock, and disks
now=$(date +%s)
then=$(date -d "$(call vault "$me:QUBESRPC qubes.GetDate dom0" </dev/null)" +%s)
same 'the date' yes "$([ $((then - now)) -ge 0 ] && [ $((then - now)) -le 5 ] && echo yes)"
echo nonsense | call vault "$me:QUBESRPC qubes.ResizeDisk dom0" 2>disk.err
same 'an unknown volume' "1 qubes.ResizeDisk: the volume: is neither 'private' nor 'root'" "$? $(cat disk.err)"

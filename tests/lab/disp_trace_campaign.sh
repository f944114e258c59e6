# SPDX-License-Identifier: GPL-2.0-or-later
# What was written in disposables, made and ended in each way, is nowhere: neither on the
# raw disk of the volumes nor in any file of dom0. A private volume shows that the search
# finds what is there.
# timeout: 1500
# needs: tests/lab/storage_lib.sh
. /lab/lib.sh
. /lab/storage_lib.sh

unnamed() { qvm-ls --raw-data --fields=name | grep '^disp[0-9]'; }
none() { ! unnamed; }
ended() { none && ! dmsetup ls | grep -q -e store-key -e store-slice -e store-cow; }
# The command that marks the volumes of where it runs, and says so; see `mark`.
marks()
{
	echo "t=\$(echo $1 | tr a-z A-Z); { ! grep -q xvdc /proc/swaps || swapoff /dev/xvdc; }" \
		"&& yes \$t-ROOT | head -c 1048576 >/marker" \
		"&& yes \$t-VOLATILE | head -c 1048576 |" \
		"dd of=/dev/xvdc bs=65536 seek=16 conv=notrunc,fsync 2>/dev/null" \
		"&& yes \$t-PRIVATE | head -c 1048576 >/rw/marker && sync" \
		"&& echo \$t-CONSOLE >/dev/console; echo marked"
}
marked() { grep -q marked /tmp/out; }
all=

# disposable WORD HOW...: the marks of a token of its own, in what `HOW COMMAND` runs it in.
disposable()
{
	word=$1
	shift
	t=$(token x)
	all="$all $word:$t"
	: >/tmp/out
	"$@" "$(marks "$t")" >/tmp/out 2>/tmp/err &
	caller=$!
	check "$word: marks" await 180 marked
}

qvm-create -t tiny -l red base && qvm-prefs base template_for_dispvms True || exit 1
qvm-prefs base memory 200
qubes-prefs default_dispvm base
qubes-prefs disp_delay 600

disposable command qvm-run -p -u root --dispvm
check "command: gone" await 60 ended

keep() { qvm-run -p -u root --dispvm --keep-open "$1; sleep 5"; }
disposable kept keep
check "kept: gone" await 60 ended

long() { exec qvm-run -p -u root --dispvm "$1; sleep 1000"; }
disposable killed long
kill -9 $caller
check "killed: gone" await 60 ended

disposable recovered long
pkill -9 -f '[_]_watch .* hold'
kill -9 $caller
check "recovered: by qvm-recover" qvm-recover
check "recovered: gone" await 60 ended

qvm-prefs base disp_idle 5
timed() { qvm-run -p -u root "$(qvm-disp start)" "$1"; }
disposable timed timed
check "timed: gone" await 90 ended
qvm-prefs base disp_idle 0

qvm-prefs base disp_spares 1
check "a spare" qvm-disp warm
disposable spare qvm-run -p -u root --dispvm
qvm-prefs base disp_spares 0
kill $(pgrep -f '[_]_fill') 2>/dev/null
check "spare: gone" await 60 ended

disposable destroyed long
xl destroy "$(unnamed)"
check "destroyed: gone" await 60 ended

# One that was saved, with its memory, and one that goes on from there.
sleeping=$(token i)
qvm-run -u root tiny "mkdir -p /etc/qvm/before-rest.d && cd /etc/qvm/before-rest.d || exit 1
printf '#!/bin/sh\nyes \$(echo $sleeping | tr a-z A-Z)-MEMORY | head -c 1048576 >/run/marker\n' >10-mark
chmod +x 10-mark; sync"
qvm-shutdown --wait tiny
check "an image" qvm-disp image make base
memory=$(dmsetup info -c --noheadings -o name,minor --separator ' ' | sed -n 's/^qvm-r.*-memory\..* //p')
check "whose memory the kernel deciphers for dom0" sh -c "
	dd if=/dev/dm-$memory bs=1M status=none | grep -qa '$(upper "$sleeping")-MEMORY'"
all="$all memory:$sleeping"
disposable image qvm-run -p -u root --dispvm
used() { qvm-ls --raw-data --fields=name,state | grep '^disp[0-9].*Running'; }
gone() { ! used; }
await 60 gone
check "image: is there for the next" test -e "/dev/dm-$memory"
qvm-disp image drop base
check "image: gone" await 60 ended

# What lasts, for comparison.
qvm-create -t tiny -l green work
control=$(token c)
qvm-run -u root work "$(marks "$control")"
qvm-shutdown --wait work
await 60 ended

for t in "control:$control" $all; do
	for part in ROOT VOLATILE PRIVATE CONSOLE MEMORY; do
		echo "$(upper "${t#*:}")-$part"
	done
done >/tmp/tokens
on_disk /tmp/tokens >/tmp/found
sed 's/^/# found: /' /tmp/found
same "what lasts is found" 1 "$(grep -c "$(upper "$control")-PRIVATE" /tmp/found)"
# Neither what they wrote nor, as no log holds a command, the words that made them do it.
sed 's/-.*//' /tmp/tokens | sort -u >/tmp/words
tr A-Z a-z </tmp/words >/tmp/lower && cat /tmp/lower >>/tmp/words
find / -xdev -type f ! -path '/tmp/*' -exec grep -laF -f /tmp/words {} + >/tmp/files 2>/dev/null
find /run /var/log /var/lib/qvm -type f -exec grep -laF -f /tmp/words {} + >>/tmp/files 2>/dev/null
sort -u /tmp/files | sed 's/^/# file: /'
for t in $all; do
	same "${t%%:*}: nothing of it is on the disk" 0 "$(grep -c "$(upper "${t#*:}")" /tmp/found)"
	for file in $(sort -u /tmp/files); do
		case $file in /var/log/xen/console/*) continue ;; esac # see qvm-disp(1)
		check "${t%%:*}: nor in $file" sh -c "! grep -qai '${t#*:}' '$file'"
	done
done
finish

# SPDX-License-Identifier: GPL-2.0-or-later
# What a run wrote to volumes that do not last is gone with it: the raw disk is searched
# for it. The same search finds what was written to a private volume.
# timeout: 850
# needs: tests/lab/storage_lib.sh
. /lab/lib.sh
. /lab/storage_lib.sh

idle() { await 60 sh -c '! pgrep -x qvm-watcher'; }
no_runs() { ! dmsetup ls | grep -e store-key -e store-slice -e store-cow; }

stopped=$(token s) killed=$(token k) died=$(token d) disposed=$(token x)

qvm-create -t tiny -l red work
check "boot" boot work
check "marks before a shutdown" mark work "$stopped"
# With the key it can be read in dom0, too; the disk below is searched at the end.
volatile=$(dmsetup info -c --noheadings -o name | grep '^qvm-.*volatile')
check "what the volatile volume holds is the mark" sh -c "
	dd if=/dev/dm-$(dmsetup info -c --noheadings -o minor "$volatile") bs=65536 skip=16 count=16 iflag=direct |
	grep -qa '$(upper "$stopped")-VOLATILE'"
key=$(dmsetup table --showkeys | sed -n 's/^qvm-store-key.*aes-xts-plain64 \([0-9a-f]*\) .*/\1/p')
same "the run has a key of 512 bits" 128 "${#key}"
echo "$key" >/tmp/key
keyless() { ! grep -rqsF -f /tmp/key /run /etc /var/log /var/lib/qvm /proc/[0-9]*/cmdline; }
check "the key is in no argument, log or file" keyless
check "nor in the memory of the watcher" sh -c "
	pid=\$(pgrep -x qvm-watcher | head -n 1); test -n \"\$pid\" || exit 1
	sed -n 's/^\([0-9a-f]*\)-\([0-9a-f]*\) rw.*/\1 \2/p' /proc/\$pid/maps |
	while read -r from to; do
		dd if=/proc/\$pid/mem bs=4096 skip=\$((0x\$from / 4096)) \
			count=\$(((0x\$to - 0x\$from) / 4096)) 2>/dev/null
	done >/tmp/memory; test -s /tmp/memory && ! grep -qa $key /tmp/memory"
check "shutdown" qvm-shutdown --wait work
idle
check "nothing of the run is left" no_runs

check "boot" boot work
key2=$(dmsetup table --showkeys | sed -n 's/^qvm-store-key.*aes-xts-plain64 \([0-9a-f]*\) .*/\1/p')
check "the next run has another key" test "$key" != "$key2"
check "it sees nothing of the one before" guest work \
	"test ! -e /marker && ! dd if=/dev/xvdc bs=65536 skip=16 count=16 2>/dev/null | grep -q VOLATILE"
check "marks before a kill" mark work "$killed"
check "kill" qvm-kill --wait work
idle

check "boot" boot work
check "marks before the watcher dies" mark work "$died"
kill -9 $(pgrep -x qvm-watcher)
xl destroy work
check "recovery" qvm-recover
idle
check "nothing of the run is left" no_runs

qvm-prefs work template_for_dispvms True
qvm-create --disp -t work disposable
check "boot of a disposable" boot disposable
check "marks before a disposable's end" mark disposable "$disposed"
check "kill of it" qvm-kill --wait disposable
idle
check "nothing of the run is left" no_runs

for t in $stopped $killed $died $disposed; do
	for part in ROOT VOLATILE PRIVATE; do
		echo "$(upper $t)-$part"
	done
done >/tmp/tokens
on_disk /tmp/tokens >/tmp/found
check "no more than that was in use" test "$(dmsetup status qvm-pool-tpool |
	awk '{ split($6, n, "/"); print n[1] }')" -lt 8192
cat /tmp/found | sed 's/^/# found: /'
for t in $stopped $killed $died $disposed; do
	for part in ROOT VOLATILE PRIVATE; do
		lasts=$([ $part = PRIVATE ] && [ $t != $disposed ] && echo yes || echo no)
		there=$(grep -q "$(upper $t)-$part" /tmp/found && echo yes || echo no)
		same "$part of run $(echo $t | cut -c2) on the disk" $lasts $there
	done
done
finish

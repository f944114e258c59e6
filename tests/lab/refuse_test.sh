# SPDX-License-Identifier: GPL-2.0-or-later
# Bad input that needs the real machine: each one clear line, its exit code, no change.
# timeout: 600
. /lab/lib.sh

qvm-create -t tiny -l red work && qvm-create -t tiny -l blue other || exit 1
# The first start of a boot makes the scratch store, which stays.
qvm-start work && qvm-kill --wait work && await 60 quiet || exit 1
qvm-ls --raw-data >/tmp/before; traces >>/tmp/before
refused "more memory than there is" 12 "'work'.*memory" \
	sh -c 'qvm-prefs work memory 900000; qvm-start work; r=$?; qvm-prefs -D work memory; exit $r'
refused "a kernel that never was" 5 "kernel" qvm-prefs work kernel absent
refused "a kernel that has gone" 5 "'work'.*kernel" sh -c '
	mv /var/lib/qvm/kernels /var/lib/qvm/away; qvm-start work; r=$?
	mv /var/lib/qvm/away /var/lib/qvm/kernels; exit $r'
refused "a pool that is missing" 5 "pool" qvm-create -t tiny -l red -P absent new
refused "prohibit-start" 126 "because" \
	sh -c 'qvm-features work prohibit-start because; qvm-start work; r=$?; qvm-features -D work prohibit-start; exit $r'
refused "pause of a halted one" 9 "'work'" qvm-pause work
refused "console of a halted one" 9 "'work'" qvm-console work
refused "removal of a template in use" 10 "'work'" qvm-remove -f tiny
qvm-ls --raw-data >/tmp/after; traces >>/tmp/after
same "nothing has changed" "" "$(diff /tmp/before /tmp/after)"

fallocate -l "$(($(df --output=avail -B1M /var/lib/qvm | tail -n 1) - 2))M" /var/lib/qvm/fill
dd if=/dev/zero of=/var/lib/qvm/fill2 bs=4k 2>/dev/null
refused "a full disk under the database" 13 "full" qvm-create -t tiny -l red third
rm /var/lib/qvm/fill /var/lib/qvm/fill2
check "the same with room again" qvm-create -t tiny -l red third

check "boot" boot work
refused "removal of a running one" 8 "running" qvm-remove -f work
refused "rename of a running one" 8 "running" qvm-rename work job
refused "template of a running one" 8 "running" qvm-prefs work template tiny
check "kill" qvm-kill --wait work

finish

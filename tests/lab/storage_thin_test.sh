# SPDX-License-Identifier: GPL-2.0-or-later
# The driver `thin`: a pool on a device of its own, the same as any other to its domains, but
# without a process of LVM; ended at any point by its list, and gone without a trace.
# timeout: 800
. /lab/lib.sh

lvcreate -qq -y -Wn -L 400M -n own qvm || exit 1
device=/dev/qvm/own
ours() { dmsetup ls 2>/dev/null | grep -c "^qvm-pool-[0-9a-f]\{8\}-"; }
volumes() { dmsetup ls 2>/dev/null | grep -c "^qvm-pool-[0-9a-f]\{8\}-v"; }
idle() { await 60 sh -c '! pgrep -x qvm-watcher'; }
# lvm_runs COMMAND...: how many processes of LVM that takes
lvm_runs()
{
	strace -f -qq -z -e trace=execve -o /tmp/execs "$@" >/dev/null || return 1
	grep -c '/lvm"' /tmp/execs
}

mkfs.ext4 -q $device
refused "what holds something else is refused" 10 "something else is on it" \
	qvm-pool add own thin -o location=$device
mkdir -p /mnt/own && mount $device /mnt/own || exit 1
refused "and what is in use" 10 "cannot be had alone" qvm-pool add own thin -o location=$device
umount /mnt/own
dd if=/dev/zero of=$device bs=1M count=1 status=none
check "a dry run makes nothing" qvm-pool add own thin -o location=$device --dry-run
check "nothing is on it" sh -c "head -c 1M $device | cmp - /dev/zero 2>&1 | grep -q EOF"
check "a blank device becomes a pool" qvm-pool add own thin -o location=$device
refused "once" 6 "is pool 'own' already" qvm-pool add again thin -o location=$device
check "LVM leaves it alone" sh -c '! lvremove -qq -y qvm/own 2>/dev/null'

same "a domain in it takes no process of LVM" 0 "$(lvm_runs qvm-create -t tiny -l red -P own work)"
check "boot" boot work
refused "what is in a pool is given to no domain" 10 "part of a domain or a pool" \
	qvm-block attach work "$(basename "$(readlink -f $device)")"
check "write" guest work "echo first >/rw/file; sync"
check "a snapshot while it runs" qvm-volume snapshot work:private early
check "more is written" guest work "echo second >/rw/file; sync"
same "a stop takes no process of LVM" 0 "$(lvm_runs qvm-shutdown --wait work)"
idle
check "boot again" boot work
check "what was written last is there" guest work "grep -qx second /rw/file"
check "it grows while it runs" qvm-volume resize work:private 3GiB
check "the guest sees it" guest work 'sleep 2; [ $(cat /sys/block/xvdb/size) = 6291456 ]'
check "kill" qvm-kill --wait work
idle
check "back to the snapshot" qvm-volume revert work:private early
check "boot of what it was" boot work
check "the snapshot is whole" guest work "grep -qx first /rw/file"
check "shutdown" qvm-shutdown --wait work
idle
same "a clone takes no process of LVM" 0 "$(lvm_runs qvm-clone work copy)"
check "boot of the clone" boot copy
check "it has the content" guest copy "grep -qx first /rw/file"
check "it writes to its own" guest copy "echo third >/rw/file; sync"
check "shutdown of the clone" qvm-shutdown --wait copy
idle
same "devices are there while they are needed" 0 "$(volumes)"
qvm-prefs work template_for_dispvms True
check "a disposable over a revision" qvm-create --disp -t work disp
check "its boot" boot disp
check "it has the content of the first" guest disp "grep -qx first /rw/file"
check "its end" qvm-kill --wait disp
idle
check "as a stream out" sh -c "qvm-volume export copy:private >/tmp/out"
check "and into another" sh -c "qvm-volume import work:private - </tmp/out"
check "boot of that" boot work
check "it is the same" guest work "grep -qx third /rw/file"
check "shutdown of that" qvm-shutdown --wait work
idle

# where two states differ: a repository's second backup reads just that
mkdir /tmp/vault
echo lab >/tmp/phrase
check "a repository" qvm-vault init -p /tmp/phrase --key-memory 1MiB /tmp/vault
check "a backup of it" qvm-vault backup -y -p /tmp/phrase /tmp/vault copy
check "boot for a change" boot copy
check "a change" guest copy "echo fourth >/rw/file; sync"
check "shutdown after it" qvm-shutdown --wait copy
idle
check "a second backup" strace -f -qq -z -e trace=execve -o /tmp/execs \
	qvm-vault backup -y -p /tmp/phrase /tmp/vault copy
same "reads where it has changed" 1 "$(grep -c 'thin_delta", "-m"' /tmp/execs)"

# dom0 goes down and comes up again: what it had in memory is gone
for name in $(dmsetup ls | awk '/^qvm-pool-[0-9a-f]+-v/ { print $1 }'); do
	dmsetup remove $name
done
for role in pool data meta head; do
	dmsetup remove $(dmsetup ls | awk '/^qvm-pool-[0-9a-f]+-'$role'/ { print $1 }')
done
same "its devices are gone" 0 "$(ours)"
check "boot after that" boot copy
check "all is there" guest copy "grep -qx fourth /rw/file"
check "its kill" qvm-kill --wait copy
idle

# killed before each of some requests to the kernel
for point in 1 2 3 4 5 6 7 8 9 10 11 12; do
	strace -qq -f -e trace=ioctl -e inject=ioctl:signal=KILL:when=$point -o /dev/null \
		qvm-clone copy third >/dev/null 2>&1
	qvm-recover >/dev/null || not_ok "recovery after $point"
	qvm-check third >/dev/null 2>&1 && qvm-remove -f --purge third
	[ -z "$(qvm-recover)" ] || not_ok "nothing left after $point"
done
same "volumes after kills" "$(qvm-pool info own | awk '$1 == "volumes" { print $2 }')" 2
check "the domain boots after them" boot copy
check "and has what it had" guest copy "grep -qx fourth /rw/file"
check "its end after them" qvm-kill --wait copy
idle

refused "no more than the device has" 13 "enlarge the device first" qvm-pool extend own 100MiB
lvextend -qq -L +120M qvm/own
before=$(qvm-pool info own | awk '$1 == "size" { print $2 }')
check "it takes in what the device has gained" qvm-pool extend own 100MiB
same "by that much" $((before + 104857600)) "$(qvm-pool info own | awk '$1 == "size" { print $2 }')"
check "it works after that" boot work
check "with its content" guest work "grep -qx third /rw/file"
check "the last kill" qvm-kill --wait work
idle

check "removal" qvm-remove -f --purge disp work copy
same "recovery finds nothing" "" "$(qvm-recover)"
same "nothing is used" 0 "$(qvm-pool info own | awk '$1 == "usage" { print $2 }')"
check "the pool can go" qvm-pool remove own
same "no device is left of it" 0 "$(ours)"
check "the device is free" lvremove -qq -y qvm/own
finish

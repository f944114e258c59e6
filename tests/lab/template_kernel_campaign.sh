# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 900
# A kernel for guests made of dom0's own: its initramfs finds the root, also on a partition,
# and its modules are there.
. /lab/lib.sh

version=$(uname -r)
cp /usr/lib/qvm-lab/kernel/vmlinuz "/boot/vmlinuz-$version"
check "a kernel of dom0's" qvm-kernel add own --boot "$version"
qvm-kernel
qvm-create -t tiny -l red work
qvm-prefs work kernel own
qvm-prefs work memory 200
check "it boots by the new initramfs" boot work
same "it is that initramfs" 0 "$(guest work 'ls /newroot 2>/dev/null | wc -l')"
same "its modules are there" "/dev/xvdd /lib/modules/$version" \
	"$(guest work "grep xvdd /proc/mounts | cut -d' ' -f1,2")"
check "and can be loaded" guest work 'modprobe overlay && grep -q ^overlay /proc/modules'
check "it ends" qvm-kill --wait work

# --- a network domain that never opens the interface ---
qvm-create -t tiny -l red --prop provides_network=True --prop netvm=none mute
qvm-prefs work netvm mute
check "nobody waits for an interface that is not opened" boot work
same "though the kernel does" Loading "$(guest work \
	'grep ^xen_netfront /proc/modules' | cut -d' ' -f5)"
check "nor at the end" timeout 60 qvm-shutdown --wait work mute

# --- a root that cannot be written to ---
# amnesic VM MIB
amnesic()
{
	same "$1: its disk is read-only" 1 "$(guest "$1" 'cat /sys/block/xvda/ro')"
	same "$1: its root lies over it" /dev/dm-1 \
		"$(guest "$1" "grep ' / ' /proc/mounts | cut -d' ' -f1")"
	same "$1: there is swap" /dev/dm-2 \
		"$(guest "$1" "sed 1d /proc/swaps | cut -d' ' -f1")"
	size=$(($2 << 20))
	check "$1: it can be written to" guest "$1" "head -c $size /dev/zero >/usr/bin/gone && sync"
	same "$1: and read again" $size "$(guest "$1" \
		'echo 3 >/proc/sys/vm/drop_caches; wc -c </usr/bin/gone')"
}
qvm-prefs work netvm none
qvm-volume config work:root rw False
check "a domain starts with a root that is read-only" boot work
amnesic work 220 # more than it has of memory
check "it ends" qvm-kill --wait work
check "and starts again" boot work
check "what it wrote is gone" guest work '[ ! -e /usr/bin/gone ]'
check "it ends" qvm-kill --wait work

# --- a disk that is divided ---
truncate -s 220M /tmp/disk
# one part: Linux, from sector 2048 on, 409600 of them
printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\100\006\0' |
	dd of=/tmp/disk bs=1 seek=446 conv=notrunc status=none
printf '\125\252' | dd of=/tmp/disk bs=1 seek=510 conv=notrunc status=none
mkdir /tmp/tree /tmp/mnt
tar -xf /usr/lib/qvm-lab/tiny.tar -C /tmp/tree
mke2fs -q -t ext4 -d /tmp/tree -F /tmp/fs 200M
dd if=/tmp/fs of=/tmp/disk bs=1M seek=1 conv=notrunc,sparse status=none
check "a divided disk" qvm-template install parts --from /tmp/disk
qvm-prefs parts virt_mode pv
qvm-prefs parts kernel own
qvm-prefs parts vcpus 1
qvm-prefs parts memory 200
check "its root is found on the partition" boot parts
same "that one" /dev/xvda1 "$(guest parts "grep ' / ' /proc/mounts | cut -d' ' -f1")"
check "it ends, too" qvm-kill --wait parts
qvm-volume config parts:root rw False
check "a partition, read-only" boot parts
amnesic parts 100
check "it ends, too" qvm-kill --wait parts
finish

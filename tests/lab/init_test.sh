# SPDX-License-Identifier: GPL-2.0-or-later
# Machines without LVM: all that domains need on one blank device, or in a folder on btrfs. LVM's
# program is not there at all.
# timeout: 500
. /lab/lib.sh

lib=/usr/lib/qvm-lab
lvcreate -qq -y -Wn -L 1200M -n own qvm || exit 1
truncate -s 2G /var/tmp/btrfs
mkfs.btrfs -q /var/tmp/btrfs >/dev/null 2>&1 || exit 1
mkdir -p /mnt/btrfs
mount -o loop /var/tmp/btrfs /mnt/btrfs || exit 1
mkdir -m 700 /mnt/btrfs/pool
lvm=$(readlink -f "$(command -v lvm)")
mv "$lvm" "$lvm.away"

idle() { await 60 sh -c '! pgrep -x qvm-watcher'; }
table() { dmsetup table qvm-store-data; }

# A new machine: what the last one had is forgotten.
forget()
{
	for part in pool data meta; do
		dmsetup remove qvm-store-$part 2>/dev/null
	done
	rm -rf /var/lib/qvm /run/qvm
}

set_up()
{
	check "$1: set up" qvm-init --pool "$2" --kernel $lib/kernel
	check "$1: a template" qvm-template install tiny $lib/tiny.tar
	for pair in virt_mode=pv vcpus=1 memory=128; do
		qvm-prefs tiny ${pair%=*} ${pair#*=} || not_ok "$pair"
	done
	check "$1: an AppVM" qvm-create -t tiny -l red work
}

works()
{
	check "$1: boot" boot work
	check "$1: root and private are written" guest work \
		"echo gone >/root/file; echo stays >/rw/file; sync"
	check "$1: shutdown" qvm-shutdown --wait work
	idle
	check "$1: boot again" boot work
	check "$1: the private volume has it" guest work "grep -qx stays /rw/file"
	check "$1: the root volume has not" guest work "[ ! -e /root/file ]"
	check "$1: kill" qvm-kill --wait work
	idle
	same "$1: recovery finds nothing" "" "$(qvm-recover)"
}

forget
refused "a store in what is something else's" 7 "would overwrite it" sh -c '
	qvm-init --pool /mnt/btrfs/pool --scratch /dev/qvm/qvm-scratch --kernel '$lib'/kernel &&
	qvm-template install tiny '$lib'/tiny.tar >/dev/null &&
	qvm-create -t tiny -l red work && qvm-start work'
rm -rf /mnt/btrfs/pool/*

forget
set_up device /dev/qvm/own
works device
same "device: the store begins behind its head, and its metadata" 24576 "$(table | awk '{ print $5 }')"
check "device: the machine goes down" sh -c '
	for name in $(dmsetup ls | awk "/^qvm-(store|pool)-/ && !/-(head|meta|data|pool)/ { print \$1 }") \
		qvm-store-pool qvm-store-data qvm-store-meta; do
		dmsetup remove $name || exit 1
	done
	for role in pool data meta head; do
		dmsetup remove $(dmsetup ls | awk "/^qvm-pool-.*-$role/ { print \$1 }") || exit 1
	done'
check "device: boot after that" boot work
check "device: it has its volume" guest work "grep -qx stays /rw/file"
check "device: its kill" qvm-kill --wait work
idle
check "device: removal" qvm-remove -f --purge work

forget
set_up folder /mnt/btrfs/pool
works folder
check "folder: the store is a file in it" test -f /mnt/btrfs/pool/qvm-scratch
same "folder: with all its room" 0 "$(find /mnt/btrfs/pool/qvm-scratch -size +64M -printf '%s %b\n' |
	awk '{ print ($1 > $2 * 512) }')"
check "folder: written where it is" sh -c "lsattr /mnt/btrfs/pool/qvm-scratch | grep -q '^-*C'"
check "folder: set up again" qvm-init --pool /mnt/btrfs/pool
check "folder: nothing looks into it" sh -c '
	loop=$(losetup -nl -O NAME -j /mnt/btrfs/pool/qvm-scratch)
	udevadm info --query=property $loop | grep -qx UDISKS_IGNORE=1'
mv "$lvm.away" "$lvm"
finish

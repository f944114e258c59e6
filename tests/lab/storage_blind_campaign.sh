# SPDX-License-Identifier: GPL-2.0-or-later
# dom0 does not look inside: on a persistent and on ephemeral volumes lies what belongs to
# dom0 itself: its volume group's header, a partition table, the superblock of its root.
# timeout: 900
. /lab/lib.sh

check "qvm-init has given LVM a filter" \
	sh -c "lvmconfig devices/global_filter | grep -qF 'r|^/dev/dm-|'"
check "and what was in that file still counts" sh -c "lvmconfig activation/monitoring | grep -q =0"
qvm-create -t tiny -l red work
check "boot" boot work
volumes=$(dmsetup info -c --noheadings -o name |
	grep -e '^qvm-qvm--v.*-g' -e '^qvm-.*root\.' -e '^qvm-.*volatile\.')
same "three kinds of volumes" 3 "$(echo "$volumes" | grep -c -e root -e volatile -e "$(
	echo "$volumes" | grep '^qvm-qvm--v' | tail -n 1)")"

# Signatures, as a guest could have copied them.
dd if=/dev/vdb of=/tmp/pv bs=1M count=1 status=none
truncate -s 1M /tmp/ext4
dd if=/dev/vda of=/tmp/ext4 bs=1024 skip=1 seek=1 count=1 conv=notrunc status=none
{
	head -c 446 /dev/zero
	printf '\200\001\001\000\203\376\077\001\100\000\000\000\000\004\000\000'
	head -c 48 /dev/zero
	printf '\125\252'
	head -c 1048064 /dev/zero
} >/tmp/table
uuid=$(blkid -o value -s UUID /dev/vda)

node() { echo "/dev/dm-$(dmsetup info -c --noheadings -o minor "$1")"; }
groups() { pvs --noheadings -o pv_name,vg_name 2>&1; vgs --noheadings -o vg_name 2>/dev/null; }
database() { udevadm info --export-db | grep -c -e '^E: ID_FS_' -e '^E: ID_PART_'; }
blocks() { lsblk -rno NAME,FSTYPE,UUID,PARTTYPE | sort; ls /dev/disk/by-uuid /dev/disk/by-label; ls /dev/mapper; cat /proc/partitions | awk '{ print $4 }' | sort; }

udevadm trigger --action=change --subsystem-match=block && udevadm settle
groups >/tmp/groups
database >/tmp/database
blocks >/tmp/blocks 2>/dev/null
# A table of partitions and a file system's superblock leave room for each other.
for volume in $volumes; do
	dev=$(node "$volume")
	for what in pv ext4; do
		dd if=/tmp/$what of="$dev" bs=1M oflag=direct conv=notrunc status=none
		[ $what != ext4 ] || dd if=/tmp/table of="$dev" bs=1 count=512 conv=notrunc,fsync status=none
		udevadm trigger --action=change --subsystem-match=block && udevadm settle
		same "$what on $volume: LVM" "$(cat /tmp/groups)" "$(groups)"
		same "$what on $volume: udev" "$(cat /tmp/database)" "$(database)"
		same "$what on $volume: the system's lists" "$(cat /tmp/blocks)" "$(blocks 2>/dev/null)"
	done
	check "$volume: qvm" qvm-create -t tiny -l red other
	qvm-remove -f --purge other
	same "$volume: by name" "" "$(udevadm info -q property "$dev" | grep -e ID_FS -e ID_PART)"
done

# That would be seen on a device of dom0's own, so the test can fail.
truncate -s 8M /tmp/disk
dd if=/tmp/ext4 of=/tmp/disk conv=notrunc status=none
loop=$(losetup -f --show /tmp/disk)
udevadm trigger --action=change "/sys/block/${loop#/dev/}" && udevadm settle
check "the same is seen elsewhere" sh -c "udevadm info -q property $loop | grep -q $uuid"
losetup -d "$loop"
loop=$(losetup -P -f --show /tmp/table)
check "so is the table" test -b "${loop}p1"
losetup -d "$loop"
pvs --config 'devices{global_filter=["a|.*|"]}' -o pv_name 2>&1 | sed 's/^/# without the filter: /'
finish

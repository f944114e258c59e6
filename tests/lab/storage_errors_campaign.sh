# SPDX-License-Identifier: GPL-2.0-or-later
# A disk that fails: beneath each layer in turn, first all accesses end in an error, then all
# writes do. What needed it says so, and no volume ever holds anything but what it had.
# timeout: 1200
. /lab/lib.sh

# swap DEVICE KIND: what is beneath it: all accesses fail (error), or writes do (writes), or
# it is as it was (linear).
swap()
{
	table=/tmp/table-$1
	[ -e "$table" ] || dmsetup table "$1" >"$table"
	case $2 in
	error) awk '{ print $1, $2, "error" }' "$table" ;;
	writes) awk '{ print $1, $2, "flakey", $4, $5, 0, 1000, 1, "error_writes" }' "$table" ;;
	linear) cat "$table" ;;
	esac >/tmp/table
	dmsetup suspend --noflush --nolockfs "$1" && dmsetup load "$1" /tmp/table && dmsetup resume "$1" ||
		not_ok "swapping $1"
	sync
	echo 3 >/proc/sys/vm/drop_caches
}
hash_of() { qvm-volume export "$@" - | sha256sum; }
no_domain() { ! qvm-check -q "$1"; }
modprobe -a dm-flakey dm-snapshot dm-crypt
head -c 6000000 /dev/urandom >/tmp/old
head -c 6000000 /dev/urandom >/tmp/new
failure="Input/output error"

# ---- the data of a pool of LVM ----
lvcreate -qq -y -L 64M --poolmetadatasize 4M --errorwhenfull y -T qvm/weak 2>/dev/null
check "a pool" qvm-pool add weak lvm -o location=qvm/weak
check "a domain in it" qvm-create -t tiny -l red --size private=16MiB -p private=weak work
check "with content" qvm-volume import work:private /tmp/old
old=$(hash_of work:private)
swap qvm-weak_tdata error
refused "data unreadable: export" 17 "'work:private'.*$failure" qvm-volume export -f work:private /tmp/out
refused "data unreadable: copy elsewhere" 17 "$failure" qvm-clone -P default work copy
check "and no half copy is there" no_domain copy
refused "data unreadable: import" 17 "$failure" qvm-volume import work:private /tmp/new
swap qvm-weak_tdata linear
same "it has its content" "$old" "$(hash_of work:private)"
swap qvm-weak_tdata writes
refused "data unwritable: import" 17 "'work:private'.*$failure" qvm-volume import work:private /tmp/new
same "what can be read is right" "$old" "$(hash_of work:private)"
swap qvm-weak_tdata linear
same "nothing is left of the failures" "" "$(qvm-recover)"

# ---- the ephemeral store, and a pool beneath a running domain ----
check "boot" boot work
check "it writes" guest work "echo before >/rw/file; echo before >/file; sync"
swap qvm-weak_tdata writes
check "the guest is told of failing writes" guest work \
	"! dd if=/dev/zero of=/dev/xvdb bs=4096 seek=100 count=1 oflag=direct 2>/dev/null"
swap qvm-weak_tdata linear
swap qvm-qvm--scratch error
check "the guest is told of what it cannot read" guest work \
	"! dd if=/dev/xvdc bs=4096 skip=2000 count=1 iflag=direct 2>/dev/null | grep -q ."
refused "no start without the store" 17 "ephemeral.*$failure" qvm-start --paused tiny
check "its end" qvm-kill work
await 60 quiet
swap qvm-qvm--scratch linear
same "it has ended" Halted "$(state work)"
check "boot, in a store made anew" boot work
check "what was written before lasts" guest work "grep -qx before /rw/file"
check "what lived for the run does not" guest work "test ! -e /file"
check "kill" qvm-kill work
await 60 quiet
same "nothing is left of the failures" "" "$(qvm-recover)"
old=$(hash_of work:private)

# ---- the metadata of a pool of LVM ----
swap qvm-weak_tmeta writes
refused "metadata unwritable: snapshot" 17 "'work:private'.*LVM says" qvm-volume snapshot work:private now
refused "metadata unwritable: import" 17 "'work:private'" qvm-volume import work:private /tmp/new
swap qvm-weak_tmeta linear
dmsetup status qvm-weak-tpool | sed 's/^/# then: /'
same "what can be read is right" "$old" "$(hash_of work:private)"
lvchange -an qvm/weak $(lvs --noheadings -o lv_full_name -S pool_lv=weak qvm) 2>&1 | sed 's/^/# /'
lvchange -ay -K qvm/weak $(lvs --noheadings -o lv_full_name -S pool_lv=weak qvm) 2>&1 | sed 's/^/# /'
dmsetup status qvm-weak-tpool | sed 's/^/# activated: /'
qvm-recover 2>&1 | sed 's/^/# recovered: /'
same "activated again, it has its content" "$old" "$(hash_of work:private)"
check "and takes another" qvm-volume import work:private /tmp/new
check "removal" qvm-remove -f --purge work
same "nothing is left of the failures" "" "$(qvm-recover)"

# ---- files on XFS ----
truncate -s 320M /var/tmp/xfs && loop=$(losetup -f --show /var/tmp/xfs)
dmsetup create disk --table "0 655360 linear $loop 0" && udevadm settle && mkfs.xfs -q /dev/mapper/disk
mkdir -p /mnt/files && mount /dev/mapper/disk /mnt/files && mkdir -m 700 /mnt/files/pool
check "a pool of files" qvm-pool add files reflink -o location=/mnt/files/pool
check "a domain in it" qvm-create -t tiny -l red --size private=16MiB -p private=files work
check "with content" qvm-volume import work:private /tmp/old
old=$(hash_of work:private)
sync
swap disk error
refused "files unreadable: export" 17 "'work:private'" qvm-volume export -f work:private /tmp/out
refused "files unreadable: import" 17 "'work:private'" qvm-volume import work:private /tmp/new
swap disk linear
losetup -nl -O NAME,BACK-FILE | sed -n 's|^\([^ ]*\) */mnt/files/.*|\1|p' | xargs -r -n1 losetup -d
umount /mnt/files && mount /dev/mapper/disk /mnt/files || not_ok "mounting it again"
qvm-recover 2>&1 | sed 's/^/# recovered: /'
same "it has its content" "$old" "$(hash_of work:private)"
check "removal" qvm-remove -f --purge work
same "nothing is left of the failures" "" "$(qvm-recover)"

# ---- the registry ----
truncate -s 320M /var/tmp/ext4 && loop=$(losetup -f --show /var/tmp/ext4)
dmsetup create registry --table "0 655360 linear $loop 0" && udevadm settle && mkfs.ext4 -q /dev/mapper/registry
mkdir -p /mnt/registry && mount /dev/mapper/registry /mnt/registry && cp -a /var/lib/qvm/. /mnt/registry &&
	umount /mnt/registry && mount /dev/mapper/registry /var/lib/qvm || not_ok "a registry of its own"
check "a domain" qvm-create -t tiny -l red --size private=16MiB work
check "with content" qvm-volume import work:private /tmp/old
old=$(hash_of work:private)
sync
swap registry writes
refused "registry unwritable: import" 18 "Input/output error\|disk I/O error\|Read-only\|readonly" \
	qvm-volume import work:private /tmp/new
refused "registry unwritable: start" 18 "Input/output error\|disk I/O error\|Read-only\|readonly" qvm-start --paused work
check "what can be read is shown" qvm-ls work
swap registry linear
umount /var/lib/qvm && { fsck.ext4 -fy /dev/mapper/registry >/dev/null; mount /dev/mapper/registry /var/lib/qvm; } ||
	not_ok "mounting it again"
qvm-recover 2>&1 | sed 's/^/# recovered: /'
same "it has its content" "$old" "$(hash_of work:private)"
check "a start" qvm-start --paused work
check "its end" qvm-kill work
await 60 quiet
check "removal" qvm-remove -f --purge work
same "nothing is left of the failures" "" "$(qvm-recover)"
finish

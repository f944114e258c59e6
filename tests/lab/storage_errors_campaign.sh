# SPDX-License-Identifier: GPL-2.0-or-later
# A disk that fails: beneath each layer in turn, first all accesses end in an error, then all
# writes do. What needed it says so, and no volume ever holds anything but what it had.
# timeout: 1200
. /lab/lib.sh

# swap DEVICE KIND [FIRST LEN]: what is beneath it, or beneath so many of its sectors: all
# accesses fail (error), or writes do (writes), or it is as it was (linear).
swap()
{
	table=/tmp/table-$1
	[ -e "$table" ] || dmsetup table "$1" >"$table"
	awk -v kind="$2" -v first="${3:-0}" -v len="${4:-0}" '
		function put(from, n, kind) {
			if (n <= 0)
				return
			if (kind == "error")
				print from, n, "error"
			else if (kind == "writes")
				print from, n, "flakey", $4, $5 + from, 0, 1000, 1, "error_writes"
			else
				print from, n, "linear", $4, $5 + from
		}
		{
			len = len ? len : $2
			put(0, first, "linear")
			put(first, len, kind)
			put(first + len, $2 - first - len, "linear")
		}' "$table" >/tmp/table
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

# A group on a disk of its own: LVM puts the tables of its volumes right whenever it looks at
# them, but knows nothing of what is beneath its disk, which begins elsewhere: no twin is seen.
truncate -s 401M /var/tmp/weak && loop=$(losetup -f --show /var/tmp/weak)
dmsetup create disk0 --table "0 819200 linear $loop 2048" && udevadm settle
pvcreate -qq /dev/mapper/disk0 && vgcreate -qq weak /dev/mapper/disk0 &&
	lvcreate -qq -y -L 200M --poolmetadatasize 4M --errorwhenfull y -T weak/pool 2>/dev/null || not_ok "a group"
part() { dmsetup table "weak-pool_$1" | awk '{ print $5, $2 }'; }
tdata=$(part tdata) tmeta=$(part tmeta)

# What the administrator does after such a failure, as qvm-pool(1) says.
repair()
{
	dmsetup status weak-pool-tpool | sed 's/^/# then: /'
	lvs --noheadings -o lv_full_name -S pool_lv=pool weak | xargs -r lvchange -an -y 2>&1 | sed 's/^/# /'
	lvchange -an -y weak/pool 2>&1 | sed 's/^/# /'
	lvchange -ay --config 'global { thin_check_options = [ "-q", "--clear-needs-check-flag" ] }' weak/pool 2>&1 |
		sed 's/^/# /'
	lvs --noheadings -o lv_full_name -S pool_lv=pool weak | xargs -r lvchange -ay -K 2>&1 | sed 's/^/# /'
	dmsetup status weak-pool-tpool | sed 's/^/# activated: /'
	qvm-recover 2>&1 | sed 's/^/# recovered: /'
}

# ---- the data of a pool of LVM ----
check "a pool" qvm-pool add weak lvm -o location=weak/pool
check "a domain in it" qvm-create -t tiny -l red --size private=16MiB -p private=weak work
check "with content" qvm-volume import work:private /tmp/old
old=$(hash_of work:private)
swap disk0 error $tdata
refused "data unreadable: export" 17 "'work:private'.*$failure" qvm-volume export -f work:private /tmp/out
refused "data unreadable: copy elsewhere" 17 "$failure" qvm-clone -P default work copy
check "and no half copy is there" no_domain copy
refused "data unreadable: import" 17 "'work:private'" qvm-volume import work:private /tmp/new
swap disk0 linear
repair
same "it has its content" "$old" "$(hash_of work:private)"
swap disk0 writes $tdata
refused "data unwritable: import" 17 "'work:private'" qvm-volume import work:private /tmp/new
same "what can be read is right" "$old" "$(hash_of work:private)"
swap disk0 linear
repair
same "it has its content" "$old" "$(hash_of work:private)"
same "nothing is left of the failures" "" "$(qvm-recover 2>&1)"

# ---- the ephemeral store, and a pool beneath a running domain ----
truncate -s 16M /tmp/fs && mkfs.ext4 -q /tmp/fs
check "a file system in it" qvm-volume import work:private /tmp/fs
check "boot" boot work
check "it writes" guest work "echo before >/rw/file; echo before >/file; sync"
check "and to its volatile volume" guest work "{ ! grep -q xvdc /proc/swaps || swapoff /dev/xvdc; }" \
	"&& yes written | dd of=/dev/xvdc bs=4096 seek=2000 count=16 conv=fsync 2>/dev/null" \
	"&& echo 3 >/proc/sys/vm/drop_caches"
swap disk0 writes $tdata
check "the guest is told of failing writes" guest work \
	"! dd if=/dev/zero of=/dev/xvdb bs=4096 seek=100 count=1 oflag=direct 2>/dev/null"
swap disk0 linear
swap qvm-qvm--scratch error
check "the guest is told of what it cannot read" guest work \
	"! dd if=/dev/xvdc bs=4096 skip=2000 count=1 2>/dev/null | grep -q ."
refused "no start without the store" 17 "ephemeral.*\($failure\|has failed\|Invalid argument\)" qvm-start --paused tiny
check "its end" qvm-kill --wait work
await 60 quiet
swap qvm-qvm--scratch linear
repair
same "it has ended" Halted "$(state work)"
check "boot, in a store made anew" boot work
check "what was written before lasts" guest work "grep -qx before /rw/file"
check "what lived for the run does not" guest work "test ! -e /file"
check "kill" qvm-kill --wait work
await 60 quiet
same "nothing is left of the failures" "" "$(qvm-recover 2>&1)"
old=$(hash_of work:private)

# ---- the metadata of a pool of LVM ----
swap disk0 writes $tmeta
refused "metadata unwritable: clone" 17 "damaged" qvm-clone work copy
check "and no half copy is there" no_domain copy
refused "metadata unwritable: import" 17 "'work:private'\|damaged" qvm-volume import work:private /tmp/new
same "what can be read is right" "$old" "$(hash_of work:private)"
swap disk0 linear
repair
same "activated again, it has its content" "$old" "$(hash_of work:private)"
check "and takes another" qvm-volume import work:private /tmp/new
check "removal" qvm-remove -f --purge work
same "nothing is left of the failures" "" "$(qvm-recover 2>&1)"
check "the pool can go" qvm-pool remove weak

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
same "nothing is left of the failures" "" "$(qvm-recover 2>&1)"

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
# Until the kernel has made the file system read-only, reading may want a write too.
check "what can be read is shown, or what is wrong" sh -c 'qvm-ls work || [ $? = 18 ]'
swap registry linear
umount /var/lib/qvm && { fsck.ext4 -fy /dev/mapper/registry >/dev/null; mount /dev/mapper/registry /var/lib/qvm; } ||
	not_ok "mounting it again"
qvm-recover 2>&1 | sed 's/^/# recovered: /'
same "it has its content" "$old" "$(hash_of work:private)"
check "a start" qvm-start --paused work
check "its end" qvm-kill --wait work
await 60 quiet
check "removal" qvm-remove -f --purge work
same "nothing is left of the failures" "" "$(qvm-recover 2>&1)"
finish

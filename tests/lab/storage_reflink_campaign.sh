# SPDX-License-Identifier: GPL-2.0-or-later
# The driver `reflink` on btrfs and on XFS: domains keep their private volume there, and
# nothing is left of a removed one.
# timeout: 1200
. /lab/lib.sh

truncate -s 1G /var/tmp/btrfs /var/tmp/xfs
mkfs.btrfs -q /var/tmp/btrfs >/dev/null 2>&1 && mkfs.xfs -q /var/tmp/xfs || exit 1
for fs in btrfs xfs; do
	mkdir -p /mnt/$fs
	mount -o loop /var/tmp/$fs /mnt/$fs || exit 1
	mkdir -m 700 /mnt/$fs/pool
done
mkdir -m 700 /var/tmp/plain

pool() { qvm-pool add "$1" reflink -o location="$2" -o revisions_to_keep=1; }
images() { ls "/mnt/$1/pool" | grep -c "$2"; }
loops() { losetup -nl -O BACK-FILE | grep -c "^/mnt/$1/pool/"; }
idle() { await 60 sh -c '! pgrep -x qvm-watcher'; }

refused "ext4 is refused by its name" 21 "which is ext4" pool wrong /var/tmp/plain

for fs in btrfs xfs; do
	check "$fs: a pool" pool $fs /mnt/$fs/pool
	check "$fs: create" qvm-create -t tiny -l red -P $fs work
	same "$fs: one live volume" 1 "$(images $fs '^v[0-9]*-g1.img$')"
	check "$fs: boot" boot work
	check "$fs: write" guest work "echo first >/rw/file; sync"
	check "$fs: shutdown" qvm-shutdown --wait work
	idle
	check "$fs: a revision was taken" test "$(images $fs '^v[0-9]*-r[0-9]*.img$')" -ge 1
	check "$fs: it is not writable" sh -c \
		"stat -c %a /mnt/$fs/pool/*-r*.img | sort -u | grep -qx 400"
	check "$fs: boot again" boot work
	check "$fs: what was written is there" guest work "grep -qx first /rw/file"
	check "$fs: kill" qvm-kill --wait work
	idle
	check "$fs: clone" qvm-clone work copy
	check "$fs: boot of the clone" boot copy
	check "$fs: it has the content" guest copy "grep -qx first /rw/file"
	check "$fs: it writes to its own" guest copy "echo second >/rw/file; sync"
	check "$fs: shutdown" qvm-shutdown --wait copy
	qvm-prefs work template_for_dispvms True
	check "$fs: disposable over a revision" qvm-create --disp -t work disp
	check "$fs: its boot" boot disp
	check "$fs: it has the content of the first" guest disp "grep -qx first /rw/file"
	check "$fs: its end" qvm-kill --wait disp
	idle
	check "$fs: removal" qvm-remove -f --purge disp work copy
	same "$fs: no file is left" "" "$(ls -A /mnt/$fs/pool)"
	same "$fs: no loop device is left" 0 "$(loops $fs)"
	same "$fs: recovery finds nothing" "" "$(qvm-recover)"
	check "$fs: the pool can go" qvm-pool remove $fs
	check "$fs: it can be unmounted" umount /mnt/$fs
done
finish

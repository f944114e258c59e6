# SPDX-License-Identifier: GPL-2.0-or-later
# Volumes on real LVM: snapshots, going back, sizes, streams, two pools, and the trash.
# timeout: 700
. /lab/lib.sh

hash_of() { qvm-volume export "$@" | sha256sum; }
property() { qvm-volume info "$1" "$2"; }
has_lv() { lvs "qvm/qvm-$(property "$1" vid)" >/dev/null 2>&1; }
lvs_of() { lvs --noheadings -o lv_name,pool_lv qvm | sed 's/^ *//' | sort; }

quiet() { ! pgrep -f "[_]_watch"; }

qvm-create -t tiny -l red --size private=48MiB work || exit 1
head -c 3000000 /dev/urandom >/tmp/one
head -c 40000000 /dev/urandom >/tmp/two

# Streams.
check "import" qvm-volume import work:private /tmp/one
check "what is exported begins with what was imported" \
	sh -c 'qvm-volume export work:private - | cmp -n 3000000 - /tmp/one'
one=$(hash_of work:private)
check "the older state can be exported, too" \
	sh -c 'qvm-volume export -r 1 work:private - | cmp - /dev/zero 2>&1 | grep -q EOF'
check "export into a file" qvm-volume export work:private /tmp/file
same "the file has the same content" "$one" "$(sha256sum </tmp/file)"
refused "data larger than the volume" 7 "more than 48 MiB" \
	sh -c 'cat /tmp/two /tmp/two | qvm-volume import work:private -'
same "and nothing has changed" "$one" "$(hash_of work:private)"
refused "a stream that ends too early" 7 "end after" \
	sh -c 'qvm-volume import --size 40000000 work:private - </tmp/one'
same "and nothing has changed" "$one" "$(hash_of work:private)"

# Revisions.
check "a snapshot with a name" qvm-volume snapshot work:private first
check "import of something else" sh -c 'qvm-volume import work:private - </tmp/two'
two=$(hash_of work:private)
check "it differs" test "$one" != "$two"
check "back to the name" qvm-volume revert work:private first
same "the content is back" "$one" "$(hash_of work:private)"
check "and forth" qvm-volume revert work:private
same "nothing was lost" "$two" "$(hash_of work:private)"
check "the live volume is there" has_lv work:private

# What a crash leaves in the pool between two messages of LVM: a volume of the number that it
# takes next, and one that it has written down but not finished.
numbers() { lvs -a --noheadings -o thin_id -S pool_lv=pool qvm | tr -d ' ' | sort -n; }
in_pool()
{
	dmsetup message qvm-pool-tpool 0 reserve_metadata_snap
	thin_ls --no-headers -o DEV --metadata-snap /dev/mapper/qvm-pool_tmeta | tr -d ' ' | sort -n
	dmsetup message qvm-pool-tpool 0 release_metadata_snap
}
again() { "$@" qvm-volume import work:private /tmp/two; }
again env && again env # as many volumes are there from now on
dmsetup message qvm-pool-tpool 0 "create_thin $(($(numbers | tail -n 1) + 1))"
check "an import though its number is taken" again env
again strace -f -q -o /tmp/calls -e trace=execve,ioctl
second=$(awk '/execve\(.*\/lvm"/ { pid = $1; n = messages = 0 } $1 == pid && /ioctl\(/ { n++ }
	$1 == pid && /DM_TARGET_MSG/ && ++messages == 2 { print n; exit }' /tmp/calls)
# Killed in undoing that, too.
again strace -f -q -o /tmp/calls -e trace=ioctl -e inject="ioctl:signal=KILL:when=$second" 2>/dev/null
same "LVM is killed before its second message" 17 $?
check "it was" grep -q "killed by SIGKILL" /tmp/calls
check "a recovery" qvm-recover
same "a second one finds nothing" "" "$(qvm-recover 2>&1)"
same "the content is the same" "$two" "$(hash_of work:private)"
check "the next import" again env
same "the pool has what LVM has" "$(numbers)" "$(in_pool)"
same "and nothing is suspended" "" "$(dmsetup info -c --noheadings -o name,suspended | grep Suspended)"
same "the content is the same" "$two" "$(hash_of work:private)"

# Sizes.
check "grows" qvm-volume resize work:private 96MiB
same "the device has grown" 100663296 \
	"$(lvs --noheadings --units b --nosuffix -o lv_size "qvm/qvm-$(property work:private vid)" | xargs)"
refused "shrinks only by force" 7 "shrinking" qvm-volume resize work:private 48MiB
check "shrinks by force" qvm-volume resize -f work:private 48MiB
same "the content is the same" "$two" "$(hash_of work:private)"

# While it runs.
check "boots" boot work
check "a snapshot of the running one" qvm-volume snapshot work:private running
same "the newest revision is not that one" "$two" "$(hash_of work:private)"
check "grows while it runs" qvm-volume resize work:private 64MiB
guest work 'dd if=/dev/xvdb of=/dev/null bs=512 count=1 2>/dev/null' || true
same "the guest sees the size" 131072 "$(guest work cat /sys/block/xvdb/size)"
refused "no revert while it runs" 8 "running" qvm-volume revert work:private

# A device of dom0's while it runs.
head -c 4194304 /dev/urandom >/tmp/stick
stick=$(losetup -f --show /tmp/stick)
sum_of() { guest work "sha256sum /dev/$1" | cut -d' ' -f1; }
same "a device of dom0" /dev/xvdi "$(qvm-block attach work "${stick#/dev/}" 2>&1)"
same "has its content there" "$(sha256sum </tmp/stick | cut -d' ' -f1)" "$(sum_of xvdi)"
check "is written" guest work 'echo from work | dd of=/dev/xvdi conv=fsync 2>/dev/null'
same "in dom0 too" "from work" "$(head -n 1 /tmp/stick)"
check "it is shown" sh -c 'qvm-block list work | grep -q "work *xvdi"'
check "it is taken back" qvm-block detach work xvdi
check "the guest has it no more" guest work 'test ! -e /dev/xvdi'
same "nothing is there then" "" "$(xenstore-ls -f / | grep '/vbd/.*xvdi')"
same "another is elsewhere" /dev/xvdj "$(qvm-block attach --ro work "${stick#/dev/}" 2>&1)"
check "and only read" guest work '! echo x >/dev/xvdj'
check "by force it goes at once" qvm-block detach --force work
check "and is free" losetup -d "$stick"
mapped=$(basename "$(readlink -f "/dev/qvm/qvm-$(qvm-volume info work:private vid)")")
refused "a volume is no device" 10 "part of a domain" qvm-block attach work "$mapped"
check "ends" qvm-shutdown --wait work
await 60 quiet
same "not outdated once it has ended" False "$(property work:root is_outdated)"

# A second pool.
lvcreate -y -qq -L 512M -T qvm/second >/dev/null 2>&1 || not_ok "making a second pool"
check "register it" qvm-pool add second lvm -o volume_group=qvm -o thin_pool=second
now=$(hash_of work:private)
check "clone into it" qvm-clone -P second work copy
same "the copy has the content" "$now" "$(hash_of copy:private)"
first=$(hash_of -r first work:private)
check "move into it" qvm-volume move work:private second
same "the content has moved" "$now" "$(hash_of work:private)"
same "and so have the revisions" "$first" "$(hash_of -r first work:private)"
check "nothing of it is left behind" \
	sh -c '! lvs --noheadings -o lv_name,pool_lv qvm | grep "qvm-$(qvm-volume info work:private vid | cut -d- -f1)-" | grep -q " pool"'
refused "the pool is in use" 10 "'work:private'" qvm-pool remove second
check "clone of one volume across pools" sh -c 'qvm-volume clone work:private copy:private'
before=$(qvm-pool info second --json | sed -n 's/.*"size": *\([0-9]*\).*/\1/p')
check "the pool is enlarged" qvm-pool extend second 128MiB
after=$(qvm-pool info second --json | sed -n 's/.*"size": *\([0-9]*\).*/\1/p')
same "by that much" $((128 * 1024 * 1024)) $((after - before))

# The guard: what would overfill a pool is refused, what frees it works.
refused "too much for the pool" 13 "is full" \
	qvm-volume import --size 700000000 work:private -
same "nothing has changed" "$now" "$(hash_of work:private)"

# The trash.
lvs_of >/tmp/before
check "to the trash" qvm-remove -f copy
check "its name is free" sh -c '! qvm-check -q copy'
lvs_of >/tmp/after
same "its volumes are all there" "" "$(diff /tmp/before /tmp/after)"
same "recovery leaves them alone" "" "$(qvm-recover)"
check "back from the trash" qvm-trash restore copy again
same "with its content" "$now" "$(hash_of again:private)"
check "removed for good" qvm-remove -f --purge again work
same "recovery finds nothing" "" "$(qvm-recover)"
check "the empty pool can go" qvm-pool remove second
same "no volume is left in it" "" "$(lvs --noheadings -S pool_lv=second qvm)"
finish

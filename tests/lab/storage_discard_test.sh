# SPDX-License-Identifier: GPL-2.0-or-later
# Space comes back: what a guest discards, its pool has again, and so has the disk below;
# and the removal of a big volume does not take longer for its size.
# timeout: 400
. /lab/lib.sh

# In MiB.
pool_used() { dmsetup status qvm-pool-tpool | awk '{ split($6, n, "/"); print int(n[1] * 64 / 1024) }'; }
store_used() { dmsetup status qvm-store-pool | awk '{ split($6, n, "/"); print int(n[1] * 256 / 1024) }'; }
idle() { await 60 sh -c '! pgrep -x qvm-watcher'; }
grown() { test "$3" -ge $(($2 + $1)); }
shrunk() { test "$3" -le $(($2 - $1)); }

qvm-create -t tiny -l red work
check "boot" boot work
before=$(pool_used)
check "64 MiB on the private volume" guest work \
	"dd if=/dev/urandom of=/rw/big bs=1M count=64 2>/dev/null; sync"
full=$(pool_used)
check "the pool has them" grown 60 "$before" "$full"
check "fstrim in the guest" guest work "rm /rw/big; sync; fstrim /rw"
after=$(pool_used)
check "the pool has the space again" shrunk 56 "$full" "$after"
echo "# pool: $before, $full, $after MiB"

check "the guest stops swapping there" guest work "swapoff /dev/xvdc"
before=$(store_used)
check "64 MiB on the volatile volume" guest work \
	"dd if=/dev/urandom of=/dev/xvdc bs=1M seek=1 count=64 conv=fsync 2>/dev/null"
full=$(store_used)
check "the store has them" grown 60 "$before" "$full"
check "blkdiscard in the guest" guest work "blkdiscard /dev/xvdc"
after=$(store_used)
check "the store has the space again" shrunk 56 "$full" "$after"
echo "# store: $before, $full, $after MiB"

check "64 MiB on the root" guest work \
	"dd if=/dev/urandom of=/big bs=1M count=64 2>/dev/null; sync"
check "the store has them" grown 56 "$after" "$(store_used)"
qvm-kill --wait work
idle
check "all of it comes back with the end of the run" test "$(store_used)" = 0

# Two volumes, one with 512 times as much mapped; the time of their removal. Each removal
# is a process of LVM, which takes seconds under emulation.
lvcreate -qq -y -Wn -kn --addtag qvm -V 1G -T qvm/pool -n qvm-v900-g1
lvcreate -qq -y -Wn -kn --addtag qvm -V 4G -T qvm/pool -n qvm-v901-g1
dd if=/dev/urandom of=/dev/qvm/qvm-v900-g1 bs=1M count=1 oflag=direct status=none
dd if=/dev/zero of=/dev/qvm/qvm-v901-g1 bs=1M count=512 oflag=direct status=none
took()
{
	begin=$(date +%s%N)
	lvremove -y -qq -f --config 'backup{archive=0}' "qvm/$1" >/dev/null
	echo $((($(date +%s%N) - begin) / 1000000))
}
small=$(took qvm-v900-g1) big=$(took qvm-v901-g1)
echo "# removal: $small ms of 1 MiB, $big ms of 512 MiB"
check "removal does not wait for the size" test "$big" -lt $((small * 3))
finish

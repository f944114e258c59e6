# SPDX-License-Identifier: GPL-2.0-or-later
# The guard at the extremes: a pool whose data are full, a full volume group, a full disk of
# dom0, full metadata. What runs and does not write goes on; stopping, removing, discarding and
# enlarging work; whatever would need room is refused with the figure and what makes room.
# timeout: 1800
. /lab/lib.sh

status() { dmsetup status qvm-small-tpool; }
idle() { await 60 sh -c '! pgrep -x qvm-watcher'; }
free_blocks() { status | awk '{ split($6, n, "/"); print n[2] - n[1] }'; }
used_blocks() { status | awk '{ split($6, n, "/"); print n[1] }'; }
fewer() { test "$2" -lt "$1"; }

# A volume of somebody else takes all that is left in the pool.
fill_pool()
{
	lvcreate -qq -y -Wn -kn -V 1G -T qvm/small -n hog 2>/dev/null
	dd if=/dev/zero of=/dev/qvm/hog bs=64k count="$(free_blocks)" oflag=direct status=none
	same "$1: no block is free" 0 "$(free_blocks)"
}
lives() { guest "$1" 'head -c 65536 /rw/big | wc -c | grep -qx 65536'; }

lvcreate -qq -y -L 96M --poolmetadatasize 4M --errorwhenfull y -T qvm/small
check "a small pool" qvm-pool add small lvm -o location=qvm/small
for vm in work second third; do
	check "create $vm in it" qvm-create -t tiny -l red --size private=32MiB -p private=small $vm
done
check "boot" boot work
check "it writes" guest work "dd if=/dev/urandom of=/rw/big bs=1M count=8 2>/dev/null; sync"

# ---- 80 %: a warning; 100 % of data ----
lvcreate -qq -y -Wn -kn -V 1G -T qvm/small -n most 2>/dev/null
dd if=/dev/zero of=/dev/qvm/most bs=64k count=$(($(free_blocks) - 1536 * 15 / 100)) oflag=direct status=none
check "a warning from 80 % on" sh -c 'qvm-pool info small 2>&1 | grep -q -i -e warn -e "fills up"'
lvremove -qq -y -f qvm/most
fill_pool "data"
full="pool 'small' is full: 100 % of its 96 MiB.*removing.*qvm-pool extend"
refused "start" 13 "$full" qvm-start second
refused "start, dry run" 13 "$full" qvm-start --dry-run second
refused "create" 13 "$full" qvm-create -t tiny -l red -p private=small fourth
refused "clone" 13 "$full" qvm-clone second fourth
refused "snapshot" 13 "$full" qvm-volume snapshot second:private now
refused "revert" 13 "$full" qvm-volume revert second:private 1
refused "clear" 13 "$full" qvm-volume clear -f second:private
refused "import" 13 "$full" sh -c 'echo x | qvm-volume import second:private -'
refused "move into it" 13 "$full" qvm-volume move tiny:private small
check "what others run is not refused" sh -c 'qvm-create -t tiny -l red other && qvm-start --paused other && qvm-kill --wait other'
check "a domain that does not write goes on" lives work
check "resize, which takes nothing" qvm-volume resize third:private 48MiB
before=$(used_blocks)
check "discard in it" guest work "rm /rw/big; sync; fstrim /rw"
check "gives blocks back" fewer "$before" "$(used_blocks)"
fill_again() { dd if=/dev/zero of=/dev/qvm/hog bs=64k seek=2000 count="$(free_blocks)" oflag=direct status=none; }
fill_again
same "full again" 0 "$(free_blocks)"
check "kill" qvm-kill --wait work
idle
same "it has ended" Halted "$(state work)"
check "removal" qvm-remove -f --purge third
fill_again
check "extend" qvm-pool extend small 64MiB
check "then it starts" qvm-start --paused work
check "and stops with a revision" qvm-kill --wait work
idle
same "nothing is left to recover" "" "$(qvm-recover 2>&1)"

# ---- a full volume group ----
lvcreate -qq -y -Wn -l 100%FREE -n rest qvm
refused "extend says what is free" 13 "'qvm' has 0 .* free, and 64 MiB\|has 0 B free" qvm-pool extend small 64MiB
check "a start" qvm-start --paused work
check "its end" qvm-kill --wait work
idle
check "create" qvm-create -t tiny -l red -p private=small fourth
check "removal" qvm-remove -f --purge fourth
lvremove -qq -y -f qvm/rest

# ---- a full disk of dom0 ----
rm -f /var/log/qvm/guest-second.log
check "boot" boot second
fallocate -l "$(($(df --output=avail -B1M /var/lib/qvm | tail -n 1) - 2))M" /var/lib/qvm/fill
dd if=/dev/zero of=/var/lib/qvm/fill2 bs=4k 2>/dev/null
same "no byte is free" 0 "$(df --output=avail / | tail -n 1 | tr -d ' ')"
refused "create" 13 full qvm-create -t tiny -l red fourth
refused "start" 13 full qvm-start work
check "what runs goes on" guest second true
check "kill" qvm-kill --wait second
idle
same "it has ended" Halted "$(state second)"
check "removal" qvm-remove -f --purge second
check "extend" qvm-pool extend small 64MiB
rm -f /var/lib/qvm/fill /var/lib/qvm/fill2
qvm-recover | sed 's/^/# recovered: /'
same "nothing is left to recover" "" "$(qvm-recover 2>&1)"

# ---- full metadata: thin volumes of nobody take them ----
status() { dmsetup status qvm-tight-tpool; }
lvcreate -qq -y -L 64M --poolmetadatasize 2M --errorwhenfull y -T qvm/tight
check "a pool with few metadata" qvm-pool add tight lvm -o location=qvm/tight
for vm in meta more; do
	check "create" qvm-create -t tiny -l red --size private=16MiB -p private=tight $vm
done
check "boot" boot meta
i=100000
while dmsetup message qvm-tight-tpool 0 "create_thin $i" 2>/dev/null; do i=$((i + 1)); done
status | sed 's/^/# metadata full: /'
refused "start" 13 "'tight' is full:.* % of its metadata" qvm-start more
check "what does not write goes on" guest meta true
check "kill" qvm-kill --wait meta
idle
same "it has ended" Halted "$(state meta)"
check "extend" qvm-pool extend tight 64MiB
status | sed 's/^/# extended: /'
check "removal" qvm-remove -f --purge meta
check "start" qvm-start --paused more
check "and its end" qvm-kill --wait more
idle
qvm-recover | sed 's/^/# recovered: /'
same "nothing is left to recover" "" "$(qvm-recover 2>&1)"
dmesg | grep -i thin | tail -n 5 | sed 's/^/# kernel: /'
finish

# SPDX-License-Identifier: GPL-2.0-or-later
# The guard at the extremes in a pool of the driver thin: its data full, its metadata full, and
# an error of the disk beneath it with the repair that qvm-pool(1) has.
# timeout: 900
. /lab/lib.sh

device() { dmsetup ls | awk '/^qvm-pool-.*-'"$1"'\t/ { print $1 }'; }
node() { echo "/dev/dm-$(dmsetup info -c --noheadings -o minor "$(device "$1")")"; }
status() { dmsetup status "$(device pool)"; }
idle() { await 60 sh -c '! pgrep -x qvm-watcher'; }
free_blocks() { status | awk '{ split($6, n, "/"); print n[2] - n[1] }'; }
used_blocks() { status | awk '{ split($6, n, "/"); print n[1] }'; }
lives() { guest "$1" 'head -c 65536 /rw/big | wc -c | grep -qx 65536'; }
# A volume of nobody takes all that is left; SEEK blocks of 64 KiB have been taken before.
fill_pool() { dd if=/dev/zero of=/dev/mapper/hog bs=64k seek="$1" count="$(free_blocks)" oflag=direct status=none; }

lvcreate -qq -y -Wn -L 128M -n own qvm || exit 1
check "a small pool" qvm-pool add small thin -o location=/dev/qvm/own
for vm in work second third; do
	check "create $vm in it" qvm-create -t tiny -l red --size private=32MiB -p private=small $vm
done
check "boot" boot work
check "it writes" guest work "dd if=/dev/urandom of=/rw/big bs=1M count=8 2>/dev/null; sync"

# ---- 100 % of data ----
dmsetup message "$(device pool)" 0 "create_thin 9000000"
dmsetup create hog --table "0 2097152 thin $(node pool) 9000000"
fill_pool 0
same "no block is free" 0 "$(free_blocks)"
full="pool 'small' is full: 100 % of its .* MiB.*removing.*qvm-pool extend"
refused "start" 13 "$full" qvm-start second
refused "create" 13 "$full" qvm-create -t tiny -l red -p private=small fourth
refused "clone" 13 "$full" qvm-clone second fourth
refused "snapshot" 13 "$full" qvm-volume snapshot second:private now
refused "import" 13 "$full" sh -c 'echo x | qvm-volume import second:private -'
check "a domain that does not write goes on" lives work
check "resize, which takes nothing" qvm-volume resize third:private 48MiB
before=$(used_blocks)
check "discard in it" guest work "rm /rw/big; sync; fstrim /rw"
check "gives blocks back" test "$(used_blocks)" -lt "$before"
fill_pool 4000
same "full again" 0 "$(free_blocks)"
check "kill" qvm-kill --wait work
idle
same "it has ended" Halted "$(state work)"
check "removal" qvm-remove -f --purge third
fill_pool 8000
refused "no more than the device has" 13 "enlarge the device" qvm-pool extend small 64MiB
lvextend -qq -L +80M qvm/own
check "extend" qvm-pool extend small 64MiB
check "then it starts" qvm-start --paused work
check "and stops with a revision" qvm-kill --wait work
idle
same "nothing is left to recover" "" "$(qvm-recover 2>&1)"

# ---- full metadata: thin volumes of nobody take them ----
i=100000
while dmsetup message "$(device pool)" 0 "create_thin $i" 2>/dev/null; do i=$((i + 1)); done
status | sed 's/^/# metadata full: /'
refused "start" 13 "'small' is full:.* % of its metadata" qvm-start second
check "kill of none" qvm-kill --wait second
check "export" sh -c 'qvm-volume export second:private - >/dev/null'
dmsetup remove hog
lvextend -qq -L +80M qvm/own
check "extend" qvm-pool extend small 64MiB
status | sed 's/^/# extended: /'
check "start" qvm-start --paused second
check "and its end" qvm-kill --wait second
idle
check "removal of all" qvm-remove -f --purge work second
status | sed 's/^/# removed: /'
check "the pool can go" qvm-pool remove small
lvremove -qq -y qvm/own

# ---- an error beneath it, and the repair ----
lvcreate -qq -y -Wn -L 128M -n beneath qvm || exit 1
beneath=$(lvs --noheadings -o lv_kernel_major,lv_kernel_minor qvm/beneath | awk '{ print $1 ":" $2 }')
linear="0 262144 linear $beneath 0"
dmsetup create disk --table "$linear" || exit 1
modprobe -a dm-flakey
# becomes DEVICE TABLE: what it is from now on
becomes()
{
	dmsetup suspend --noflush --nolockfs "$1" && dmsetup load "$1" --table "$2" && dmsetup resume --noudevsync "$1" ||
		not_ok "$1 becomes another"
}
# ends TEXT PATTERN COMMAND...: as storage that failed, with PATTERN in its last line.
ends()
{
	text=$1 pattern=$2
	shift 2
	output=$("$@" 2>&1)
	same "$text: exit code" 17 $?
	same "$text: reason" 1 "$(echo "$output" | tail -n 1 | grep -c "$pattern")"
}
check "a pool on a disk" qvm-pool add ill thin -o location=/dev/mapper/disk
check "create" qvm-create -t tiny -l red --size private=32MiB -p private=ill work
check "content" sh -c 'yes qvm | head -c 33554432 | qvm-volume import work:private -'
hash=$(qvm-volume export work:private - | sha256sum)
# all of it
becomes disk "0 262144 error"
refused "a disk that is gone" 17 "the pool '/dev/mapper/disk': Input/output error" qvm-volume export work:private -
becomes disk "$linear"
same "it is back" "$hash" "$(qvm-volume export work:private - | sha256sum)"
# its metadata can be read and not written, and the kernel says yes to what it is told
meta=$(device meta)
was=$(dmsetup table "$meta")
becomes "$meta" "0 8192 flakey ${was#*linear } 0 1000 1 error_writes"
ends "a change fails" "damaged" qvm-clone work copy
becomes "$meta" "$was"
status | sed 's/^/# ill: /'
ends "and so do others now" "damaged" qvm-clone work other
same "what is there can be read" "$hash" "$(qvm-volume export work:private - | sha256sum)"
prefix=$(device pool)
prefix=${prefix%pool}
for volume in $(dmsetup ls | awk '/^'"$prefix"'v/ { print $1 }'); do dmsetup remove "$volume"; done
meta=$(node meta)
check "repair: the pool is taken down" dmsetup remove "${prefix}pool"
check "repair: its metadata are checked" thin_check --clear-needs-check-flag "$meta"
check "repair: recovery" qvm-recover
same "repair: its content is whole" "$hash" "$(qvm-volume export work:private - | sha256sum)"
check "repair: it takes changes" qvm-clone work copy
check "repair: it starts" qvm-start --paused work
check "repair: and ends" qvm-kill --wait work
idle
same "nothing is left to recover at the end" "" "$(qvm-recover 2>&1)"
finish

# SPDX-License-Identifier: GPL-2.0-or-later
# A repository on real LVM and Xen: two domains in while one runs, again for nothing, again for
# what has changed, and back out on LVM and on files.
# timeout: 400
. /lab/lib.sh

hash_of() { qvm-volume export "$1" | sha256sum; }
repo=/tmp/repo
vault() { action=$1; shift; qvm-vault "$action" -p /tmp/pass "$@"; }
save() { vault backup -y --json $repo one two; }
# A number of the report.
field() { sed -n "s/^ *\"$1\": *\([0-9]*\),*/\1/p" "$2" | head -n 1; }
held() { dmsetup status qvm-pool-tpool | awk '{ print $7 }'; }

echo 'battery staple' >/tmp/pass
# Deriving a key is slow under emulation.
check "a repository" vault init --key-memory 1MiB $repo
for vm in one two; do
	qvm-create -t tiny -l green --size private=24MiB $vm &&
		qvm-volume config $vm:private revisions_to_keep 3 || exit 1
	head -c 12000000 /dev/urandom >/tmp/$vm
	qvm-volume import --no-resize $vm:private /tmp/$vm || exit 1
done
check "one of them runs" boot one
check "saved, while it runs" sh -c 'qvm-vault backup -v -y --json -p /tmp/pass /tmp/repo one two >/tmp/first 2>/tmp/said'
check "the first run stores what there is" test "$(field archive_bytes /tmp/first)" -gt 24000000
save >/tmp/second
same "the second run stores nothing" 0 "$(field archive_bytes /tmp/second)"
same "as nothing was read" "2 of 2" \
	"$(vault backup -y $repo one two | sed -n 's/.*; \(.* of .*\) volumes unchanged/\1/p')"

# 1 MiB of it.
head -c 1048576 /dev/urandom | dd of=/tmp/two bs=1048576 seek=5 conv=notrunc status=none
qvm-volume import --no-resize two:private /tmp/two || exit 1
qvm-vault backup -v -v -y --json -p /tmp/pass $repo one two >/tmp/third 2>/tmp/said
check "a new state of one volume costs what has changed" \
	test "$(field archive_bytes /tmp/third)" -lt 3000000
check "and is something" test "$(field archive_bytes /tmp/third)" -gt 1000000
same "the tools of thin pools knew" "" "$(grep 'is read' /tmp/said)"
same "no metadata are held" - "$(held)"

one=$(hash_of one:private) two=$(hash_of two:private)
same "a volume as a stream" "$two" "$(vault export $repo two:private | sha256sum)"
check "verified" vault verify $repo
check "it ends" qvm-shutdown --wait one
await 60 quiet
check "removed" qvm-remove -f --purge one two
check "old snapshots go" vault prune --keep 1 $repo
check "restored" vault restore $repo
same "with their content" "$one $two" "$(hash_of one:private) $(hash_of two:private)"
check "a restored one boots" boot two
check "and ends" qvm-kill two
await 60 quiet
traces >/tmp/before
for pack in $repo/packs/*/*; do
	printf x | dd of=$pack bs=1 seek=3000000 conv=notrunc status=none
done
refused "damage" 7 "damaged" qvm-vault restore -p /tmp/pass --rename-conflicting $repo
traces >/tmp/after
same "leaves nothing" "" "$(diff /tmp/before /tmp/after)"
same "recovery finds nothing" "" "$(qvm-recover)"
finish

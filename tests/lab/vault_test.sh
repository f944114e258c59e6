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

# As it is now; what was saved before is what it is compared with.
qvm-run -p -u root one 'printf 0123456789 | dd of=/dev/xvdb bs=4096 seek=1 conv=notrunc,fsync 2>/dev/null'
qvm-vault backup -v -v -y --snapshot --json -p /tmp/pass $repo one >/tmp/now 2>/tmp/said
same "the present state costs what has changed" "1 0" \
	"$(($(field archive_bytes /tmp/now) > 0)) $(($(field archive_bytes /tmp/now) > 2000000))"
same "not all of it was read" "" "$(grep 'is read' /tmp/said)"
same "it is the present state" 0123456789 \
	"$(vault export $repo one:private | dd bs=4096 skip=1 count=1 2>/dev/null | head -c 10)"
same "nothing is left in the pool" "" "$(qvm-volume info one:private | grep qvm-backup)"
save >/tmp/second
same "the state before the start is as it was" 0 "$(field archive_bytes /tmp/second)"

# In a domain that has nothing but a shell.
far() { action=$1; shift; qvm-vault "$action" -p /tmp/pass -d one "$@"; }
last() { "$@" >/tmp/said 2>&1; set -- $?; tail -n 1 /tmp/said; return "$1"; }
refused "nothing is there" 5 "no repository" far list /tmp/far
check "a repository in a domain" far init --key-memory 1MiB /tmp/far
check "saved there" far backup -y /tmp/far two
same "the second time nothing" 0 "$(far backup -y --json /tmp/far two >/tmp/report && field archive_bytes /tmp/report)"
same "and back from there" "$(hash_of two:private)" "$(far export /tmp/far two:private | sha256sum)"
check "old snapshots go there" far prune --keep 1 /tmp/far
check "it is verified there" far verify /tmp/far
qvm-run -p -u root one 'for f in /tmp/far/packs/*/*; do printf x | dd of=$f bs=1 seek=300 conv=notrunc 2>/dev/null; done'
refused "damage there" 7 "damaged" last far verify /tmp/far
same "no call is left" "" "$(pgrep -f -a '[q]vm run -p one')"

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
check "and ends" qvm-kill --wait two
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

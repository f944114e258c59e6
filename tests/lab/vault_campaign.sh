# SPDX-License-Identifier: GPL-2.0-or-later
# A chain of ten states of one volume in a repository, of which any may go; runs that are killed
# at random moments; and what was saved from LVM brought back to files.
# timeout: 5400
. /lab/lib.sh

KILLS=${KILLS-60}
repo=/var/tmp/repo
image=/var/tmp/image
hash_of() { qvm-volume export "$1" | sha256sum; }
vault() { action=$1; shift; qvm-vault "$action" -p /tmp/pass "$@"; }
field() { sed -n "s/^ *\"$1\": *\"\{0,1\}\([0-9A-Za-z-]*\).*/\1/p" "$2" | head -n 1; }
# change N: 300 KB somewhere in the image, which becomes the state of the domain.
change()
{
	head -c 300000 /dev/urandom | dd of=$image bs=500000 seek=$(($1 % 40)) conv=notrunc status=none
	qvm-volume import --no-resize vm:private $image
}

echo 'battery staple' >/tmp/pass
vault init --key-memory 1MiB $repo || exit 1
qvm-create -t tiny -l green --size private=24MiB vm &&
	qvm-volume config vm:private revisions_to_keep 2 || exit 1
head -c 20000000 /dev/urandom >$image

n=0
while [ $n -lt 10 ]; do
	n=$((n + 1))
	change $((n * 3)) || exit 1
	hash_of vm:private >/tmp/hash-$n
	vault backup -y --json $repo vm >/tmp/report-$n 2>/tmp/said || cat /tmp/said
	field snapshot /tmp/report-$n >/tmp/name-$n
	[ $n = 1 ] || check "state $n costs what has changed" \
		test "$(field archive_bytes /tmp/report-$n)" -lt 2200000
done
intact()
{
	for n in "$@"; do
		vault export $repo "$(cat /tmp/name-$n)" vm:private | sha256sum | cmp -s - /tmp/hash-$n || return 1
	done
}
check "each of ten states comes back" intact 1 2 3 4 5 6 7 8 9 10
check "the first and some others go" vault forget $repo $(cat /tmp/name-1 /tmp/name-4 /tmp/name-5 /tmp/name-10)
check "and what only they had" vault prune $repo
check "the others are whole" intact 2 3 6 7 8 9
check "which is seen by reading all" vault verify $repo
check "the newest three stay" vault prune --keep 3 $repo
check "and are whole" intact 7 8 9
same "one more is" 4 "$(change 5 && vault backup -y $repo vm >/dev/null && vault list $repo | sed 1d | wc -l)"

# ---- kills ----

change 1 || exit 1
begun=$(date +%s%N)
vault backup -y $repo vm >/dev/null || exit 1
took=$((($(date +%s%N) - begun) / 1000000))
killed=0 bad=0
vault list $repo | sed 1d >/tmp/known
n=0
while [ $n -lt $KILLS ]; do
	n=$((n + 1))
	change $n || exit 1
	qvm-vault backup -y -p /tmp/pass $repo vm >/tmp/out 2>&1 &
	pid=$!
	sleep "$(awk -v ms=$took -v seed=$n 'BEGIN { srand(seed); printf "%.3f", rand() * ms / 1000 }')"
	case $((n % 3)) in
	0) pkill -9 -x qvm-chunks ;;
	*) kill -9 $pid 2>/dev/null ;;
	esac
	wait $pid
	status=$?
	await 20 sh -c '! pgrep -x qvm-chunks' || bad=$((bad + 1))
	[ $status = 0 ] || killed=$((killed + 1))
	vault list $repo >/tmp/list 2>&1 || { bad=$((bad + 1)); cat /tmp/list; }
	# A snapshot is there when, and only when, the run said so; or it was killed right after.
	sed 1d /tmp/list | wc -l >/tmp/now
	[ $status != 0 ] || [ "$(cat /tmp/now)" = $(($(wc -l </tmp/known) + 1)) ] || bad=$((bad + 1))
	sed 1d /tmp/list >/tmp/known
done
echo "# $killed of $KILLS runs were killed"
check "runs were killed" test $killed -gt $((KILLS / 4))
same "nothing was seen that is not so" 0 $bad
qvm-recover >/dev/null
check "recovery comes to an end" test -z "$(qvm-recover)"
check "a run after them" vault backup -y $repo vm
same "has the present state" "$(hash_of vm:private)" "$(vault export $repo vm:private | sha256sum)"
check "all snapshots are whole" vault verify $repo
check "what the killed ones left goes" vault prune --keep 5 $repo
same "all of it" 0 "$(ls $repo/tmp | wc -l)"
check "and nothing else" vault verify $repo

# ---- to files ----

truncate -s 1G /var/tmp/btrfs && mkfs.btrfs -q /var/tmp/btrfs >/dev/null 2>&1 &&
	mkdir -p /mnt/btrfs && mount -o loop /var/tmp/btrfs /mnt/btrfs && mkdir -m 700 /mnt/btrfs/pool &&
	qvm-pool add files reflink -o location=/mnt/btrfs/pool || exit 1
check "from LVM to files" vault restore -P files --rename-conflicting $repo
same "with its content" "$(hash_of vm:private)" "$(hash_of vm-1:private)"
check "it boots" boot vm-1
check "and ends" qvm-kill --wait vm-1
await 60 quiet
vault backup -y --json $repo vm-1 >/tmp/report
same "from files nothing is new, as chunks go" 0 "$(field archive_bytes /tmp/report)"
finish

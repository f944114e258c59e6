# SPDX-License-Identifier: GPL-2.0-or-later
# dom0.sh DRIVER [LAST]: in dom0, after a power cut: recovers and checks; then works until the next.
# LAST is what was told before it: "state A B" are the contents of both volumes that commands
# had acknowledged, "do import VM N" what was under way. So each volume holds the one or, if it
# was being imported, the other; and what the registry, LVM and device-mapper have agrees.
. /lab/lib.sh
driver=$1
shift
last=$*
pool=$([ "$driver" = lvm ] && echo default || echo own)

content() { yes "$1" | head -c 4194304; }
hash_of() { content "$1" | sha256sum | cut -c1-16; }
hash_in() { qvm-volume export "$1:private" - | sha256sum | cut -c1-16; }

# What the registry names in the pool, as LVM calls it.
named()
{
	sqlite3 /var/lib/qvm/qvm.db "SELECT 'qvm-v' || id || '-g' || generation FROM volume
		WHERE persistent AND pool = '$pool'
		UNION SELECT 'qvm-v' || volume || '-r' || serial FROM revision
		WHERE volume IN (SELECT id FROM volume WHERE pool = '$pool')" | sort
}

lvm_volumes() { lvs --noheadings -o lv_name -S lv_tags=qvm qvm | sed 's/ //g' | grep -e '^qvm-v' | sort; }
lvm_named() { named; }

# How many the kernel knows; a list of the pool's that disagrees is seen by a second recovery.
thin_volumes()
{
	device=$(dmsetup ls | awk '/^qvm-pool-.*-pool\t/ { print $1 }')
	minor=$(dmsetup info -c --noheadings -o minor "${device%pool}meta")
	dmsetup message "$device" 0 reserve_metadata_snap || return
	thin_ls --metadata-snap --no-headers -o DEV "/dev/dm-$minor" | wc -l
	dmsetup message "$device" 0 release_metadata_snap
}
thin_named() { named | wc -l; }

# is VM: which of the contents that it may have it has.
is_one_of()
{
	vm=$1 got=$(hash_in "$1")
	shift
	for n in "$@"; do
		[ "$got" != "$(hash_of "$n")" ] || { now=$n; return 0; }
	done
	now=wrong
	return 1
}

after_cut()
{
	set -- $last
	a=$2 b=$3
	[ "${4-}${5-}" != doimport ] || doing=$6 number=$7
	qvm-recover >/tmp/recovered || not_ok "qvm-recover"
	echo "found: $(sed 1d /tmp/recovered | tr -s ' \n' ' ;')"
	same "a second recovery finds nothing" "" "$(qvm-recover 2>&1)"
	check "a holds what it should" is_one_of a "$a" $([ "${doing-}" != a ] || echo "$number")
	is_one_of a "$a" ${number-} && a=$now
	check "b holds what it should" is_one_of b "$b" $([ "${doing-}" != b ] || echo "$number")
	is_one_of b "$b" ${number-} && b=$now
	same "the pool has what the registry names" "$(${driver}_named)" "$(${driver}_volumes)"
	same "no domain of before is left" "a b tiny" \
		"$(qvm-ls --raw-data --fields=name | sort | grep -v -e dom0 -e '^c$' | paste -sd' ')"
	qvm-ls --raw-data --fields=name c >/dev/null 2>&1 && qvm-remove -f --purge c
	check "a starts" qvm-start --paused a
	check "and ends" qvm-kill a
}

first()
{
	a=1 b=2
	if [ "$driver" = thin ]; then
		lvcreate -qq -y -Wn -L 2G -n own qvm && qvm-pool add own thin -o location=/dev/qvm/own || exit 1
	fi
	for vm in a b; do
		qvm-create -t tiny -l red -P $pool --size private=4MiB $vm || exit 1
	done
	content 1 | qvm-volume import a:private - && content 2 | qvm-volume import b:private - || exit 1
	sync
}

# Says what it does before and after; only what was told as done has to last.
step()
{
	echo "do $*"
	case $1 in
	import) content "$3" | qvm-volume import "$2:private" - && eval "$2=$3" ;;
	start) qvm-start --paused "$2" && qvm-kill "$2" ;;
	clone) qvm-clone "$2" c && qvm-remove -f --purge c ;;
	snapshot) qvm-volume snapshot "$2:private" s && qvm-volume drop "$2:private" s ;;
	esac
	echo "state $a $b"
	echo "done $*"
}

if [ "$last" ]; then after_cut; else first; fi
echo "state $a $b"
echo "working"
n=$(date +%s)
# It begins anywhere, so that a cut soon after meets any of them.
at=$((n % 6))
while [ "$failures" = 0 ]; do
	n=$((n + 1))
	case $((at = (at + 1) % 6)) in
	0) step import a $n ;;
	1) step start b ;;
	2) step import b $n ;;
	3) step clone a ;;
	4) step snapshot b ;;
	5) step start a ;;
	esac
done
finish

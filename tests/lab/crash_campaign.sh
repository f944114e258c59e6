# SPDX-License-Identifier: GPL-2.0-or-later
# Operations on volumes of LVM, killed before POINTS (8) of the system calls that they and their
# LVM make: the process that was about to make it, or all at that moment. Afterwards, recovered,
# each volume has its old or its new content, LVM has what the registry names, and a second
# recovery finds nothing. tests/crash does the same on files, call by call.
# timeout: 5400
# builds: tests/crash/killat.c
. /lab/lib.sh
points=${POINTS:-8}

content() { yes "$1" | head -c 4194304; }
hash_of() { content "$1" | sha256sum | cut -c1-16; }
hash_in() { qvm-volume export "$1:private" - | sha256sum | cut -c1-16; }
size_in() { qvm-volume info "$1:private" size; }
volumes() { lvs --noheadings -o lv_name -S lv_tags=qvm qvm | sed 's/ //g' | grep -e '^qvm-v' | sort; }
named()
{
	sqlite3 /var/lib/qvm/qvm.db "SELECT 'qvm-v' || id || '-g' || generation FROM volume WHERE persistent
		UNION SELECT 'qvm-v' || volume || '-r' || serial FROM revision" | sort
}
suspended() { dmsetup info -c --noheadings -o name,suspended | grep -v ':Active$' | grep -i suspended; }

# What is, and what may be: contents and sizes of `work`, whether `new` is there.
prepare()
{
	qvm-remove -f --purge new 2>/dev/null
	qvm-check -q work || {
		qvm-create -t tiny -l red --size private=4MiB work &&
			content one | qvm-volume import work:private - && qvm-volume snapshot work:private one
	}
	qvm-volume drop work:private two 2>/dev/null
	content now | qvm-volume import work:private -
	qvm-volume resize -f work:private 4MiB 2>/dev/null
	content new >/tmp/new
}

command_of()
{
	case $1 in
	snapshot) echo qvm-volume snapshot work:private two ;;
	revert) echo qvm-volume revert work:private one ;;
	clone) echo qvm-clone work new ;;
	resize) echo qvm-volume resize work:private 8MiB ;;
	import) echo qvm-volume import work:private /tmp/new ;;
	remove) echo qvm-remove -f --purge work ;;
	esac
}

# may OPERATION HASH SIZE: is that its before or its after?
may()
{
	case $1 in
	revert) [ "$2" = "$(hash_of now)" ] || [ "$2" = "$(hash_of one)" ] ;;
	import) [ "$2" = "$(hash_of now)" ] || [ "$2" = "$(hash_of new)" ] ;;
	resize) [ "$3" = 8388608 ] && [ "$2" = "$({ content now; head -c 4194304 /dev/zero; } | sha256sum | cut -c1-16)" ] ||
		{ [ "$3" = 4194304 ] && [ "$2" = "$(hash_of now)" ]; } ;;
	*) [ "$2" = "$(hash_of now)" ] ;;
	esac
}

judge()
{
	qvm-recover >/tmp/recovered 2>&1 || { echo "recovery failed: $(cat /tmp/recovered)"; return; }
	again=$(qvm-recover 2>&1)
	[ -z "$again" ] || echo "a second recovery says: $again"
	[ "$(named)" = "$(volumes)" ] || echo "LVM and the registry differ: $(named | tr '\n' ' ')/ $(volumes | tr '\n' ' ')"
	suspended
	for vm in work new; do
		if qvm-check -q $vm; then
			may "$1" "$(hash_in $vm)" "$(size_in $vm)" || echo "$vm has neither its old nor its new content"
		elif [ "$1.$vm" != remove.work ] && [ $vm = work ]; then
			echo "work is gone"
		fi
	done
}

for op in ${OPERATIONS:-snapshot revert clone resize import remove}; do
	prepare
	total=$(/lab/killat -l 100 0 $(command_of $op) 2>/dev/null | tail -n 1)
	check "$op, not killed" test "${total:-0}" -gt 100
	for all in "" -a; do
		problems=
		for i in $(seq 0 $((points / 2 - 1))); do
			prepare
			at=$((1 + (i * 2 + ${#all} / 2) * total / points))
			/lab/killat $all -l 200 $at $(command_of $op) >/tmp/said 2>&1
			wrong=$(judge $op)
			[ -z "$wrong" ] || problems="$problems
$op$all, call $at: $wrong"
		done
		same "$op$all, killed at $((points / 2)) of its $total calls" "" "$problems"
	done
done
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [CUTS [SECONDS [DRIVER]]]
# Power cuts: the lab's emulator is killed at CUTS (50) random moments, at most SECONDS (15)
# after its dom0 has begun to work on volumes. Then it boots from its disks, recovers, and goes
# on. dom0.sh says what is checked. DRIVER: lvm (the lab's pool), or thin, a pool of its own.
#
# Its disks have a write-back cache: what it writes to a place for the first time since it
# booted is lost with the emulator unless it was flushed.
set -u
cd "$(dirname "$0")/../.."
cuts=${1:-50} longest=${2:-15} driver=${3:-lvm}
disks=$(mktemp -d -t qvm-power.XXXXXX) || exit 1
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; rm -rf "$disks"' EXIT
trap 'exit 130' INT TERM HUP
passed=0 failed=0 last=
# The build of now, whatever is changed meanwhile.
make -s install DESTDIR="$disks/inst" PREFIX=/usr >/dev/null || exit 1
export QVM_LAB_BUILD=$disks/inst
lab/lab build || exit 1

# What was written is put beneath an empty layer: a write to that has to allocate, and
# what it has allocated is known to the emulator alone until a flush.
empty_layer()
{
	local disk
	for disk in root pool; do
		# The emulator may take a moment to let go of it.
		until qemu-img info "$disks/$disk.qcow2" >/dev/null 2>&1; do sleep 0.1; done
		if [ -e "$disks/$disk.below" ]; then
			qemu-img commit -q "$disks/$disk.qcow2" || exit 1
		else
			mv "$disks/$disk.qcow2" "$disks/$disk.below"
			qemu-img create -q -f qcow2 -F qcow2 -b "$disks/$disk.below" "$disks/$disk.qcow2" || exit 1
		fi
	done
}

# Until LINE is in the log, or the lab has ended.
await_line()
{
	local i
	for ((i = 0; i < 9000; i++)); do
		grep -q "^$1" "$disks/log" && return
		kill -0 "$pid" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

for ((cut = 0; cut <= cuts; cut++)); do
	boot=$([ $cut = 0 ] || echo --boot)
	: >"$disks/log" # what the run before said is not for this one
	lab/lab run -t 1200 --disks "$disks" $boot -f tests/lab/lib.sh -f tests/power/dom0.sh \
		-- sh /lab/dom0.sh "$driver" "$last" >"$disks/log" 2>&1 &
	pid=$!
	if ! await_line working; then
		echo "not ok cut $cut: after '$last'"
		sed 's/^/# /' "$disks/log"
		failed=$((failed + 1))
		break
	fi
	if [ $cut -gt 0 ] && grep -q '^not ok' "$disks/log"; then
		echo "not ok cut $cut: after '$last'"
		grep -A3 '^not ok' "$disks/log" | sed 's/^/# /'
		failed=$((failed + 1))
	elif [ $cut -gt 0 ]; then
		echo "ok cut $cut ($SECONDS s): $(sed -n 's/^found: //p' "$disks/log"), after '$last'"
		passed=$((passed + 1))
	fi
	[ $cut -lt "$cuts" ] || break
	sleep "$((RANDOM % longest)).$((RANDOM % 10))"
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	empty_layer
	# What volumes held by then, and what was being done.
	last=$(awk '/^do / { doing = " " $0 } /^state / { state = $0; doing = "" } END { print state doing }' "$disks/log")
done
kill -9 "$pid" 2>/dev/null
echo "power, $driver: $passed passed, $failed failed"
[ "$failed" = 0 ]

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [CUTS [SECONDS]]
# Power cuts: the lab's emulator is killed at CUTS (50) random moments, at most SECONDS (40)
# after its dom0 has begun to work on volumes; its disks have a write-back cache, so what was
# not flushed may be lost. Then it boots from them, recovers, and goes on. dom0.sh says what
# is checked.
set -u
cd "$(dirname "$0")/../.."
cuts=${1:-50} longest=${2:-40}
disks=$(mktemp -d -t qvm-power.XXXXXX) || exit 1
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; rm -rf "$disks"' EXIT
trap 'exit 130' INT TERM HUP
passed=0 failed=0 last=
# The build of now, whatever is changed meanwhile.
make -s install DESTDIR="$disks/inst" PREFIX=/usr >/dev/null || exit 1
export QVM_LAB_BUILD=$disks/inst
lab/lab build || exit 1

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
		-- sh /lab/dom0.sh "$last" >"$disks/log" 2>&1 &
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
		echo "ok cut $cut: $(sed -n 's/^found: //p' "$disks/log"), after '$last'"
		passed=$((passed + 1))
	fi
	[ $cut -lt "$cuts" ] || break
	sleep "$((RANDOM % longest)).$((RANDOM % 10))"
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	# What volumes held by then, and what was being done.
	last=$(awk '/^do / { doing = " " $0 } /^state / { state = $0; doing = "" } END { print state doing }' "$disks/log")
done
kill -9 "$pid" 2>/dev/null
echo "power: $passed passed, $failed failed"
[ "$failed" = 0 ]

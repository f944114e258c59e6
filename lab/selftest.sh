#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the lab itself: what lab/lab promises to those who use it. Needs no build of qvm.
set -u
lab=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/empty"
export QVM_LAB_BUILD=$tmp/empty
failed=0

check()
{
	local what=$1
	shift
	if "$@"; then
		echo "ok   $what"
	else
		echo "FAIL $what"
		failed=1
	fi
}

run() { "$lab/lab" run "$@"; }
status_is() { local want=$1; shift; "$@" >"$tmp/out" 2>"$tmp/err"; [ $? = "$want" ]; }

exit_status() { status_is 7 run -- sh -c 'exit 7'; }
killed() { status_is 143 run -- sh -c 'kill $$'; }
unknown() { status_is 127 run -- no-such-command; }

separate_outputs()
{
	status_is 0 run -- sh -c 'echo one; echo two >&2' &&
		[ "$(cat "$tmp/out")" = one ] && [ "$(cat "$tmp/err")" = two ]
}

arguments() { [ "$(run -- printf '<%s>' a 'b c' '' '*')" = '<a><b c><><*>' ]; }

streams()
{
	local first
	exec 4< <(run -- sh -c 'echo early; sleep 3')
	read -r -t 15 first <&4
	exec 4<&-
	[ "$first" = early ]
}

binary_clean()
{
	head -c 1048576 /dev/urandom >"$tmp/data"
	run -f "$tmp/data" -- cat /lab/data >"$tmp/back" && cmp -s "$tmp/data" "$tmp/back"
}

input() { run -- cat <"$tmp/data" >"$tmp/back" && cmp -s "$tmp/data" "$tmp/back"; }

files()
{
	echo 'echo ran "$@"' >"$tmp/script.sh"
	[ "$(run -f "$tmp/script.sh" -f "$tmp/data" -- sh /lab/script.sh x)" = 'ran x' ]
}

bare() { status_is 0 run --bare -f "$tmp/data" -- test -s /lab/data; }

fresh()
{
	run -- sh -c 'echo mark >/root/mark; lvcreate -qq -V 1G -T qvm/pool -n mark' \
		>/dev/null 2>&1 &&
		status_is 0 run -- sh -c '! test -e /root/mark && ! test -e /dev/qvm/mark'
}

differing_randomness()
{
	[ "$(run -- cat /proc/sys/kernel/random/uuid)" != \
		"$(run -- cat /proc/sys/kernel/random/uuid)" ]
}

right_time()
{
	local off
	off=$(($(run -- date +%s) - $(date +%s)))
	[ ${off#-} -le 3 ]
}

timeout_shows_console()
{
	status_is 124 run -t 3 -- sh -c 'echo on-the-console >/dev/console; sleep 60' &&
		grep -q on-the-console "$tmp/err"
}

machine_end() { status_is 125 run -t 30 -- sh -c 'echo o >/proc/sysrq-trigger; sleep 60'; }

two_at_once()
{
	run -- sh -c 'sleep 2; echo a' >"$tmp/a" &
	run -- sh -c 'sleep 2; echo b' >"$tmp/b"
	wait $!
	[ "$(cat "$tmp/a" "$tmp/b" | paste -sd,)" = a,b ]
}

alive() { kill -0 "$1" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$1/status"; }

# The driver is killed; its QEMU must follow.
nothing_left()
{
	local pid qemu
	"$lab/lab" run -- sh -c 'echo up; sleep 60' >"$tmp/out" &
	pid=$!
	while ! grep -q up "$tmp/out"; do
		alive "$pid" || return 1
		sleep 0.1
	done
	qemu=$(cat "/proc/$pid/task/$pid/children")
	qemu=${qemu% }
	[ "$qemu" ] || return 1
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	sleep 1
	! alive "$qemu"
}

terminal()
{
	script -qec "stty rows 33 cols 99; $lab/lab shell -- stty size" /dev/null \
		</dev/null | grep -q "33 99"
}

"$lab/lab" build || exit
check "exit status" exit_status
check "exit status of a killed command" killed
check "exit status of an unknown command" unknown
check "stdout and stderr apart" separate_outputs
check "arguments arrive as they are" arguments
check "output comes as it is written" streams
check "1 MiB through stdout unchanged" binary_clean
check "1 MiB through stdin unchanged" input
check "files" files
check "files without the toolkit set up" bare
check "nothing is seen by the next run" fresh
check "every run has its own randomness" differing_randomness
check "dom0's clock is right" right_time
check "time-out: 124 and the console" timeout_shows_console
check "power-off: 125" machine_end
check "two at once" two_at_once
check "kill -9 leaves nothing" nothing_left
check "terminal" terminal
exit $failed

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh MAKE PART...
# Runs each part by make (san-X: check-X under sanitizers), says how long it took, and closes
# with one line that sums the last "N passed, N failed" of each. A part that ends badly or says
# nothing counts as one failure.
set -u
make=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM HUP
passed=0
failed=0
unset MAKEFLAGS MFLAGS MAKELEVEL
jobs=-j$(nproc 2>/dev/null || echo 1)

for part in "$@"; do
	case $part in
	check-lab) [ -x lab/lab ] || continue ;;
	check-cli|san-cli) [ -e tests/cli/run.sh ] || continue ;;
	esac
	echo "== $part"
	begun=$(date +%s)
	case $part in
	san-*) set -- SAN=1 "check-${part#san-}" ;;
	*) set -- "$part" ;;
	esac
	{ "$make" --no-print-directory "$jobs" "$@" 2>&1; echo "status $?"; } | tee "$log" |
		sed -u '/^status [0-9]*$/d'
	echo "-- $part: $(($(date +%s) - begun)) s"
	line=$(grep -E '^([^:]*: )?[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	line=${line##*: }
	p=${line%% *}
	f=${line#*passed, }
	f=${f%% *}
	[ -n "$line" ] || p=0 f=0
	if [ "$f" = 0 ] && ! grep -qx 'status 0' "$log"; then
		echo "not ok $part: ended with $(tail -n 1 "$log")"
		f=1
	elif [ -z "$line" ]; then
		echo "not ok $part: no result"
		f=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs tests/lab/*_test.sh (or those named), each in a fresh dom0 of the lab. A test that
# prints lines "ok ..." and "not ok ..." counts as so many, any other as one.
set -u
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- tests/lab/*_test.sh
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

lab/lab build || { echo "lab: 0 passed, 1 failed"; exit 1; }
more=${QVM_LAB_PACKAGES:-}
for test in "$@"; do
	[ -e "$test" ] || continue
	echo "--- ${test##*/}"
	limit=$(sed -n 's/^# timeout: //p' "$test")
	# Programs of dom0 that only this one needs.
	QVM_LAB_PACKAGES=$(sed -n 's/^# packages: //p' "$test")
	export QVM_LAB_PACKAGES="${QVM_LAB_PACKAGES:-$more}"
	bare=$(sed -n 's/^# bare$/--bare/p' "$test")
	needs=$(sed -n 's/^# needs: /-f /p' "$test")
	for source in $(sed -n 's/^# builds: //p' "$test"); do
		mkdir -p build/lab
		built=build/lab/$(basename "$source" .c)
		${CC:-cc} -D_GNU_SOURCE -O2 -Wall -Wextra -Wno-missing-field-initializers \
			-Werror -static -o "$built" "$source" \
			$(pkg-config --static --libs xenvchan) && needs="$needs -f $built"
	done
	{ lab/lab run -t "${limit:-300}" $bare -f tests/lab/lib.sh $needs -f "$test" -- sh "/lab/${test##*/}" 2>&1; echo "status $?"; } |
		tee "$log" | sed -u '/^status [0-9]*$/d'
	p=$(grep -c '^ok ' "$log")
	f=$(grep -c '^not ok ' "$log")
	if [ "$f" = 0 ] && ! grep -qx 'status 0' "$log"; then
		f=1
		echo "not ok ${test##*/}: ended with $(tail -n 1 "$log")"
	elif [ "$p$f" = 00 ]; then
		p=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
done
echo "lab: $passed passed, $failed failed"
[ "$failed" = 0 ]

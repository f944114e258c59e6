#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh BUILD TEST...
# Runs the unit test programs, shows what failed, and counts.
set -u
build=$1
shift
passed=0
failed=0
skipped=0
log=$build/tests/unit.log
case $build in /*) ;; *) build=$PWD/$build ;; esac
export QVM_TEST_LIBEXEC="$build/modules" CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1}

for test in "$@"; do
	timeout 120 "$test" >"$log" 2>&1
	status=$?
	p=$(grep -c '^ok ' "$log")
	# cmocka 1 calls what is skipped "not ok N # SKIP", cmocka 2 "ok N - NAME # SKIP"
	f=$(grep '^not ok ' "$log" | grep -cv '^not ok [0-9]* # SKIP')
	s=$(grep -c -e '^not ok [0-9]* # SKIP' -e '^ok .* # SKIP' "$log")
	p=$((p - $(grep -c '^ok .* # SKIP' "$log")))
	if [ $status != 0 ] && [ "$f" = 0 ]; then
		f=1
		echo "not ok ${test##*/}: ended with $status"
	fi
	[ "$f" = 0 ] || { echo "--- ${test##*/}"; grep -v '^ok ' "$log"; }
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
done
[ $skipped = 0 ] || skips=", $skipped skipped: this machine cannot run them"
echo "unit: $passed passed, $failed failed${skips-}"
[ "$failed" = 0 ]

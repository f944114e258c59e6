#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [TEST...]
# Runs tests/lab/*_test.sh (or those named), each in a fresh dom0 of the lab, as many at a time
# as QVM_LABS says (default: two where there are two processors); those that may take the most
# time begin first. A test that prints lines "ok ..." and "not ok ..." counts as so many, any
# other as one.
set -u
cd "$(dirname "$0")/../.."
repo=$PWD

TIMEOUT=300 # seconds, of a test that names none
timeout_of() { sed -n "s/^# timeout: //p; \$s/.*/$TIMEOUT/p" "$1" | head -n 1; }

longest_first()
{
	for test in "$@"; do
		echo "$(timeout_of "$test") $test"
	done | sort -s -rn | cut -d ' ' -f 2-
}

# The programs that a test wants with it, as options of `lab run`.
needs_of()
{
	sed -n 's/^# needs: /-f /p' "$1"
	for source in $(sed -n 's/^# builds: //p' "$1"); do
		mkdir -p "$work/${1##*/}.d"
		built=$work/${1##*/}.d/$(basename "$source" .c)
		${CC:-cc} -D_GNU_SOURCE -O2 -Wall -Wextra -Wno-missing-field-initializers \
			-Werror -static -o "$built" "$source" \
			$(pkg-config --static --libs xenvchan) && echo "-f $built"
	done
}

# In a process of its own; leaves NAME.out with all that was said, and NAME.count.
run_one()
{
	test=$1
	name=${test##*/}
	out=$work/$name.out
	begun=$(date +%s)
	# The machine that it wants, and the Debian packages beside the usual ones in its dom0.
	export QVM_LAB_CARD=$(sed -n 's/^# card: //p' "$test")
	packages=$(sed -n 's/^# packages: //p' "$test")
	export QVM_LAB_PACKAGES="${packages:-${QVM_LAB_PACKAGES-}}"
	lab/lab run -t "$(timeout_of "$test")" -f tests/lab/lib.sh $(needs_of "$test") -f "$test" -- \
		sh "/lab/$name" >"$out" 2>&1
	status=$?
	p=$(grep -c '^ok ' "$out")
	f=$(grep -c '^not ok ' "$out")
	if [ "$f" = 0 ] && [ "$status" != 0 ]; then
		f=1
		echo "not ok $name: ended with status $status" >>"$out"
	elif [ "$p$f" = 00 ]; then
		p=1
	fi
	echo "$p $f" >"$work/$name.count"
	(
		flock 9
		echo "--- $name ($(($(date +%s) - begun)) s)"
		cat "$out"
	) 9>"$work/say"
}

if [ "${1-}" = --one ]; then
	work=$2
	run_one "$3"
	exit 0
fi

[ $# -gt 0 ] || set -- tests/lab/*_test.sh
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
# The lab and its checkpoint are there before tests share them.
lab/lab build && lab/lab run -t 300 -- true ||
	{ echo "lab: 0 passed, 1 failed"; exit 1; }
labs=${QVM_LABS:-$(($(nproc) > 1 ? 2 : 1))}
longest_first "$@" | xargs -P "$labs" -n 1 sh "$repo/tests/lab/run.sh" --one "$work"
cat "$work"/*.count >"$work/counts" 2>/dev/null
awk -v n=$# '{ p += $1; f += $2 } END { f += n - NR
	printf "lab: %d passed, %d failed\n", p, f; exit f != 0 }' "$work/counts"

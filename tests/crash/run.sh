#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh BUILD [-n POINTS] [-j JOBS] [-a] [OPERATION...]
#
# Kills each operation (kill -9) before the system calls it makes, one call a try: POINTS
# (8) spread over them, or with 0 all of them. With -a all its processes die at that moment, without
# it the one that was about to make the call. Volumes are files of the driver `reflink` on
# an XFS of its own; the hypervisor is the fake one. After each kill `qvm-recover` runs, and
#
# - each domain is wholly as it was before the operation, or wholly as after it: its
#   volumes' sizes and the hashes of what is in them;
# - what is in the pools, the run folder and among the loop devices is what the registry
#   names; there is no intent, and no process is left;
# - a second recovery says nothing and changes nothing;
# - a repository of backups has what was saved before and, wholly or not, the new; and the next
#   run saves what there is.
#
# It needs root, for loop devices. Without, one line says so and it ends with 0.
set -u
build=$(cd "$1" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
shift
points=8 jobs=$(nproc) flags=()
while getopts n:j:a option; do
	case $option in
	n) points=$OPTARG ;;
	j) jobs=$OPTARG ;;
	a) flags+=(-a) ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
export LC_ALL=C
unset QVM_ROOT NO_COLOR

if [ "${CRASH_TOP-}" ]; then
	. "$here/one.sh"
	one_operation "$1"
	exit 0
fi

if [ "$(id -u)" != 0 ] || ! command -v mkfs.xfs >/dev/null || ! losetup -f >/dev/null 2>&1; then
	echo "# crash tests need root, loop devices and mkfs.xfs: left out"
	echo "crash: 0 passed, 0 failed"
	exit 0
fi
CRASH_TOP=$(mktemp -d -p /dev/shm qvm-crash.XXXXXX 2>/dev/null || mktemp -d -t qvm-crash.XXXXXX)
export CRASH_TOP
trap 'rm -rf "$CRASH_TOP"' EXIT
trap 'exit 130' INT TERM HUP
cc -O2 -D_GNU_SOURCE -Wall -Wextra -o "$CRASH_TOP/killat" "$here/killat.c" || exit 1
[ $# -gt 0 ] || {
	. "$here/one.sh"
	set -- $(printf '%s\n' "${!operations[@]}" | sort)
}
printf '%s\n' "$@" | xargs -P "$jobs" -n 1 bash "$here/run.sh" "$build" -n "$points" "${flags[@]}" |
	tee "$CRASH_TOP/results"
passed=$(grep -c '^ok ' "$CRASH_TOP/results")
failed=$(($# - passed))
echo "crash: $passed passed, $failed failed"
[ "$failed" = 0 ]

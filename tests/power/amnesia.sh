#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Amnesia beyond a power cut: the lab's emulator is killed while an AppVM and a disposable run
# that have written to all of their volumes. Its disks are searched from outside: but for the
# AppVM's private volume nothing of that is there.
set -u
cd "$(dirname "$0")/../.."
. tests/lab/storage_lib.sh
disks=$(mktemp -d -t qvm-amnesia.XXXXXX) || exit 1
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; rm -rf "$disks"' EXIT
trap 'exit 130' INT TERM HUP
passed=0 failed=0
app=$(token a) disposable=$(token d)

lab/lab build || exit 1
lab/lab run -t 600 --disks "$disks" -f tests/lab/lib.sh -f tests/lab/storage_lib.sh \
	-f tests/power/marks.sh -- sh /lab/marks.sh "$app" "$disposable" >"$disks/log" 2>&1 &
pid=$!
until grep -q '^marked' "$disks/log"; do
	kill -0 "$pid" 2>/dev/null || { cat "$disks/log"; echo "amnesia: 0 passed, 1 failed"; exit 1; }
	sleep 0.2
done
kill -9 "$pid"
wait "$pid" 2>/dev/null
for t in $app $disposable; do
	for part in ROOT VOLATILE PRIVATE; do
		lasts=$([ "$t.$part" = "$app.PRIVATE" ] && echo yes || echo no)
		there=$(cat "$disks"/*.qcow2 | grep -qaF "$(upper "$t")-$part" && echo yes || echo no)
		if [ "$lasts" = "$there" ]; then
			echo "ok $part of the $([ "$t" = "$app" ] && echo AppVM || echo disposable) on the disk: $there"
			passed=$((passed + 1))
		else
			echo "not ok $part of the $([ "$t" = "$app" ] && echo AppVM || echo disposable) on the disk: $there"
			failed=$((failed + 1))
		fi
	done
done
echo "amnesia: $passed passed, $failed failed"
[ "$failed" = 0 ]

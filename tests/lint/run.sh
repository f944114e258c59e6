#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh BUILD [CHECK...]
# Runs the checks of this folder from the top of the tree. Each is a script that prints what
# is wrong and fails, or says nothing; a line that starts with "#" is only information.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
build=$1
shift
[ $# -gt 0 ] || set -- $(cd "$here" && ls check_*.sh | sed 's/^check_//; s/\.sh$//')
passed=0
failed=0
for name in "$@"; do
	out=$(sh "$here/check_$name.sh" "$build" 2>&1)
	status=$?
	echo "$out" | grep '^#'
	out=$(echo "$out" | grep -v '^#')
	if [ $status = 0 ] && [ -z "$out" ]; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "$out" | head -n 30 | sed 's/^/  /'
		echo "not ok $name: $(echo "$out" | grep -c .) findings"
		failed=$((failed + 1))
	fi
done
echo "lint: $passed passed, $failed failed"
[ "$failed" = 0 ]

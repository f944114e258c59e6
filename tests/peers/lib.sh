# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the scripts of this folder.
passed=0
failed=0

# same TEXT WANTED GOT
same()
{
	if [ "$2" = "$3" ]; then
		echo "ok $1"
		passed=$((passed + 1))
	else
		echo "not ok $1"
		printf '# wanted: %.300s\n# got:    %.300s\n' "$2" "$3"
		failed=$((failed + 1))
	fi
}

# await COMMAND...: for at most 10 s.
await()
{
	for _ in $(seq 200); do
		"$@" && return
		sleep 0.05
	done
	return 1
}

# SPDX-License-Identifier: GPL-2.0-or-later
# Commands, manual pages, completions and tests agree; so do options, and exit codes.
build=$1
qvm=$build/qvm
[ -x "$qvm" ] || { echo "$qvm is not built"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$qvm" commands | sort >"$work/commands"
[ -s "$work/commands" ] || echo "qvm commands lists nothing"
ls man | sed -n 's/\.1\.in$//p' | grep -vx qvm | sort >"$work/pages"
comm -23 "$work/commands" "$work/pages" | sed 's/$/: has no page in man\//'
comm -13 "$work/commands" "$work/pages" | sed 's/$/: has a page and is no command/'

# Source text of a page as plain words.
plain()
{
	sed 's/\\-/-/g; s/\\f[BIRP]//g; s/\\&//g' "$1"
}

while read -r name; do
	grep -qw -- "$name" "$build/completions/qvm" ||
		echo "$name: is not in the completions"
	[ ! -d tests/cli ] || grep -rqwE -- "$name|${name#qvm-}" tests/cli ||
		echo "$name: has no test in tests/cli"
	[ -e "$build/man/$name.1" ] || continue
	plain "$build/man/$name.1" >"$work/page"
	"$qvm" "$name" --help 2>/dev/null | grep -oE '^ +(-[a-zA-Z0-9], *)?--[a-z][a-z0-9-]*' |
		grep -oE -- '--[a-z][a-z0-9-]*' | sort -u >"$work/options"
	[ -s "$work/options" ] || echo "$name: its help shows no options"
	while read -r option; do
		grep -q -- "${option#--}" "$work/page" ||
			echo "$name: $option is not in its page"
	done <"$work/options"
	grep -q 'EXIT STATUS' "$work/page" || echo "$name: its page has no exit status"
done <"$work/commands"

plain "$build/man/qvm.1" >"$work/page"
sed -n 's/^\t{QVM_E_[A-Z_]*, \([0-9]*\), "\([^"]*\)".*/\1 \2/p' core/err.c >"$work/codes"
while read -r code word; do
	grep -qE "(^|[^0-9])$code([^0-9]|\$)" "$work/page" && grep -q -- "$word" "$work/page" ||
		echo "qvm.1: exit code $code ($word) is missing"
done <"$work/codes"
if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning "$build"/man/*.[1-9] 2>&1 | grep -v 'skipping\|STYLE\|missing date'
fi
exit 0

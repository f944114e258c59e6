# SPDX-License-Identifier: GPL-2.0-or-later
# Screens in documents are the golden pictures of tests/golden/tui, which the unit tests draw:
# below a line with "screen: NAME", the block up to ``` or .fi. Blank lines in a row become
# one. GOLDEN_UPDATE=1 writes them.

picture()
{
	case $2 in
	*.in) cat -s "$1" | sed 's/\\/\\e/g; s/-/\\-/g; s/`/\\(ga/g; s/^[.'"'"']/\\\&&/' ;;
	*) cat -s "$1" ;;
	esac
}

# with_screens FILE: as it should be
with_screens()
{
	while IFS= read -r line; do
		printf '%s\n' "$line"
		case $line in *"screen: "*) ;; *) continue ;; esac
		name=${line##*screen: }
		name=${name%% *}
		IFS= read -r line && printf '%s\n' "$line"
		picture "tests/golden/tui/$name.txt" "$1"
		while IFS= read -r line; do
			case $line in '```'|.fi) break ;; esac
		done
		printf '%s\n' "$line"
	done <"$1"
}

found=$(grep -l -r 'screen: [a-z]' docs man)
[ -n "$found" ] || echo "no document has a screen"
for file in $found; do
	if [ -n "${GOLDEN_UPDATE-}" ]; then
		with_screens "$file" >"$file.new" && mv "$file.new" "$file"
	else
		with_screens "$file" | diff -u "$file" - || echo "$file: a screen is stale"
	fi
done

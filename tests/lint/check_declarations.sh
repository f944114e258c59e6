# SPDX-License-Identifier: GPL-2.0-or-later
# Every function that a header declares is defined, and used by somebody other than itself.
. tests/lint/files.sh
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for header in $(sources h; test_sources h); do
	awk -v file="$header" '
	/^[ \t#}*]|^\/|^typedef|^static|^extern/ { next }
	/[a-z_0-9]+\(/ && !/{[ \t]*$/ {
		name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
		if (name != "") print name, file
	}' "$header"
done | sort -u >"$work/declared"
find "$build" -name '*.o' | xargs nm --defined-only 2>/dev/null |
	awk '$2 ~ /[TtDdRrBb]/ { print $3 }' | sort -u >"$work/defined"
find "$build" -name '*.o' | xargs nm --undefined-only 2>/dev/null |
	awk '$1 == "U" { print $2 }' | sort -u >"$work/used"
while read -r name file; do
	case $file in tests/*|agent/*) continue ;; esac
	if ! grep -qx "$name" "$work/defined"; then
		echo "$file: $name is defined nowhere"
	elif ! grep -qx "$name" "$work/used" &&
		! grep -rqw "$name" --include='*.c' --exclude-dir="$build" . ; then
		echo "$file: $name is used nowhere"
	fi
done <"$work/declared"
exit 0

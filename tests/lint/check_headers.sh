# SPDX-License-Identifier: GPL-2.0-or-later
# Every header compiles alone. The public one has at most sixty functions, and each public
# function has its contract: a comment in its group, or on the request that it takes.
. tests/lint/files.sh
cc=${CC:-cc}
flags='-std=gnu11 -D_GNU_SOURCE -iquote . -DLIBXL_API_VERSION=0x041400 -Wall -Wextra -Werror
	-Wno-missing-field-initializers -Wno-unused-function -fsyntax-only -x c'

for header in $(sources h; test_sources h); do
	printf '#include "%s"\n' "$header" | $cc $flags - 2>&1 | head -n 3
done
n=$(grep -cE '^(int|void|char|bool|const|struct|enum)[^;={]*[ *][a-z_0-9]+\(' ops/ops.h)
echo "# ops/ops.h: $n functions"
[ "$n" -le 60 ] || echo "ops/ops.h: $n functions, more than sixty"
for header in $(existing core/*.h ops/ops.h | grep -v _db); do
	awk -v RS= '
	{ said = /\/\*/ || /_(dispose|free)\(/ || /^static/ || /^}/ }
	!said && !before && /(^|\n)[a-z][^;={#]*[ *][a-z_0-9]+\(/ && !/^typedef/ {
		split($0, line, "\n")
		print FILENAME ": no contract: " line[1]
	}
	{ before = /\/\*/ && /^(struct|enum|\/\*)/ }' "$header"
done
exit 0

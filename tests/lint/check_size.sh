# SPDX-License-Identifier: GPL-2.0-or-later
# No file above 600 lines, no function above 60; the medians show the trend. Tables do not
# count as functions.
. tests/lint/files.sh

{ sources c h; test_sources c h; } | xargs awk '
function median(list, n,   i, k, t) {
	for (i = 2; i <= n; i++) {
		t = list[i]
		for (k = i - 1; k > 0 && list[k] > t; k--) list[k + 1] = list[k]
		list[k + 1] = t
	}
	return n ? list[int((n + 1) / 2)] : 0
}
function ended() {
	if (length_of > 600) print last ": " length_of " lines"
	if (last && last !~ /^tests/) files[++file_count] = length_of
}
FNR == 1 { ended(); last = FILENAME; start = 0; head = 0 }
{ length_of = FNR }
/^[a-zA-Z]/ && !/[;=]/ { head = FNR; name = $0 }
/^{/ { start = head ? head : FNR }
/^}/ && start {
	size = FNR - start + 1
	if (size > 60) print FILENAME ":" start ": function of " size " lines: " name
	if (FILENAME !~ /^tests/) functions[++function_count] = size
	start = 0
}
END {
	ended()
	print "# median file: " median(files, file_count) " lines of " file_count \
		"; median function: " median(functions, function_count) " lines of " function_count
}' >"$1/lint-size"
cat "$1/lint-size"
! grep -qv '^#' "$1/lint-size"

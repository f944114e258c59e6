# SPDX-License-Identifier: GPL-2.0-or-later
# Only programs print, exit, or look at their environment; nobody runs a shell or sleeps.
. tests/lint/files.sh

# Out of memory ends the process in lib/alloc.c; the others are programs of their own.
sources c h | grep -vE '^(qvm-tools/|agent/|tui/main\.c|lib/alloc\.c)' |
	grep -vE '^(templates/fill|xen/hotplug|qrexec/main_[a-z]*)\.c' | xargs awk '
FNR == 1 { comment = 0 }
{
	line = $0
	gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
	gsub(/\/\*.*\*\//, "", line)
	if (comment) { if (!sub(/.*\*\//, "", line)) next; comment = 0 }
	if (sub(/\/\*.*/, "", line)) comment = 1
	if (line ~ /(^|[^a-zA-Z0-9_>.])(exit|abort|printf|puts|perror|getenv|secure_getenv|system|popen|sleep|usleep)[ \t]*\(/ ||
	    line ~ /printf[ \t]*\((stdout|stderr)/)
		print FILENAME ":" FNR ": " $0
}' | grep . && exit 1
exit 0

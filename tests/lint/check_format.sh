# SPDX-License-Identifier: GPL-2.0-or-later
# clang-format changes nothing; `make format` lets it.
. tests/lint/files.sh
command -v clang-format >/dev/null || { echo "clang-format is missing"; exit 1; }
{ sources c h; test_sources c h; } | xargs clang-format --dry-run 2>&1 |
	sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: warning.*/\1/p' | sort | uniq -c |
	awk '{ print $2 ": " $1 " places" }'
exit 0

# SPDX-License-Identifier: GPL-2.0-or-later
# What belongs to the machine it was built on stays out: its paths, its proxies, its mirrors.
if git rev-parse --git-dir >/dev/null 2>&1; then
	git ls-files -co --exclude-standard
else
	find . -type f ! -path './build*' ! -path './.git/*'
fi | grep -v '^tests/lint/check_words' | tr '\n' '\0' |
	xargs -0 grep -InE '/work/[a-z]|/home/[a-z]+/[a-z]|(^|[^a-z])(artifactory|nexus|pkg-proxy|pypi-mirror)[./-]|https?://[a-z0-9.-]*\.(internal|corp|local)([/:]|$)|https?://[0-9]+\.[0-9]+' 2>/dev/null |
	grep -v '^docs/.*[$~]HOME'
exit 0

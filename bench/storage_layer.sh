#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures the constructions of the ephemeral layer against a plain thin snapshot, in the
# lab. Prints a table: a line a measure, a column a construction, medians of ROUNDS.
# The figures that were decided upon are in docs/ephemeral-layer.md.
set -eu
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -std=gnu11 -D_GNU_SOURCE -I. -O2 -Wall -Wextra -Wno-missing-field-initializers \
	-o "$work/storage_layer" bench/storage_layer.c bench/accesses.c storage/dm.c storage/thin.c storage/fill.c \
	core/err.c core/ctx.c lib/*.c $(pkg-config --libs devmapper)
cat >"$work/run.sh" <<RUN
set -e
lvcreate -qq -y -Wn -V 1G -T qvm/pool -n origin
dd if=/dev/urandom of=/dev/qvm/origin bs=1M count=256 oflag=direct status=none
modprobe -a dm-crypt dm-snapshot dm-thin-pool
round=0
while [ \$round -lt $rounds ]; do
	lvcreate -qq -y -kn -s -n peer\$round qvm/origin
	lvcreate -qq -y -kn -s -n more\$round qvm/origin
	/lab/storage_layer /dev/qvm/qvm-scratch /dev/qvm/origin /dev/qvm/peer\$round /dev/qvm/more\$round
	round=\$((round + 1))
done
RUN
lab/lab run -t 3000 --bare -f "$work/storage_layer" -f "$work/run.sh" -- sh /lab/run.sh \
	>"$work/out" || { cat "$work/out"; exit 1; }
sort -k1,1 -k2,2 -k3,3n "$work/out" | awk '
	function put() { if (n) { value[c, m] = v[int((n + 1) / 2)] }; n = 0 }
	$1 != c || $2 != m { put(); c = $1; m = $2; unit[m] = $4 }
	{ v[++n] = $3 }
	END {
		put()
		for (key in value) { split(key, p, SUBSEP); names[p[1]]; measures[p[2]] }
		line = "| measure | unit |"
		rule = "| --- | --- |"
		for (c in names) { line = line " " c " |"; rule = rule " ---: |" }
		print line; print rule
		for (m in measures) {
			line = "| " m " | " unit[m] " |"
			for (c in names)
				line = line " " ((c, m) in value ? sprintf("%.4g", value[c, m]) : "-") " |"
			print line
		}
	}'

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each fuzzer of this folder for FUZZ_SECONDS (default 60), under the sanitizers; a failure is
# a `not ok` and leaves its input in build-fuzz/. FUZZ_KEEP=1: new inputs of value stay in
# corpus/. With clang it is libFuzzer; else main.c changes the corpus at random.
set -u
cd "$(dirname "$0")/../.."
seconds=${FUZZ_SECONDS:-60}
out=build-fuzz
san='-fsanitize=address,undefined -fno-sanitize-recover=undefined -g -O1'
base='-std=gnu11 -D_GNU_SOURCE -iquote .'
mkdir -p $out
passed=0
failed=0

# What each is linked with besides lib/.
sources()
{
	case $1 in
	ask) echo -ljson-c ;;
	qfile) echo qrexec/qfile_*.c ;;
	relay) echo qrexec/proto.c ;;
	words) echo qrexec/open.c core/err.c qrexec/audit.c qrexec/proto.c qrexec/qfile_name.c qrexec/qfile_unicode.c \
		qrexec/qfile_wire.c -ljson-c ;;
	qrexec) echo agent/vmexec.c qrexec/frame.c qrexec/pty.c qrexec/service*.c ;;
	esac
}

# build NAME: libFuzzer where clang can, else a program of its own.
build()
{
	all="tests/fuzz/$1_fuzz.c lib/*.c $(sources "$1")"
	own=
	clang $base $san -fsanitize=fuzzer -o $out/$1 $all 2>$out/$1.log && return
	own=1
	${CC:-cc} $base $san -o $out/$1 tests/fuzz/main.c $all 2>>$out/$1.log
}

# fuzz NAME
fuzz()
{
	kept=tests/fuzz/corpus/$1
	new=$out/$1.new
	mkdir -p "$new"
	if [ "$own" ]; then
		timeout $((seconds + 60)) $out/$1 "$seconds" "$kept"/* >>$out/$1.log 2>&1
		return
	fi
	$out/$1 -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=70000 \
		-artifact_prefix=$out/$1- "$new" "$kept" >>$out/$1.log 2>&1 || return
	[ -z "${FUZZ_KEEP:-}" ] || $out/$1 -merge=1 "$kept" "$new" >>$out/$1.log 2>&1
}

for file in tests/fuzz/*_fuzz.c; do
	name=$(basename "$file" _fuzz.c)
	if build "$name" && fuzz "$name"; then
		echo "ok fuzz $name: $(grep -o '#[0-9][0-9]*' $out/$name.log | tail -n 1) inputs"
		passed=$((passed + 1))
	else
		echo "not ok fuzz $name"
		tail -n 20 $out/$name.log | sed 's/^/# /'
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

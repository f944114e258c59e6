#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures qvm against its peers, side by side in the lab; prints a table and leaves JSON
# lines in build/bench.json. Exits with 1 when a figure misses its target.
# Arguments are the parts to run (start, counts, storage, listing, calls, network, import, keys,
# top, disposables, disposables_many); none: all.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/bench/stub
cc -O2 -Wall -Wextra -Werror -static -o build/bench/pair bench/pair.c
cc -m32 -nostdlib -static -Wl,-Ttext=0x100000,--section-start=.note.Xen=0x101000,-N,--no-warn-rwx-segments,--build-id=none \
	-o build/bench/stub/vmlinux bench/stub.S
cc -O2 -Wall -Wextra -Werror -static -o build/bench/calls_peer bench/calls_peer.c \
	$(pkg-config --static --libs xenvchan)
# Of storage the rooms themselves are linked: their calls are what is measured.
for program in storage_run storage_layer; do
	cc -std=gnu11 -D_GNU_SOURCE -iquote . -O2 -Wall -Wextra -Werror -Wno-missing-field-initializers \
		-o build/bench/$program bench/$program.c bench/accesses.c build/storage.a build/core.a build/lib.a \
		$(pkg-config --libs devmapper json-c)
done
cc -D_GNU_SOURCE -iquote . -O2 -Wall -Wextra -Werror -static -o build/bench/disk bench/disk.c bench/accesses.c
for program in bench/net_peer tests/lab/fetch bench/keys tests/lab/pty_talk; do
	cc -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Wno-missing-field-initializers -static \
		-o build/bench/${program##*/} $program.c
done
# The memory is for the 200 domains of top; what is not touched costs nothing.
QVM_LAB_MEM=${QVM_LAB_MEM:-8192} QVM_LAB_DOM0_MEM=${QVM_LAB_DOM0_MEM:-3072} lab/lab run -t 5400 -f build/bench/pair \
	-f build/bench/stub/vmlinux -f build/bench/calls_peer -f bench/calls.sh -f build/bench/storage_run \
	-f build/bench/storage_layer -f build/bench/disk -f bench/storage.sh -f build/bench/net_peer \
	-f build/bench/fetch -f tests/lab/lib.sh -f tests/lab/net_lib.sh -f bench/network.sh -f bench/import.sh -f bench/disposables.sh \
	-f build/bench/pty_talk -f build/bench/keys -f bench/top.sh -f bench/lab.sh -- sh /lab/lab.sh "$@" >build/bench.out
grep '^{' build/bench.out >build/bench.json
awk -f bench/table.awk build/bench.json

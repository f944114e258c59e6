#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures qvm against its peers, side by side in the lab; prints a table and leaves JSON
# lines in build/bench.json. Exits with 1 when a figure misses its target.
# Arguments are the parts to run (start, counts, storage, listing, calls, network, import, vault,
# keys, top, disposables, disposables_ten, disposables_pvh; backup, which needs no lab); none: all.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/bench/stub
cc -O2 -Wall -Wextra -Werror -static -o build/bench/pair bench/pair.c

# What they left in bench.out as a table.
finish()
{
	grep '^{' build/bench.out >build/bench.json
	awk -f bench/table.awk build/bench.json
	exit
}

: >build/bench.out
case " $* " in
"  " | *" backup "*) sh bench/backup.sh build build/bench/pair >build/bench.out ;;
esac
[ "$*" != backup ] || finish
cc -m32 -nostdlib -static -Wl,-Ttext=0x100000,--section-start=.note.Xen=0x101000,-N,--no-warn-rwx-segments,--build-id=none \
	-o build/bench/stub/vmlinux bench/stub.S
cc -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -o build/bench/calls_peer bench/calls_peer.c \
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
# What goes along into the lab.
wants="build/bench/pair build/bench/stub/vmlinux build/bench/calls_peer build/bench/storage_run
	build/bench/storage_layer build/bench/disk build/bench/net_peer build/bench/fetch
	build/bench/pty_talk build/bench/keys tests/lab/lib.sh tests/lab/net_lib.sh bench/calls.sh
	bench/storage.sh bench/network.sh bench/import.sh bench/vault.sh bench/disposables.sh bench/top.sh bench/lab.sh"
# The memory is for the 200 domains of top; what is not touched costs nothing.
QVM_LAB_MEM=${QVM_LAB_MEM:-8192} QVM_LAB_DOM0_MEM=${QVM_LAB_DOM0_MEM:-3072} lab/lab run -t 5400 \
	$(printf -- '-f %s ' $wants) -- sh /lab/lab.sh $(echo "$@" | sed 's/\bbackup\b//') >>build/bench.out
finish

# SPDX-License-Identifier: GPL-2.0-or-later
# What the lab's parts share: messages, keys, and a cache whose entries appear whole.

cache=${QVM_LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qvm-lab}
mem=${QVM_LAB_MEM:-3072}
dom0_mem=${QVM_LAB_DOM0_MEM:-1024}
payload_size=2G

# What is not to be left behind, however the lab ends.
unfinished= rundir=
cleanup() { rm -rf ${unfinished:+"$unfinished"} ${rundir:+"$rundir"}; }

die() { printf 'lab: %s\n' "$*" >&2; exit 125; }
note() { printf 'lab: %s\n' "$*" >&2; }

# The words of a list file; lines with # are comments.
words() { sed 's/#.*//' "$@" | tr -s ' \n' '\n' | sed '/^$/d'; }

# A short name for whatever comes in.
key() { sha256sum | cut -c1-16; }

# File trees keep their owners and device nodes, without being root where that helps.
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else fakeroot -- "$@"; fi; }

# As a tar that depends on nothing but names and contents.
pack()
{
	tar -c --format=gnu --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner "$@"
}

# step TEXT COMMAND...: tells what is going on, and how long it took.
step()
{
	local text=$1 start=${EPOCHREALTIME/[.,]/} ms
	shift
	note "$text ..."
	"$@"
	ms=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
	note "$text: $((ms / 1000)).$((ms % 1000 / 100)) s"
}

# prune KEEP PATTERN: removes all but the entries used last. A machine that still runs from
# a removed entry has its files open.
prune()
{
	local keep=$1 dir=$2 kind=$3
	ls -1dt "$dir/$kind"-* 2>/dev/null | tail -n +$((keep + 1)) | while read -r old; do
		rm -rf "$old"
	done
}

# cached DIR KIND KEY KEEP BUILDER...: makes the entry DIR/KIND-KEY by `BUILDER... TMP`
# unless it is there; sets `entry`. One builder at a time; an entry appears by a rename,
# so it is whole or absent, and what an interrupted builder left goes with the next one.
cached()
{
	local dir=$1 kind=$2 name=$3 keep=$4
	shift 4
	entry=$dir/$kind-$name
	[ -d "$entry" ] || build_entry "$@"
	touch "$entry"
}

build_entry()
{
	exec 8>"$dir/$kind.lock"
	flock 8
	if [ ! -d "$entry" ]; then
		unfinished=$dir/tmp.$kind
		rm -rf "$unfinished"
		mkdir "$unfinished"
		"$@" "$unfinished"
		mv "$unfinished" "$entry"
		unfinished=
		prune "$keep" "$dir" "$kind"
	fi
	exec 8>&-
}

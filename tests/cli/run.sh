#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh BUILD [-u] [CASE...]
#
# Runs the command cases with the fake backends of BUILD, each in a fresh root. A case is a
# transcript, CASE.t:
#
#	@ base			the tree it starts from: none, init or base (see below)
#	# text			a remark
#	$ qvm-start work	a command for sh; below it what it prints, both streams
#	? 8			its exit code, where that is not 0
#
# The commands are run again and the transcript they make must be the same. A command that
# fails (with any code but 3) must leave registry, volumes and domains as they were, or
# "! changed" is added. UUIDs and the root's path are replaced. -u writes what came out back
# into the cases, to be read before it is kept.
set -u
build=$(cd "$1" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
shift
update=
[ "${1-}" = -u ] && update=1 && shift

export LC_ALL=C TERM=dumb

# A helper of the cases, from standard input.
script()
{
	cat >"$top/bin/$1"
	chmod +x "$top/bin/$1"
}

prepare_tools()
{
	mkdir "$top/bin" "$top/kernel" "$top/tree"
	for command in qvm $("$build/qvm" commands); do
		ln -s "$build/qvm" "$top/bin/$command"
	done
	# the least that passes as a kernel and as a root file system
	printf '\177ELF' >"$top/kernel/vmlinux"
	echo initramfs >"$top/kernel/initramfs"
	mkdir "$top/tree/etc"
	echo tiny >"$top/tree/etc/hostname"
	tar -C "$top/tree" -cf "$top/tiny.tar" .
	# storage without a hypervisor
	mkdir "$top/no-xen"
	ln -s "$build"/modules/pool-fake.so "$build"/modules/scratch-fake.so "$top/no-xen"
	script sqlite3 <<-END
		#!/bin/sh
		# a watcher's last connection may hold the registry alone for a moment
		exec $(command -v sqlite3) -cmd '.timeout 10000' "\$@"
	END
	script completed <<-'END'
		#!/bin/bash
		# completed WORD...: what bash offers in place of the last word
		. <(qvm __complete bash)
		compopt() { :; }
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		_qvm
		[ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}"
	END
	script wires <<-'END'
		#!/bin/sh
		# wires: the interfaces of running domains, and what was written to them later
		grep -E '^(nic|key) ' "$QVM_ROOT/run/qvm/fake-xen" | LC_ALL=C sort |
			sed 's/\( qubes-firewall[^ ]*\) [0-9]*$/\1 VERSION/'
	END
	script ending <<-'END'
		#!/bin/bash
		# ending VM COMMAND...: while a stop of VM takes revisions; for who waits it ends
		id=$(sqlite3 "$QVM_ROOT/var/lib/qvm/qvm.db" "SELECT id FROM domain WHERE name = '$1'")
		dir=$QVM_ROOT/run/qvm/vm/$id
		mkdir -p "$dir" && echo "ending 1 1 -" >"$dir/state"
		exec 9>>"$dir/running.lock"
		flock 9
		(sleep 0.5; rm "$dir/state") &
		exec 9>&-
		"${@:2}"
		code=$?
		[ ! -e "$dir/state" ] || echo "it has not waited for '$1'"
		wait
		exit $code
	END
	script on-terminal <<-'END'
		#!/bin/sh
		# on-terminal COMMAND: its output on a terminal, where ^] is typed
		printf '\035' | script -qec "$*" /dev/null | tr -d '\r' |
			sed 's/^\^]//; s/\x1b/^[/g'
	END
	script talk <<-'END'
		#!/bin/bash
		# talk COMMAND [AWAITED TYPED]...: COMMAND on a terminal; each time AWAITED has
		# come out, or succeeds as a command if it begins with a "?", TYPED is typed, or
		# run in the background if it begins with a "!"
		come() {
			case $1 in
			'?'*) sh -c "${1#?}" >/dev/null 2>&1 </dev/null ;;
			*) tail -c +$((seen + 1)) $dir/out | grep -qF "$1" ;;
			esac
		}
		dir=$(mktemp -d -p .) seen=0
		mkfifo $dir/in && : >$dir/out
		script -qefc "$1" $dir/out <$dir/in >/dev/null & pid=$!
		exec 3>$dir/in
		while shift && [ $# -gt 0 ]; do
			for _ in $(seq 400); do
				come "$1" && break
				sleep 0.05
			done
			seen=$(stat -c %s $dir/out)
			shift
			case $1 in
			'!'*) sh -c "${1#!}" 3>&- & ;;
			# by one write: the shell's own printf makes one of each line
			*) env printf "$1" >&3 ;;
			esac
		done
		wait $pid
		status=$?
		exec 3>&-
		wait
		tr -d '\r' <$dir/out | sed 's/\x1b/^[/g; /^Script \(started\|done\)/d'
		exit $status
	END
	script answers <<-'END'
		#!/bin/sh
		# answers NAME NUMBER SERVICE: the agent of that domain, with one service, which
		# is read from standard input; run_case ends it
		mkdir -p rpc "$QVM_ROOT/run/qubes"
		cat >"rpc/$3" && chmod +x "rpc/$3"
		ln -sf "$QVM_MODULES/qvm-agent" qrexec-agent
		export QREXEC_SERVICE_PATH="$PWD/rpc" QREXEC_NO_ROOT=1
		VCHAN_DOMAIN=$2 ./qrexec-agent --no-fork-server --agent-socket=agent >/dev/null 2>&1 &
		echo $! >>pids
		VCHAN_DOMAIN=0 "$QVM_MODULES/qrexec-daemon" --direct \
			--socket-dir="$QVM_ROOT/run/qubes" "$2" "$1" "$(id -un)" >/dev/null 2>&1 &
		echo $! >>pids
		for _ in $(seq 200); do
			[ -e "$QVM_ROOT/run/qubes/qrexec.$1" ] && exit
			sleep 0.05
		done
		exit 1
	END
	script unprivileged <<-'END'
		#!/bin/sh
		[ "$(id -u)" = 0 ] || exec "$@"
		exec setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
	END
}

# What every case starts from. All of it is made by the commands themselves.
prepare_roots()
{
	mkdir "$roots/none" "$roots/init"
	QVM_ROOT=$roots/init
	export QVM_ROOT
	cd "$top" || exit 1
	qvm-init --pool fake/pool --scratch fake/scratch --kernel kernel || return
	cp -a "$roots/init" "$roots/base"
	QVM_ROOT=$roots/base
	qvm-template install tiny tiny.tar &&
		qvm-create -l red --prop provides_network=True --prop netvm=none sys-net &&
		qubes-prefs default_netvm sys-net &&
		qvm-create -l green work &&
		qvm-create -l black --prop netvm=none vault &&
		qvm-create -l blue --standalone -t tiny alone &&
		qvm-create -l gray --prop template_for_dispvms=True dvm
}

# All that must not change when a command fails.
state()
{
	if [ -e "$QVM_ROOT/var/lib/qvm/qvm.db" ]; then
		sqlite3 "$QVM_ROOT/var/lib/qvm/qvm.db" .dump | grep -v sqlite_sequence
	fi
	find "$QVM_ROOT" -path '*fake-pool/*' -o -path '*fake-scratch/*' | sort
	grep -s ^domain "$QVM_ROOT/run/qvm/fake-xen"
}

# Says so, and keeps the difference for the case that this is not expected.
what_changed()
{
	echo "! changed"
	printf '%s\n' "$before" >before
	{
		printf '! after: %s\n' "$1"
		printf '%s\n' "$after" | diff before - | sed 's/^/! /'
	} >>"$top/$name.changes"
	rm before
}

one_command()
{
	printf '$ %s\n' "$1"
	# what hangs is a failure, not the end of all testing
	output=$(timeout --foreground 120 sh -c "$1" 2>&1 </dev/null)
	code=$?
	[ -z "$output" ] || printf '%s\n' "$output" |
		sed -e '/^[[:space:]]*$/d' -e 's/^[#$?!@]/ &/' -e "s|$QVM_ROOT|ROOT|g" \
			-E -e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/g'
	[ "$code" = 0 ] || echo "? $code"
	after=$(state)
	case $code in
	0|3) ;;
	*) [ "$before" = "$after" ] || what_changed "$1" ;;
	esac
	before=$after
}

transcript()
{
	before=$(state)
	while IFS= read -r line; do
		case $line in
		'$ '*) one_command "${line#??}" ;;
		'#'*|'@ '*|'') printf '%s\n' "$line" ;;
		esac
	done <"$1"
}

# Runs in a process of its own; leaves NAME.ok, or NAME.diff.
run_case()
{
	name=$(basename "$1" .t)
	setup=$(sed -n 's/^@ //p' "$1" | head -n 1)
	work=$roots/run/$name
	mkdir -p "$work"
	cp -a "$roots/${setup:-base}" "$work/root"
	ln -s "$top/tiny.tar" "$top/kernel" "$top/no-xen" "$work"
	QVM_ROOT=$work/root
	export QVM_ROOT
	cd "$work" || exit 1
	export VCHAN_SOCKET_DIR=$work
	# what a sanitizer says, of watchers too
	export ASAN_OPTIONS="log_path=$work/san" UBSAN_OPTIONS="log_path=$work/san"
	transcript "$1" >"$work/out"
	qvm-kill --all --wait >/dev/null 2>&1
	[ ! -e pids ] || xargs kill <pids 2>/dev/null
	cat "$work"/san.* 2>/dev/null >>"$work/out"
	if diff -u "$1" "$work/out" >"$top/$name.diff"; then
		mv "$top/$name.diff" "$top/$name.ok"
	elif [ -n "$update" ]; then
		cp "$work/out" "$1"
	fi
	rm -rf "$work"
}

if [ "${1-}" = --case ]; then
	run_case "$2"
	exit 0
fi

[ $# -gt 0 ] || set -- "$here"/*.t
cases=$(realpath "$@") || exit 1
unset QVM_ROOT QVM_BACKEND QVM_MODULES NO_COLOR
top=$(mktemp -d) || exit 1
# in memory where that is possible: every change syncs its registry
roots=$(mktemp -d -p /dev/shm 2>/dev/null) || roots=$top
trap 'rm -rf "$top" "$roots"' EXIT
trap 'exit 130' INT TERM HUP
chmod 755 "$top" "$roots"
prepare_tools
export top roots PATH="$top/bin:$PATH" QVM_BACKEND=fake QVM_MODULES="$build/modules"
prepare_roots || { echo "cannot make the base tree"; exit 1; }

echo "$cases" | xargs -P "$(nproc)" -n 1 "$here/run.sh" "$build" ${update:+-u} --case

for case in "$@"; do
	name=$(basename "$case" .t)
	[ -e "$top/$name.ok" ] || { echo "not ok $name"; cat "$top/$name.diff" "$top/$name.changes" 2>/dev/null; }
done
passed=$(find "$top" -maxdepth 1 -name '*.ok' | wc -l)
failed=$(($# - passed))
echo "cli: $passed passed, $failed failed"
[ "$failed" = 0 ]

# SPDX-License-Identifier: GPL-2.0-or-later
# What the lab's tests share. A test sources it, calls `check` and `same`, and ends with
# `finish`. It runs in dom0, with template `tiny` installed.
failures=0

ok() { echo "ok $*"; }
not_ok() { echo "not ok $*"; failures=$((failures + 1)); }

# check TEXT COMMAND...: passes when the command succeeds.
check()
{
	text=$1
	shift
	if output=$("$@" 2>&1); then
		ok "$text"
	else
		not_ok "$text"
		echo "$output" | sed 's/^/# /'
	fi
}

# refused TEXT CODE PATTERN COMMAND...: passes when it exits with CODE and says PATTERN in
# one line.
refused()
{
	text=$1 code=$2 pattern=$3
	shift 3
	output=$("$@" 2>&1)
	got=$?
	lines=$(printf '%s\n' "$output" | wc -l)
	if [ "$got" = "$code" ] && [ "$lines" = 1 ] && echo "$output" | grep -q -e "$pattern"; then
		ok "$text"
	else
		not_ok "$text: exit $got, wanted $code and '$pattern'"
		echo "$output" | sed 's/^/# /'
	fi
}

# same TEXT WANTED GOT
same()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1"
		echo "# wanted: $2"
		echo "# got:    $3"
	fi
}

finish() { [ "$failures" = 0 ]; exit; }

# await SECONDS COMMAND...: until it succeeds.
await()
{
	until=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$until" ] || return 1
		sleep 0.2
	done
}

# No watcher is at work, and no start. (Brackets: the pattern must not match itself.)
quiet() { ! pgrep -f '[_]_watch|[q]vm-start' >/dev/null; }
state() { qvm-ls --raw-data --fields=state "$1"; }
is() { [ "$(state "$1")" = "$2" ]; }
log() { cat "/var/log/qvm/guest-$1.log"; }
is_up() { log "$1" | tail -n +"${2:-1}" | grep -q 'tiny: up'; }

# boot VM: starts it and waits until its init has run; shows what it last said when not.
boot()
{
	rm -f "/var/log/qvm/guest-$1.log"
	qvm-start "$1" || return 1
	qvm-run "$1" true 2>/dev/null # waits without looking all the time
	await 120 is_up "$1" || { log "$1" | tail -n 30; xl list; return 1; }
}

# light VM: as `tiny` is set in the lab. PV boots three times as fast under emulation, and the
# second processor of a PVH guest dies of a triple fault there every other time.
light() { qvm-prefs "$1" virt_mode pv && qvm-prefs "$1" vcpus 1 && qvm-prefs "$1" memory 128; }

# guest VM COMMAND: runs it in the guest as root; prints what it printed, returns what it
# returned.
guest()
{
	vm=$1
	shift
	qvm-run -p -u root "$vm" "$*" </dev/null
}

# at_console VM COMMAND: the same in the root shell on the guest's console, which takes seconds.
at_console()
{
	vm=$1
	shift
	dir=$(mktemp -d)
	# A client is shown the last output first, so each call has marks of its own; they are
	# not written as they appear, so that an echo does not match.
	mark=$(date +%s%N)
	mkfifo "$dir/in"
	qvm-console "$vm" <"$dir/in" >"$dir/out" 2>"$dir/err" &
	exec 9>"$dir/in"
	printf 'echo "@@"BEGIN%s; %s; echo "@@"END%s=$?\n' "$mark" "$*" "$mark" >&9
	await 60 grep -q "^@@END$mark=[0-9]" "$dir/out" || cat "$dir/out" "$dir/err" >&2
	exec 9>&-
	wait $!
	tr -d '\r' <"$dir/out" | sed -n "/^@@BEGIN$mark/,/^@@END$mark/p" | sed '1d;$d'
	code=$(tr -d '\r' <"$dir/out" | sed -n "s/^@@END$mark=\([0-9]*\).*/\1/p")
	rm -rf "$dir"
	return "${code:-99}"
}

# Everything in the machine that a domain could leave behind, one line each.
traces()
{
	lvs --noheadings -o lv_name qvm | sed 's/^ */lv /' | sort
	dmsetup ls 2>/dev/null | sed 's/^\([^\t ]*\).*/dm \1/' | sort
	xl list | sed '1d;s/ .*//;s/^/domain /' | sort
	xenstore-ls -f / | grep -v -e '^/tool/xenstored' -e '^/local/domain/0/domid' \
		-e '^/libxl/0' | sed 's/ = .*//;s/^/xenstore /' | sort
	find /var/lib/qvm /run/qvm /var/log/qvm /etc/qvm 2>/dev/null |
		grep -v -e 'qvm.db-' -e '/memory.lock$' -e '/scratch\.' | sed 's/^/file /' | sort
	find /run/qubes -mindepth 1 2>/dev/null | sed 's/^/file /' | sort
	pgrep -f -a '[q]rexec-daemon' | sed 's/^[0-9]* /process /' | sort
	pgrep -f -a '[_]_watch' | sed 's/^[0-9]* /process /' | sort
}

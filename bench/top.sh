# SPDX-License-Identifier: GPL-2.0-or-later
# Part of lab.sh. top: processor time of a refresh of the dashboard, with all that it runs,
# against one of xentop's: both on terminals of their own, meant once a second, at the same
# time, so that the same machine with the same domains and the same load is what both see.
# The domains are real and paused: each has its volumes, its watcher, and its place in
# xenstore. Refreshes are counted, as xentop begins its second after the last one has ended:
# with many domains it has fewer of them.
# keys: how soon a key has its picture while four domains start, again and again.

TOP_SECONDS=1500 # in which as many are started as can be, to 200

# on_terminal NAME COMMAND: its session's number is left in /tmp/NAME.session
on_terminal()
{
	TERM=xterm /lab/pty_talk "/tmp/$1.screen" 600 "echo \$\$ >/tmp/$1.session; exec $2" &
}

# used NAME: ticks of all processes of that session, with those that have ended
used()
{
	cat /proc/[0-9]*/stat 2>/dev/null | sed 's/.*) //' |
		awk -v session="$(cat "/tmp/$1.session")" \
			'$4 == session { sum += $12 + $13 + $14 + $15 } END { print sum + 0 }'
}

# refreshes_of NAME: xentop prints headings with each; qvm-stats writes a line for each.
refreshes_of()
{
	if [ "$1" = peer ]; then
		grep -c 'NAME *STATE' /tmp/peer.screen
	else
		awk -v line="$line" '/^wchar/ { printf "%.0f", $2 / line }' \
			"/proc/$(pgrep -s "$(cat /tmp/ours.session)" qvm-stats)/io"
	fi
}

# per_refresh NAME TICKS REFRESHES: since then, in milliseconds
per_refresh()
{
	awk -v ticks=$(($(used "$1") - $2)) -v n=$(($(refreshes_of "$1") - $3)) 'BEGIN {
		if (n < 1 || ticks < 1) exit 1
		printf "%.1f", ticks * 10 / n }'
}

compare_tops()
{
	line=$(qvm-stats --json -n 2 | tail -n 1 | wc -c)
	on_terminal ours qvm-top
	on_terminal peer 'xentop -b -d 1'
	sleep 15
	ours="$(used ours) $(refreshes_of ours)" peer="$(used peer) $(refreshes_of peer)"
	sleep 60
	if ! ours=$(per_refresh ours $ours) || ! peer=$(per_refresh peer $peer); then
		echo "top: one of them does nothing" >&2
		tail -c 2000 /tmp/ours.screen >&2
		return 1
	fi
	for pid in $(pgrep -s "$(cat /tmp/ours.session)"); do
		sed 's/[^(]*(\(.*\)) \(.*\)/\2 \1/' "/proc/$pid/stat" |
			awk '{ print "top: " $NF ": " ($12 + $13) * 10 " ms in all" }' >&2
	done
	kill $(cat /tmp/ours.session /tmp/peer.session)
	wait
	echo "{\"name\": \"top-$1\", \"ms\": $ours, \"peer_ms\": $peer," \
		"\"ratio\": $(awk "BEGIN { printf \"%.3f\", $ours / $peer }")}"
}

prepare_stubs()
{
	[ ! -d /tmp/stub ] || return 0
	mkdir /tmp/stub
	cp /lab/vmlinux /tmp/stub/
	qvm-init --kernel /tmp/stub --kernel-name stub
	qvm-create -t tiny -l red --prop template_for_dispvms=True --prop kernel=stub \
		--prop virt_mode=pvh stubs
}

top()
{
	prepare_stubs
	until=$(($(date +%s) + TOP_SECONDS))
	have=$(qvm-ls --running --raw-list | grep -cv '^dom0$' || true) # of the part listing
	while [ "$have" -lt 200 ] && [ "$(date +%s)" -lt $until ]; do
		[ "$have" != 40 ] || compare_tops 40
		qvm-create --disp -t stubs --prop memory=16 --prop vcpus=1 s$have
		qvm-start --paused s$have || break
		have=$((have + 1))
		[ $((have % 20)) != 0 ] || echo "top: $have domains, $(free -m | awk '/Mem/ { print $7 }') MiB in dom0" >&2
	done
	echo "top: $have domains run, $(xl info free_memory) MiB are free" >&2
	compare_tops "$have"
}

keys()
{
	prepare_stubs
	for vm in k1 k2 k3 k4; do
		qvm-create -t tiny -l blue --prop kernel=stub --prop virt_mode=pvh \
			--prop memory=16 --prop vcpus=1 $vm
		while [ ! -e /tmp/keys.end ]; do
			qvm-start --paused $vm && qvm-kill $vm || echo "keys: no start" >&2
		done &
	done
	TERM=xterm /lab/keys 40 qvm-top
	touch /tmp/keys.end
	wait
}

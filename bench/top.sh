# SPDX-License-Identifier: GPL-2.0-or-later
# Part of lab.sh. top: processor time of the dashboard with all that it runs, against
# xentop's: both on terminals of their own, once a second, at the same time, so that the
# same machine with the same domains and the same load is what both of them see. The domains
# are real and paused: each has its volumes, its watcher, and its place in xenstore.
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

compare_tops()
{
	on_terminal ours qvm-top
	on_terminal peer 'xentop -d 1'
	sleep 15
	ours=$(used ours) peer=$(used peer)
	sleep 60
	ours=$(($(used ours) - ours)) peer=$(($(used peer) - peer))
	kill $(cat /tmp/ours.session /tmp/peer.session)
	wait
	if [ "$ours" = 0 ] || [ "$peer" = 0 ]; then
		echo "top: one of them does nothing ($ours, $peer)" >&2
		tail -c 2000 /tmp/ours.screen >&2
		return 1
	fi
	echo "{\"name\": \"top-$1\", \"ms\": $((ours * 10)), \"peer_ms\": $((peer * 10))," \
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

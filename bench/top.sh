# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by lab.sh. top: processor time of the dashboard, with all that it runs, against
# xentop's, both on a terminal, looking once a second at the same domains.

# ticks NAMES PROGRAM COMMAND: what NAMES use in 30 s, 10 s after COMMAND began
ticks()
{
	cat >/tmp/measure <<END
sleep 10
used() { for pid in \$(pgrep -x "\$1"); do cat "/proc/\$pid/stat"; done 2>/dev/null |
	sed 's/.*) //' | awk '{ sum += \$12 + \$13 } END { print sum + 0 }'; }
before=\$(used '$1')
sleep 30
echo \$((\$(used '$1') - before)) >/tmp/ticks
pkill -TERM -x $2
END
	TERM=xterm /lab/pty_talk /tmp/screen 90 "exec $3" '[' '!sh /tmp/measure' >/dev/null 2>&1 || true
	cat /tmp/ticks
}

top()
{
	mkdir -p /tmp/stub
	cp /lab/vmlinux /tmp/stub/
	qvm-init --kernel /tmp/stub --kernel-name stub
	qvm-create -t tiny -l red --prop template_for_dispvms=True --prop kernel=stub \
		--prop virt_mode=pvh stubs
	have=0
	while [ $have -lt "${TOP_DOMAINS:-40}" ]; do
		have=$((have + 1))
		qvm-create --disp -t stubs --prop memory=16 --prop vcpus=1 s$have
		qvm-start --paused s$have
	done
	sleep 3
	ours=$(ticks 'qvm-(tui|stats|events|ask)' qvm-tui qvm-top)
	peer=$(ticks xentop xentop 'xentop -d 1')
	echo "{\"name\": \"top-$have\", \"ms\": $((ours * 10)), \"peer_ms\": $((peer * 10))," \
		"\"ratio\": $(awk "BEGIN { printf \"%.3f\", $ours / ($peer ? $peer : 1) }")}"
}

# SPDX-License-Identifier: GPL-2.0-or-later
# Part of lab.sh. A command in a disposable, until it has ended: out of the pool of spares
# against one that is made for it, and against a call into a domain that runs; ten at once
# against one; and what all of them have left behind.

# left FILE: what dom0 holds, a line each, and the registry's size.
left()
{
	(. /lab/lib.sh && traces) | sed 's/-r[0-9]*/-rN/' >"$1"
	stat -c %s /var/lib/qvm/qvm.db >"$1.size"
}

# grown KIND...: lines of these kinds that were not there before.
grown()
{
	kinds=$(echo "$*" | tr ' ' '|')
	diff /tmp/left.before /tmp/left.after | grep -c -E "^> ($kinds) " || true
}

disposables()
{
	cat >/tmp/gone <<-'END'
		#!/bin/sh
		# Those that were used have gone.
		while qvm-ls --raw-data --fields=name,state | grep '^disp[0-9].*Running' >/dev/null; do
			sleep 0.2
		done
		sync
		sleep 1
	END
	cat >/tmp/ready <<-'END'
		#!/bin/sh
		# And others are in their place.
		qvm-disp warm && exec /tmp/gone
	END
	cat >/tmp/ten <<-'END'
		#!/bin/sh
		i=0
		while [ $((i += 1)) -le 10 ]; do
			qvm-run -p --dispvm=pool true &
		done
		wait
	END
	chmod +x /tmp/gone /tmp/ready /tmp/ten
	for base in pool fresh; do
		qvm-create -t tiny -l red $base
		qvm-prefs $base template_for_dispvms True
		qvm-prefs $base memory 128
		qvm-prefs $base vcpus 1
	done
	qubes-prefs disp_memory 4096
	qubes-prefs disp_delay 3600 # what is missing is made when /tmp/ready says so
	qvm-start --skip-if-running work
	qvm-run work true
	qvm-prefs pool disp_spares 1
	/tmp/ready
	qvm-run --dispvm=pool true # the first leaves the folders that all others use
	qvm-run --dispvm=fresh true
	/tmp/ready
	left /tmp/left.before
	for mode in pvh pv; do
		qvm-prefs pool virt_mode $mode
		qvm-prefs fresh virt_mode $mode
		/lab/pair disp-pool-cold-$mode 5 "qvm-run -p --dispvm=pool true" /tmp/ready \
			"qvm-run -p --dispvm=fresh true" /tmp/gone
	done
	# Of the kind that `work` is.
	/lab/pair disp-pool-call 8 "qvm-run -p --dispvm=pool true" /tmp/ready \
		"qvm-run -p work true" ""
	qvm-prefs pool disp_spares 10
	/lab/pair disp-ten-at-once 2 /tmp/ten /tmp/ready "qvm-run -p --dispvm=pool true" /tmp/ready
	qvm-prefs pool disp_spares 1
	/tmp/ready
	left /tmp/left.after
	diff /tmp/left.before /tmp/left.after >&2 || true
	count disp-left-volumes-devices "$(grown lv dm)"
	count disp-left-nodes "$(grown xenstore)"
	count disp-left-files-processes "$(grown file process domain)"
	count disp-left-registry-bytes $(($(cat /tmp/left.after.size) - $(cat /tmp/left.before.size)))
	qvm-prefs pool disp_spares 0
}

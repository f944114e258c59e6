# SPDX-License-Identifier: GPL-2.0-or-later
# Part of lab.sh. A command in a disposable, until it has ended: out of the pool of spares
# and from an image against one that boots for it, and the first against a call into a domain
# that runs; ten at once against one, until each has answered; and what all of them have left behind.

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

# Once, whichever part is the first.
prepare_disposables()
{
	[ ! -x /tmp/many ] || return 0
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
	cat >/tmp/many <<-'END'
		#!/bin/sh
		# many N: until each of N at once has said something.
		i=0
		while [ $((i += 1)) -le $1 ]; do
			qvm-run -p --dispvm=pool 'echo hi; exec sleep 600' &
		done | head -n $1 | grep -c hi | grep -qx $1
	END
	cat >/tmp/again <<-'END'
		#!/bin/sh
		# Those end now.
		pkill -f '^qvm-run -p --dispvm=pool'
		exec /tmp/ready
	END
	chmod +x /tmp/gone /tmp/ready /tmp/many /tmp/again
	qubes-prefs disp_memory 4096
	qubes-prefs disp_delay 3600 # what is missing is made when /tmp/ready says so
	for base in pool fresh saved; do
		qvm-create -t tiny -l red $base
		qvm-prefs $base template_for_dispvms True
		qvm-prefs $base memory 128
		qvm-prefs $base vcpus 1
	done
}

no_spares()
{
	qvm-prefs pool disp_spares 0
	qvm-disp warm
	while qvm-ls --raw-data --fields=name | grep -q '^disp[0-9]'; do sleep 0.2; done
	while pgrep -f '[_]_fill' >/dev/null; do
		kill $(pgrep -f '[_]_fill') || true # it would wait for disp_delay
		sleep 0.2
	done
	rm -f /run/qvm/spares/*
}

# against_cold MODE: each against one that boots.
against_cold()
{
	for base in pool fresh saved; do
		qvm-prefs $base virt_mode "$1"
	done
	qvm-prefs pool disp_spares 1
	/lab/pair "disp-pool-cold-$1" 3 "qvm-run -p --dispvm=pool true" /tmp/ready \
		"qvm-run -p --dispvm=fresh true" /tmp/gone
	qvm-disp image make saved
	/lab/pair "disp-image-cold-$1" 3 "qvm-run -p --dispvm=saved true" /tmp/gone \
		"qvm-run -p --dispvm=fresh true" /tmp/gone
	qvm-disp image drop saved
	no_spares
}

disposables()
{
	prepare_disposables
	qvm-start --skip-if-running work
	qvm-run work true
	for base in pool fresh; do
		qvm-prefs $base virt_mode pv
	done
	# The first leaves the folders that all others use.
	mkdir -p /run/qvm/images
	qvm-run --dispvm=fresh true
	qvm-prefs pool disp_spares 1
	/tmp/ready
	no_spares
	left /tmp/left.before
	qvm-prefs pool disp_spares 1
	# Of the kind that `work` is.
	/lab/pair disp-pool-call 4 "qvm-run -p --dispvm=pool true" /tmp/ready \
		"qvm-run -p work true" ""
	against_cold pv
	left /tmp/left.after
	diff /tmp/left.before /tmp/left.after >&2 || true
	count disp-left-volumes-devices "$(grown lv dm)"
	count disp-left-nodes "$(grown xenstore)"
	count disp-left-files-processes "$(grown file process domain)"
	count disp-left-registry-bytes $(($(cat /tmp/left.after.size) - $(cat /tmp/left.before.size)))
}

disposables_ten()
{
	prepare_disposables
	qvm-prefs pool virt_mode pv
	qvm-disp image make pool # or the ten would boot one after the other
	qvm-prefs pool disp_spares 10
	/lab/pair disp-ten-at-once 3 "/tmp/many 10" /tmp/again "/tmp/many 1" /tmp/again
	pkill -f '^qvm-run -p --dispvm=pool' || true
	qvm-disp image drop pool
	no_spares
}

disposables_pvh()
{
	prepare_disposables
	against_cold pvh
}

# SPDX-License-Identifier: GPL-2.0-or-later
# kill -9 of the starting command, and of the watcher, at moments spread over a start.
# A killed command leaves a running domain or nothing; after qvm-recover nothing is over.
# timeout: 500
# KILLS is how many moments of each; kill_campaign.sh tries 50.
. /lab/lib.sh
KILLS=${KILLS:-2}

qvm-create -t tiny -l red work &&
	qvm-prefs work virt_mode pv || exit 1
begin=$(date +%s%N)
qvm-start work && qvm-kill work || exit 1
span=$((($(date +%s%N) - begin) / 1000000))
await 60 quiet
traces | sed "s/-r[0-9]* *\$/-r/" >/tmp/before

# settle TEXT: whatever state it is in, recovery has to lead back to the beginning.
settle()
{
	qvm-recover >/tmp/recovered 2>&1 || { not_ok "$1: qvm-recover: $(cat /tmp/recovered)"; return; }
	case $(state work) in
	Running) half=$(xl list work | tail -n 1 | awk '{ print $5 }')
		case $half in *p*) not_ok "$1: it is left paused"; return ;; esac
		await 30 pgrep -f "[_]_watch" || { not_ok "$1: nobody watches it"; return; }
		qvm-kill work || { not_ok "$1: it cannot be killed"; return; } ;;
	Halted) ;;
	*) not_ok "$1: it is $(state work)"; return ;;
	esac
	await 60 quiet || { not_ok "$1: processes are left"; return; }
	again=$(qvm-recover)
	[ -z "$again" ] || { not_ok "$1: a second recovery found: $again"; return; }
	traces | sed "s/-r[0-9]* *\$/-r/" >/tmp/after
	diff /tmp/before /tmp/after >/tmp/diff || { not_ok "$1: left over: $(cat /tmp/diff)"; return; }
	ok "$1"
}

i=0
while [ $i -lt "$KILLS" ]; do
	ms=$((span * (2 * i + 1) / (2 * KILLS)))
	qvm-start work >/dev/null 2>&1 &
	pid=$!
	sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	# The watcher goes on by itself: to a running domain, or to nothing.
	await 60 sh -c '. /lab/lib.sh; ! is work Transient && sleep 1 && ! is work Transient'
	settle "command killed after $ms ms"
	i=$((i + 1))
done

i=0
while [ $i -lt "$KILLS" ]; do
	ms=$((span * (2 * i + 1) / (2 * KILLS)))
	qvm-start work >/dev/null 2>&1 &
	pid=$!
	sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
	pkill -9 -x qvm-watcher
	wait $pid 2>/dev/null
	settle "watcher killed after $ms ms"
	i=$((i + 1))
done
finish

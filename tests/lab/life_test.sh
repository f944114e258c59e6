# SPDX-License-Identifier: GPL-2.0-or-later
# One domain through its life, as PVH and as PV: each state seen by qvm-ls and by xl.
# timeout: 700
. /lab/lib.sh

in_xl() { xl list "$1" | tail -n 1 | awk '{ print $5 }'; }

qvm-create -C AppVM -t tiny -l red work || exit 1
for mode in pvh pv; do
	check "$mode: set" qvm-prefs work virt_mode $mode
	check "$mode: starts and boots" boot work
	same "$mode: qvm-ls says Running" Running "$(state work)"
	same "$mode: xid is its domid" "$(xl domid work)" "$(qvm-prefs work xid)"
	check "$mode: xl knows it by its name" xl list work
	same "$mode: JSON names it" work \
		"$(qvm-ls --json work | sed -n 's/.*"name": *"\(.*\)".*/\1/p')"
	refused "$mode: a second start" 8 "'work'.*running" qvm-start work
	check "$mode: --skip-if-running" qvm-start --skip-if-running work
	same "$mode: the guest has a shell on its console" hello "$(at_console work echo hello)"
	same "$mode: the guest reads its name from xenstore" "work" \
		"$(xenstore-read /local/domain/$(xl domid work)/qvm/name)"
	check "$mode: pause" qvm-pause work
	same "$mode: qvm-ls says Paused" Paused "$(state work)"
	check "$mode: xl says paused" sh -c "xl list work | tail -n 1 | grep -q ' [-r][-b]p'"
	refused "$mode: a paused one does not start" 8 "paused" qvm-start work
	check "$mode: unpause" qvm-unpause work
	same "$mode: qvm-ls says Running again" Running "$(state work)"
	check "$mode: shutdown" qvm-shutdown --wait work
	same "$mode: qvm-ls says Halted" Halted "$(state work)"
	same "$mode: no xid any more" -1 "$(qvm-prefs work xid)"
	check "$mode: xl does not know it" sh -c '! xl list work 2>/dev/null'
done

same "the machine's memory" "$(xl info total_memory)" "$(qubes-prefs maxmem)"
same "its processors" "$(xl info nr_cpus)" "$(qubes-prefs no_cpus)"

# A list of what is in use needs a pool, which the quick program has not: it becomes qvm.
same "qvm-ls is the quick program" qvm-quick "$(basename "$(readlink -f "$(command -v qvm-ls)")")"
used=$((($(qvm-volume info tiny:root usage) + $(qvm-volume info tiny:private usage)) >> 20))
check "the template uses some room" test "$used" -gt 0
same "qvm-ls says how much" "tiny|$used" "$(qvm-ls --raw-data --fields=name,disk tiny)"

check "starts for a kill" boot work
same "qvm-kill is the quick program" qvm-quick "$(basename "$(readlink -f "$(command -v qvm-kill)")")"
check "kill" qvm-kill work
check "killed does not run" sh -c '! qvm-check --quiet --running work'
check "what it had is waited for" boot work
check "kill and wait" qvm-kill --wait work
same "killed is Halted" Halted "$(state work)"

qvm-create -t tiny -l red other
light work && light other
most=$(($(xl info free_memory) * 2 / 3))
qvm-prefs work memory $most && qvm-prefs other memory $most
check "starts with most of the memory" qvm-start --paused work
refused "there is not so much twice" 12 "memory" qvm-start --paused other
check "its kill" qvm-kill work
check "that memory is waited for" qvm-start --paused other
check "kill of the other" qvm-kill --wait other
qvm-prefs work memory 128

check "starts for its own poweroff" boot work
guest work poweroff >/dev/null 2>&1
check "the guest's poweroff is noticed" await 60 is work Halted
check "starts for its own reboot" boot work
guest work reboot >/dev/null 2>&1
check "the guest's reboot is a shutdown" await 60 is work Halted

qvm-start work & first=$!
qvm-start work 2>/tmp/second & second=$!
wait $first; a=$?
wait $second; b=$?
same "of two starts at one moment one wins" "0 8" "$(printf '%s\n' $a $b | sort -n | xargs)"
check "restart" qvm-restart work
same "restarted is Running" Running "$(state work)"
check "kill again" qvm-kill work
finish

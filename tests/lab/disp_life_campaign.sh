# SPDX-License-Identifier: GPL-2.0-or-later
# What ends a disposable: its owner, its last call, time without one, its caller's end.
# timeout: 1200
. /lab/lib.sh

unnamed() { qvm-ls --raw-data --fields=name | grep '^disp[0-9]'; }
none() { ! unnamed; }
spares() { qvm-disp list | grep -c ' spare '; }
here() { qvm-ls --raw-data --fields=name,state | grep -qx "$1|Running"; }

mkdir -p /etc/qubes/policy.d
# A service that does not notice that its caller has gone.
qvm-run -u root tiny 'mkdir -p /etc/qubes-rpc
printf "#!/bin/sh\necho here\nexec sleep 1000 <&- >&- 2>&-\n" >/etc/qubes-rpc/test.Stay
chmod +x /etc/qubes-rpc/test.Stay; sync'
qvm-shutdown --wait tiny
qvm-create -t tiny -l red base && qvm-prefs base template_for_dispvms True || exit 1
qvm-prefs base memory 200
qubes-prefs default_dispvm base
qubes-prefs disp_delay 0
qvm-run --dispvm true
await 60 none
await 60 quiet
traces >/tmp/before

# ---- kept open ----
qvm-run -p --dispvm --keep-open 'echo there; sleep 5' >/tmp/out 2>/tmp/name & first=$!
check "a disposable that is kept open" await 120 grep -q there /tmp/out
name=$(cat /tmp/name)
same "tells its name" "$(unnamed)" "$name"
qvm-run -p "$name" 'echo too; sleep 1000' >/tmp/out2 & second=$!
await 60 grep -q too /tmp/out2
wait $first
sleep 3
check "it outlives its first command" here "$name"
same "and takes further calls" more "$(qvm-run -p "$name" 'echo more')"
sleep 3
check "while one of them lasts" here "$name"
kill -9 $second
check "it ends with the last one" await 60 none
check "and alone with its only one" sh -c 'qvm-disp run --keep-open true 2>/dev/null'
check "which is gone, too" await 60 none
qvm-run --dispvm --keep-open 'sleep 1000' 2>/tmp/name & first=$!
await 60 unnamed
kill -9 $first
check "its caller was killed before the call" await 120 none

# ---- caller and watcher killed ----
qvm-run -p --dispvm --keep-open 'echo there; sleep 1000' >/tmp/out 2>/dev/null & first=$!
await 120 grep -q there /tmp/out
pkill -9 -f "[_]_watch .* hold"
kill -9 $first
check "caller and watcher killed: recovered" qvm-recover
check "and gone" await 60 none

# ---- time ----
qvm-prefs base disp_idle 15
name=$(qvm-disp start)
same "a call in one that ends by time" hi "$(qvm-run -p "$name" 'echo hi; sleep 25')"
sleep 5
check "has kept it" here "$name"
begun=$(date +%s)
check "without calls it ends" await 60 none
same "not before its time" yes "$([ $(($(date +%s) - begun)) -ge 5 ] && echo yes)"
name=$(qvm-disp start)
qvm-prefs "$name" disp_idle 0
qvm-run "$name" true
sleep 25
check "another one has no end by time" here "$name"
qvm-kill "$name"
await 60 none
qvm-prefs base disp_spares 1
check "a spare" qvm-disp warm
sleep 20
same "waits without an end" 1 "$(spares)"
qvm-prefs base disp_spares 0
await 60 none
qvm-prefs base disp_spares 1
qvm-disp warm
qubes-prefs disp_delay 600
name=$(qvm-disp start)
check "a spare that is used" here "$name"
check "ends by time" await 60 none
qvm-prefs base disp_spares 0
qvm-prefs base disp_idle 0
qubes-prefs disp_delay 0

# ---- the caller's end ----
qvm-create -t tiny -l green work
qvm-prefs work memory 200
printf 'test.Stay * work @dispvm allow\n' >/etc/qubes/policy.d/30-test.policy
qvm-run -p work 'qrexec-client-vm @dispvm test.Stay' >/tmp/out 2>/dev/null &
check "a call that does not end by itself" await 180 grep -q here /tmp/out
qvm-kill work
check "its disposable ends when the caller does" await 60 none
rm /etc/qubes/policy.d/30-test.policy
qvm-remove --force --purge work

kill $(pgrep -f '[_]_fill') 2>/dev/null
await 60 quiet
rm -f /run/qvm/spares/*
traces | grep -v '/run/qvm/spares' | sed 's/-r[0-9]*/-rN/' >/tmp/after
sed -i 's/-r[0-9]*/-rN/' /tmp/before
check "no trace is left" diff /tmp/before /tmp/after
finish

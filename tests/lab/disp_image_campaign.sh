# SPDX-License-Identifier: GPL-2.0-or-later
# Disposables that go on from a saved one: each is another one, none from an old one, and
# nothing is left. PV; for PVH see disp_image_pvh_campaign.sh.
# timeout: 1500
. /lab/lib.sh

unnamed() { qvm-ls --raw-data --fields=name | grep '^disp[0-9]'; }
image() { qvm-disp image | awk 'NR == 2 { print $2 }'; }
current() { qvm-disp image | awk 'NR == 2 { print $3 }'; }
used() { qvm-ls --raw-data --fields=name,state | grep '^disp[0-9].*Running'; }
gone() { ! used; }
none() { ! unnamed && quiet; }
# Of a guest: randomness that the kernel, and a program that ran before the image, have; what
# it is known by; since when it runs.
look='dd if=/dev/urandom bs=16 count=1 2>/dev/null | od -An -tx1
cat /etc/machine-id; hostname; ls /etc/ssh; cat /proc/sys/kernel/random/uuid; wc -l </rw/mark
echo mark >>/rw/mark; echo mark >>/mark; cut -d. -f1 /proc/uptime; date +%s'
line() { sed -n "$2p" "/tmp/$1"; }

qvm-run -u root tiny 'mkdir -p /etc/ssh && echo key >/etc/ssh/ssh_host_rsa_key
tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
mkdir -p /etc/qvm/before-rest.d /etc/qvm/after-wake.d
printf "#!/bin/sh\necho rest >/rw/mark\n" >/etc/qvm/before-rest.d/10-mark
printf "#!/bin/sh\necho woken >/run/woken\n" >/etc/qvm/after-wake.d/10-mark
chmod +x /etc/qvm/*.d/10-mark; sync' && qvm-shutdown --wait tiny
qvm-create -t tiny -l red base && qvm-prefs base template_for_dispvms True || exit 1
qvm-prefs base memory 128
qvm-prefs base vcpus 1
qvm-prefs base virt_mode "${MODE:-pv}"
qubes-prefs default_dispvm base
qvm-run --dispvm true
await 60 none
mkdir -p /run/qvm/images && chmod 700 /run/qvm/images
traces >/tmp/before

check "an image is made" qvm-disp image make base
same "of what would be made now" True "$(current)"
same "the saved one does not run" Halted "$(state "$(image)")"
check "one goes on from it" sh -c "qvm-run -p -u root --dispvm '$look; cat /run/woken' >/tmp/one"
check "and another one" sh -c "qvm-run -p -u root --dispvm '$look' >/tmp/two"
sed 's/^/# /' /tmp/one /tmp/two
await 60 gone
for what in "1 randomness" "2 machine-id" "3 name" "4 uuid"; do
	check "they differ in ${what#* }" test "$(line one "${what%% *}")" != "$(line two "${what%% *}")"
done
same "keys of the saved one are gone" 0 "$(grep -c ssh_host /tmp/one)"
same "programs before its rest have run" 1 "$(line two 5)"
same "and what the first wrote is not there" 1 "$(line one 5)"
same "programs after the wake have run" woken "$(tail -n 1 /tmp/one)"
check "the clock is dom0's" test $(($(date +%s) - $(line two 7))) -lt 60

# Two at once, whose names and addresses dom0 knows.
qvm-run -p --dispvm 'hostname; sleep 60' >/tmp/three & first=$!
qvm-run -p --dispvm 'hostname; sleep 60' >/tmp/four & second=$!
both() { [ -s /tmp/three ] && [ -s /tmp/four ]; }
check "two at once" await 180 both
check "have names of their own" sh -c '! cmp /tmp/three /tmp/four'
check "and addresses" test "$(qvm-prefs "$(cat /tmp/three)" ip)" != "$(qvm-prefs "$(cat /tmp/four)" ip)"
whole() { [ "$(xl list | awk '/^disp/ { print $3 }' | sort -n | head -n 1)" -ge 127 ]; }
check "and all of their memory" await 30 whole
check "nothing of the seed is left" sh -c '! xenstore-ls /local/domain | grep seed'
check "an image that is used is dropped" qvm-disp image drop base
check "what goes on from it lives" sh -c 'sleep 3; kill -0 '"$first"
kill $first $second
check "then all is gone" await 90 none

check "another one" qvm-disp image make base
qubes-prefs disp_delay 600 # what differs is made anew, but later
qvm-prefs base kernelopts nosmt
same "is not used when a setting differs" False "$(current)"
qvm-prefs base kernelopts ''
qvm-run -u root tiny 'echo changed >/etc/marker; sync' && qvm-shutdown --wait tiny
same "nor when the template does" False "$(current)"
same "then one boots" changed "$(qvm-run -p --dispvm 'cat /etc/marker')"
await 60 gone
refused "no image of another one" 5 "no image" qvm-disp image drop tiny
qubes-prefs disp_delay 0
is_current() { [ "$(current)" = True ]; }
check "a new one takes its place by itself" await 180 is_current
await 60 gone
qubes-prefs disp_delay 600
qvm-prefs base disp_spares 1
check "a spare goes on from it" qvm-disp warm
spare=$(qvm-disp list | awk '/ spare / { print $1 }')
check "as its note says" sh -c 'ls /run/qvm/vm/*/image'
same "and is taken" "$spare changed" "$(qvm-run -p --dispvm 'echo $(hostname) $(cat /etc/marker)')"
qvm-prefs base disp_spares 0
await 60 gone
same "there is one" 1 "$(qvm-disp image | grep -c base)"
same "and it is current" True "$(current)"
pkill -9 -f '[_]_watch .* hold'
check "its watcher was killed: recovered" qvm-recover
same "it is used no more" "" "$(image)"
check "a disposable boots" qvm-run --dispvm true
await 60 none
kill $(pgrep -f '[_]_fill') 2>/dev/null
rm -rf /run/qvm/spares
traces | sed 's/-r[0-9]*/-rN/' >/tmp/after
sed -i 's/-r[0-9]*/-rN/' /tmp/before
check "nothing is left" diff /tmp/before /tmp/after
finish

# SPDX-License-Identifier: GPL-2.0-or-later
# Disposables of a whole Debian with systemd: one that boots, and two that go on from a saved
# one, each as another one. tests/debian.sh makes build/debian.tar.zst.
# timeout: 2400
# needs: build/debian.tar.zst
. /lab/lib.sh

since() { echo $(($(date +%s) - $1)); }
used() { qvm-ls --raw-data --fields=name,state | grep '^disp[0-9].*Running'; }
gone() { ! used; }
none() { ! qvm-ls --raw-data --fields=name | grep '^disp[0-9]' && quiet; }
look='cat /etc/machine-id; hostname; od -An -N16 -tx1 /dev/urandom; cat /proc/sys/kernel/random/uuid
systemctl list-units --state=failed --no-legend | wc -l; systemctl is-active dbus systemd-journald systemd-udevd | paste -sd" "
systemctl show -p NRestarts systemd-journald | cut -d= -f2
cut -d. -f1 /proc/uptime; date +%s'
line() { sed -n "$2p" "/tmp/$1"; }
# one FILE HOW: what it says of itself, and after how long.
one()
{
	start=$(date +%s)
	check "$2" sh -c "qvm-run -p -u root --dispvm '$look' >/tmp/$1"
	echo "# $2: $(since "$start") s"
	sed 's/^/# /' "/tmp/$1"
	await 120 gone
}

check "it is installed" qvm-template install debian --from /lab/debian.tar.zst --size 2GiB
light debian
qvm-prefs debian memory 300
qvm-create -t debian -l red base
light base
qvm-prefs base memory 300
qvm-prefs base qrexec_timeout 600
qvm-prefs base template_for_dispvms True
qubes-prefs default_dispvm base

one booted "one boots"
start=$(date +%s)
check "an image is made" qvm-disp image make base
echo "# in $(since "$start") s"
qvm-disp image | sed 's/^/# /'
one first "one goes on from it"
one second "and another one"
for what in "1 machine-id" "2 name" "3 randomness" "4 uuid"; do
	check "they differ in ${what#* }" test "$(line first "${what%% *}")" != "$(line second "${what%% *}")"
done
for which in first second; do
	same "$which: nothing has failed" 0 "$(line $which 5)"
	same "$which: its services run" "active active active" "$(line $which 6)"
	check "$which: it has not booted" test "$(line $which 8)" -gt "$(line booted 8)"
	check "$which: its clock is dom0's" test $(($(date +%s) - $(line $which 9))) -lt 300
done
qvm-prefs base disp_spares 1
check "a spare goes on from it" qvm-disp warm
sleep 200 # longer than systemd lets the journal be silent
one spare "and is taken"
same "nothing of it has failed" 0 "$(line spare 5)"
same "nor was begun again" 0 "$(line spare 7)"
qvm-prefs base disp_spares 0
qvm-disp image drop base
check "all is gone" await 120 none
finish

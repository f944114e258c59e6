# SPDX-License-Identifier: GPL-2.0-or-later
# Ten disposables at once out of a pool that is refilled from an image; and after a hundred of
# them dom0 is as before.
# timeout: 1800
. /lab/lib.sh

SIZE=10
ROUNDS=10
used() { qvm-ls --raw-data --fields=name,state | grep '^disp[0-9].*Running'; }
gone() { ! used; }
none() { ! qvm-ls --raw-data --fields=name | grep -q '^disp[0-9]' && quiet; }
# But for the lock and the mark of who fills the pool.
left() { traces | sed 's/-r[0-9]*/-rN/' | grep -v -x -e 'file /run/qvm/spares/filler' -e 'file /run/qvm/spares/wanted'; }
size() { stat -c %s /var/lib/qvm/qvm.db; }
spares() { qvm-disp list | awk '$4 == "spare" { print $1 }' | sort; }
# Its name, which no other has, and that it went on with something nobody else knows.
say='hostname; cat /proc/sys/kernel/random/uuid'

# at_once N: so many, each into /tmp/said.I; true when all have ended well.
at_once()
{
	rm -f /tmp/said.*
	pids=
	for i in $(seq "$1"); do
		qvm-run -p --dispvm "$say" >"/tmp/said.$i" &
		pids="$pids $!"
	done
	bad=0
	for pid in $pids; do
		wait "$pid" || bad=$((bad + 1))
	done
	[ $bad = 0 ]
}
names() { head -q -n 1 /tmp/said.* | sort; }

qvm-create -t tiny -l red base && qvm-prefs base template_for_dispvms True || exit 1
qvm-prefs base memory 128
qvm-prefs base vcpus 1
qvm-prefs base virt_mode "${MODE:-pv}"
qubes-prefs default_dispvm base
qubes-prefs disp_memory 4096
qubes-prefs disp_delay 3600
# The first ones leave the folders that all others use.
mkdir -p /run/qvm/images /run/qvm/spares && chmod 700 /run/qvm/images /run/qvm/spares
qvm-run --dispvm true
await 60 none
left >/tmp/before
before=$(size)

check "an image" qvm-disp image make base
qvm-prefs base disp_spares $SIZE
for round in $(seq $ROUNDS); do
	check "round $round: the pool is filled" qvm-disp warm
	spares >/tmp/spares
	same "round $round: so many are ready" $SIZE "$(wc -l </tmp/spares)"
	check "round $round: all at once" at_once $SIZE
	names >/tmp/names
	check "round $round: each spare has served one" diff /tmp/spares /tmp/names
	tail -q -n 1 /tmp/said.* >>/tmp/uuids
	check "round $round: they end" await 120 gone
done
same "no two knew the same" $((SIZE * ROUNDS)) "$(sort -u /tmp/uuids | wc -l)"
qvm-prefs base disp_spares 0
check "the pool goes" qvm-disp warm
check "and the image" qvm-disp image drop base
check "all are gone" await 120 none
while pkill -f '[_]_fill'; do sleep 0.2; done # it would wait for disp_delay
left >/tmp/after
check "dom0 holds what it held: files, volumes, devices, nodes, processes" diff /tmp/before /tmp/after
same "and the registry has not grown" "$before" "$(size)"
finish

# SPDX-License-Identifier: GPL-2.0-or-later
# Spares: disposables that are ready before anybody asks.
# timeout: 900
. /lab/lib.sh

spares() { qvm-disp list --json | tr '}' '\n' | grep -c '"use": *"spare"'; }
names() { qvm-disp list | awk '$4 == "spare" { print $1 }' | sort; }
has() { [ "$(spares)" = "$1" ]; }
used() { qvm-ls --raw-data --fields=name,state | grep '^disp[0-9].*Running'; }
nothing() { ! qvm-ls --raw-data --fields=name | grep -q '^disp[0-9]' && quiet; }

qvm-create -t tiny -l green base && qvm-prefs base template_for_dispvms True || exit 1
qvm-prefs base memory 200
qubes-prefs default_dispvm base
qubes-prefs disp_delay 0
# The first one leaves the folders that all others use, and a template's run its own.
qvm-run -u root tiny 'echo old >/etc/marker; sync' && qvm-shutdown --wait tiny
qvm-run --dispvm true
await 60 nothing
qvm-prefs base disp_spares 1
await 120 has 1
qvm-prefs base disp_spares 0
await 60 nothing
rm -f /run/qvm/spares/*
traces | sed 's/-r[0-9]*/-rN/' >/tmp/before
growth() { stat -c %s /var/lib/qvm/qvm.db; }
size=$(growth)

qubes-prefs disp_memory 500
qvm-prefs base disp_spares 5
check "spares are made" qvm-disp warm
same "no more than their memory allows" yes "$([ "$(spares)" -ge 2 ] && [ "$(spares)" -le 4 ] && echo yes)"
qvm-disp list | sed 's/^/# /'
held=$(qvm-disp list --json | tr '}' '\n' | sed -n 's/.*"memory": *\([0-9]*\).*/\1/p' | awk '{s += $1} END {print int(s / 1048576)}')
same "they hold less than they were started with" yes "$([ "$held" -le 500 ] && echo yes)"
qubes-prefs disp_memory 2048
qvm-prefs base disp_spares 2
check "surplus ones go" await 120 has 2
qubes-prefs disp_delay 600
first=$(names)
refused "nobody else can call one" 11 "spare" qvm-run -p "$(echo "$first" | head -n 1)" true
got=$(strace -q -o /tmp/calls -e trace=execve qvm-run -p --dispvm 'hostname; id -un')
same "a command in a spare" yes "$(echo "$first" | grep -qx "$(echo "$got" | head -n 1)" && echo yes)"
same "by a program that does not load the toolstack" 1 "$(grep -c '^execve' /tmp/calls)"
check "it is gone afterwards, the other is there" await 60 has 1
qvm-run -p --dispvm 'echo there; sleep 1000' >/tmp/out & caller=$!
check "a long one runs" await 60 grep -q there /tmp/out
check "it has its memory back" await 60 sh -c '[ "$(xl list | awk "/^disp/ {print \$3}" | sort -n | tail -1)" -ge 199 ]'
kill -9 $caller
check "it ends with the caller's death" await 60 nothing
qubes-prefs disp_delay 0
check "used ones are replaced" await 120 has 2
before=$(names)
qvm-run -u root tiny 'echo changed >/etc/marker; sync' && qvm-shutdown --wait tiny
renewed() { [ "$(names)" != "$before" ] && has 2; }
check "and when the template has changed" await 120 renewed
same "with its new content" changed "$(qvm-run -p --dispvm 'cat /etc/marker')"

# ---- its template's programs ----
qvm-run -u root tiny 'mkdir -p /etc/qvm/before-rest.d /etc/qvm/after-wake.d
printf "#!/bin/sh\necho one >>/run/rest\n" >/etc/qvm/before-rest.d/10-one
printf "#!/bin/sh\necho two >>/run/rest\n" >/etc/qvm/before-rest.d/20-two
printf "#!/bin/sh\necho \$(id -u) \$(cat /run/rest) >/run/wake\n" >/etc/qvm/after-wake.d/10-wake
chmod +x /etc/qvm/*.d/[12]*; sync' && qvm-shutdown --wait tiny
before=$(names)
await 180 renewed
same "programs before its rest and after" "0 one two" "$(qvm-run -p --dispvm 'cat /run/wake')"
kill -9 $(pgrep -f '[_]_fill'); pkill -9 -f "[_]_watch .* hold"
qvm-prefs base disp_spares 0
check "watchers killed: recovered" qvm-recover
await 60 nothing || qvm-kill $(qvm-ls --raw-data --fields=name | grep '^disp[0-9]')
check "all are gone" await 60 nothing
await 60 quiet
qvm-ls | sed 's/^/# /'
rm -f /run/qvm/spares/* /etc/qvm/x
traces | sed 's/-r[0-9]*/-rN/' >/tmp/after
check "nothing is left" diff /tmp/before /tmp/after
same "the registry has not grown" "$size" "$(growth)"
finish

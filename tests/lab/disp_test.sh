# SPDX-License-Identifier: GPL-2.0-or-later
# Disposables made for one command: they end with it, or with who asked, and leave nothing.
# timeout: 900
. /lab/lib.sh

unnamed() { qvm-ls --raw-data --fields=name | grep '^disp[0-9]'; }
none() { ! unnamed && quiet; }

qvm-prefs tiny template_for_dispvms True 2>/dev/null
qvm-create -t tiny -l red base && qvm-prefs base template_for_dispvms True || exit 1
qubes-prefs default_dispvm base
mkdir -p /run/qubes
traces >/tmp/before

same "a command in a disposable" "user" "$(qvm-run -p --dispvm 'id -un')"
check "it is gone afterwards" await 60 none
same "exit status, and a template by name" 7 \
	"$(qvm-run -p --dispvm=base 'exit 7' >/dev/null 2>&1; echo $?)"
await 60 none
refused "no template for disposables" 7 "tiny" qvm-run --dispvm=tiny true
refused "no such template" 4 "nonesuch" qvm-run --dispvm=nonesuch true
check "nothing was made" none

qvm-run -p --dispvm 'echo there; sleep 1000' >/tmp/out & caller=$!
check "a long one runs" await 120 grep -q there /tmp/out
first=$(unnamed)
kill -9 $caller
check "it ends with the caller's death" await 60 none

qvm-run -p --dispvm 'echo there; sleep 1000' >/tmp/out2 & caller=$!
await 120 grep -q there /tmp/out2
same "another number" different "$([ "$(unnamed)" = "$first" ] && echo same || echo different)"
pkill -9 -f "[_]_watch .* hold"
kill -9 $caller
check "caller and watcher killed: recovered" qvm-recover
check "and gone" await 60 none

traces >/tmp/after
check "no trace is left" diff /tmp/before /tmp/after
finish

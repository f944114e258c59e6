# SPDX-License-Identifier: GPL-2.0-or-later
# Disposables made for one command: they end with it, or with who asked, and leave nothing.
# timeout: 900
. /lab/lib.sh

unnamed() { qvm-ls --raw-data --fields=name | grep '^disp[0-9]'; }
none() { ! unnamed && quiet; }

mkdir -p /etc/qubes/policy.d
# The service that a domain calls is in the template.
qvm-run -u root tiny 'mkdir -p /etc/qubes-rpc
printf "#!/bin/sh\necho \$QREXEC_REMOTE_DOMAIN\ntr a-z A-Z\n" \
	>/etc/qubes-rpc/test.Up; chmod +x /etc/qubes-rpc/test.Up
# An editor, which knows one change.
printf "#!/bin/sh\ntr a-z A-Z <\$1 >\$1.new; mv \$1.new \$1\n" >/usr/bin/qubes-open
chmod +x /usr/bin/qubes-open; sync'
qvm-shutdown --wait tiny
await 60 quiet
qvm-create -t tiny -l red base && qvm-prefs base template_for_dispvms True || exit 1
qubes-prefs default_dispvm base
# The first one leaves the folders that all others use.
qvm-run --dispvm true
await 60 none
traces >/tmp/before

same "a command in a disposable" "user" "$(qvm-run -p --dispvm 'id -un')"
check "it is gone afterwards" await 60 none
echo 'a letter' >/tmp/letter && chmod 640 /tmp/letter
check "a file is edited in one" qvm-disp open /tmp/letter
same "and comes back, as its owner's" "A LETTER 640" "$(cat /tmp/letter) $(stat -c %a /tmp/letter)"
await 60 none
echo 'a letter' >/tmp/letter
check "a file is looked at in one" qvm-disp open --view-only /tmp/letter
same "and stays" "a letter" "$(cat /tmp/letter)"
same "exit status of a command in one" "HI 5" \
	"$({ echo hi | qvm-disp run 'tr a-z A-Z; exit 5'; echo $?; } | paste -sd' ')"
await 60 none
same "exit status, and a template by name" 7 \
	"$(qvm-run -p --dispvm=base 'exit 7' >/dev/null 2>&1; echo $?)"
await 60 none
refused "no template for disposables" 7 "tiny" qvm-run --dispvm=tiny true
refused "no such template" 4 "nonesuch" qvm-run --dispvm=nonesuch true
check "nothing was made" none

qvm-run -p --dispvm 'echo there; sleep 1000' >/tmp/out & caller=$!
check "a long one runs" await 120 grep -q there /tmp/out
first=$(unnamed)
qvm-disp audit "$first" >/tmp/audit
for what in registry domain node volume file socket; do
	check "the host holds a $what of it" grep -q "^$what" /tmp/audit
done
same "and nothing that lasts, but for xenconsoled's log" "" \
	"$(awk '$3 == "True" && $2 !~ "^/var/log/xen/console/"' /tmp/audit)"
kill -9 $caller
check "it ends with the caller's death" await 60 none

qvm-run -p --dispvm 'echo there; sleep 1000' >/tmp/out2 & caller=$!
await 120 grep -q there /tmp/out2
same "another number" different "$([ "$(unnamed)" = "$first" ] && echo same || echo different)"
pkill -9 -f "[_]_watch .* hold"
kill -9 $caller
check "caller and watcher killed: recovered" qvm-recover
check "and gone" await 60 none


# ---- from another domain ----
qvm-create -t tiny -l green work
qvm-run -u root work true
gone() { ! unnamed; }
same "a domain that no line of the policy allows it is denied one" 126 \
	"$(qvm-run -p work 'qrexec-client-vm @dispvm test.Up' >/dev/null 2>&1; echo $?)"
check "and none was made" gone
printf 'test.Up * work @dispvm allow\n' >/etc/qubes/policy.d/30-test.policy
same "a call from a domain into a disposable" "work
HI" "$(qvm-run -p work "echo hi | qrexec-client-vm @dispvm test.Up")"
check "it ends with the call" await 60 gone
qvm-run work 'echo "a letter" >letter.txt'
letter() { qvm-run -p work "qvm-open-in-dvm letter.txt 2>/dev/null; echo \$? \$(cat letter.txt)"; }
printf 'qubes.OpenInVM * work @dispvm deny\n' >/etc/qubes/policy.d/30-test.policy
same "a document of a domain stays where the policy denies it" "126 a letter" "$(letter)"
check "and none was made for it" gone
rm /etc/qubes/policy.d/30-test.policy
same "it is edited in a disposable, and comes back" "0 A LETTER" "$(letter)"
check "which ends with that" await 60 gone
qvm-kill work
qvm-remove --force --purge work
await 60 quiet

traces >/tmp/after
check "no trace is left" diff /tmp/before /tmp/after
finish

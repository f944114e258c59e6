# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that breaks the shared memory of its calls ends just these, and dom0 says why. The
# daemon, confined as it is, lives through it, and ends with its domain.
# timeout: 500
# builds: tests/lab/hostile_ring.c
. /lab/lib.sh

# call COMMAND [SECONDS]: its exit status, and the word that tells why, if any. The guest has
# so long to connect.
call()
{
	timeout 40 qrexec-client -w "${2:-30}" -d evil "u:$1" 2>/tmp/said </dev/null
	echo $? $(grep -o -e 'Protocol error' -e 'timed out' /tmp/said)
}
# The same while it has something to send.
fed() { cat /dev/zero | timeout 40 qrexec-client -w 30 -d evil "u:$1" 2>/tmp/said; echo $? $(grep -o 'Protocol error' /tmp/said); }
answers() { [ "$(call storm 8)" = 6 ]; }
daemons() { pgrep -f '[q]rexec-daemon.* evil user'; }

qvm-create -t tiny -l red evil && qvm-start evil && qvm-run evil true || exit 1
id=$(xl domid evil)

# ---- the daemon's confinement ----
broker=$(daemons | head -n 1)
worker=$(daemons | tail -n 1)
of() { awk -v k="$2:" '$1 == k { print $2 }' "/proc/$1/status"; }
check "two processes: one starts, the other listens to the guest" test "$broker" != "$worker"
same "the second is nobody" 65534 "$(of "$worker" Uid)"
same "it has no capability" 0000000000000000 "$(of "$worker" CapEff)"
same "its system calls are filtered" 2 "$(of "$worker" Seccomp)"
same "it gains no privilege" 1 "$(of "$worker" NoNewPrivs)"

# ---- the agent is replaced ----
qvm-run --pass-io -u root evil 'cat >/tmp/h; chmod 755 /tmp/h' </lab/hostile_ring
qvm-run -u root evil "setsid sh -c 'sleep 2; mv /usr/lib/qvm/qvm-agent /tmp/off
	killall -9 qvm-agent; exec /tmp/h $id' </dev/null >/dev/null 2>&1 &"
check "the hostile agent answers" await 60 answers

# ---- data connections ----
same "more is written than fits" "125 Protocol error" "$(call prod-far)"
same "less than nothing is written" "125 Protocol error" "$(call prod-back)"
same "more is read than was written" "125 Protocol error" "$(fed cons-far)"
check "noise everywhere ends it" sh -c 'case $1 in 125*|255*) ;; *) echo "$1"; false ;; esac' \
	x "$(call noise)"
same "other ring sizes, afterwards, mean nothing" 5 "$(call orders)"
same "the end is told by the page" 255 "$(call gone)"
same "a state that is none" 255 "$(call live-odd)"
same "a body of 2 GiB" "125 Protocol error" "$(call huge)"
same "20000 signals for nothing" 6 "$(call storm)"
same "silence" "125 timed out" "$(call silent 8)"
same "one that reads nothing can be left" 124 \
	"$(cat /dev/zero | timeout 5 qrexec-client -d evil u:deaf >/dev/null 2>&1; echo $?)"

# ---- the control connection ----
for deed in prod-far prod-back noise live-odd huge; do
	call control-$deed 8 >/dev/null
	check "control: $deed: it is made anew" await 60 answers
done
same "the daemon is the one it was" "$broker" "$(daemons | head -n 1)"
check "and has told of it" sh -c 'grep -q "evil.*agent.*Protocol error" /var/log/qubes/qrexec.evil.log ||
	{ ls -l /var/log/qubes; tail -n 20 /var/log/qubes/qrexec.evil.log; false; }'
check "it holds few descriptors" test "$(ls "/proc/$broker/fd" | wc -l)" -lt 16
same "nothing waits any more" "" "$(pgrep -f '[q]rexec-client')"

xl destroy evil
check "the daemon ends with its domain" await 30 sh -c "! pgrep -f '[q]rexec-daemon.* evil user'"
check "nothing of it is left in xenstore" await 30 sh -c \
	"! xenstore-ls /local/domain/0/data 2>/dev/null | grep -q '^ *$id = '"
finish

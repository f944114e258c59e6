# SPDX-License-Identifier: GPL-2.0-or-later
# Calls: from dom0 into a domain, and between two domains as the policy says.
# timeout: 500
. /lab/lib.sh

run() { qvm-run -p "$@"; }
status() { "$@" >/dev/null 2>&1; echo $?; }
policy() { printf '%s\n' "$@" >/etc/qubes/policy.d/30-test.policy; }

mkdir -p /etc/qubes/policy.d
limit=/sys/module/xen_gntalloc/parameters/limit
echo 1024 >$limit # as the kernel has it
qvm-create -t tiny -l red work && qvm-create -t tiny -l green vault || exit 1

# ---- from dom0 ----
refused "not started: -n" 9 "'work' is Halted" qvm-run -n work true
same "a halted domain is started, and answers" HI "$(echo hi | run work 'tr a-z A-Z')"
same "the default user" "user /home/user" "$(run work 'echo $(id -un) $HOME')"
same "another user" root "$(run -u root work 'id -un')"
same "one program with its words" "a b
c'd" "$(run work printf '%s\n' 'a b' "c'd")"
same "variables" "x y" "$(run --env A='x y' work 'echo $A')"
same "variables of a program" "x y" "$(run --env A='x y' work sh -c 'echo $A')"
same "exit status" 7 "$(status run work 'exit 7')"
same "no such program" 127 "$(status run work nonesuch)"
same "killed by a signal" 143 "$(status run work 'kill -TERM $$')"
same "standard error apart" "out err" \
	"$(run work 'echo out; echo err >&2' 2>/tmp/err) $(cat /tmp/err)"
same "without -p nothing is connected" "" "$(echo x | qvm-run work 'cat; echo out')"
same "a service" 0 "$(status run --service work qubes.WaitForRunningSystem)"
same "the streams can be opened by their names" "in out err" \
	"$(echo in | run work 'cat /dev/stdin; echo out >/dev/stdout; echo err >/dev/stderr' 2>/tmp/err | xargs) $(cat /tmp/err)"
run -u root work 'mkdir -p /etc/qubes-rpc; printf "%s\n" "#!/bin/sh" "kill -USR1 \$QREXEC_AGENT_PID" "read x; echo \$x back >&0" >/etc/qubes-rpc/test.Socket
	chmod +x /etc/qubes-rpc/test.Socket'
same "a service's standard input takes its output as well, when it asks" "there back" \
	"$(echo there | run -u root --service work test.Socket)"
run -u root work 'mkdir -p /var/log /etc/qubes-rpc; busybox syslogd; printf "%s\n" "#!/bin/sh" "echo said >&2" >/etc/qubes-rpc/test.Say
	chmod +x /etc/qubes-rpc/test.Say'
same "a service's errors go to its caller and to the log there" "said 1" \
	"$(run --service work test.Say 2>&1) $(run -u root work \
		'sleep 1; grep -c "test.Say+-dom0: said" /var/log/messages')"
run -u root work 'cat >/tmp/meminfo; setsid sh /tmp/meminfo >/dev/null 2>&1 </dev/null &' <<-'END'
	trap 'echo woken >/tmp/woken; exit' USR1
	echo $$ >/var/run/meminfo-writer.pid
	while :; do sleep 0.2; done
END
await 10 run work 'test -s /var/run/meminfo-writer.pid'
run -u root work 'kill $(ps | awk "/[q]vm-agent qrexec-agent/ { print \$1; exit }")'
check "a new agent is found, and has woken meminfo-writer" await 30 run work 'grep woken /tmp/woken'
same "an unknown service" 127 "$(status run --service work test.None)"
same "local command" "9" "$(run --localcmd 'echo 4; read x; echo $x >/tmp/local' work \
	'read x; echo $((x + 5))'; cat /tmp/local)"
refused "time-out" 19 "'work'.*2000 ms" qvm-run -p --timeout 2 work 'sleep 60'
refused "an unknown domain" 4 "nonesuch" qvm-run nonesuch true
refused "dom0" 7 "dom0" qvm-run dom0 true
head -c 64M /dev/vda >/dev/shm/big
check "64 MiB there and back are identical" sh -c \
	'qvm-run -p work cat </dev/shm/big | cmp - /dev/shm/big'
same "a terminal" "/dev/pts/0 24 80 5" "$(printf 'tty; stty size; exit 5\r' |
	qvm-run -t work sh >/tmp/tty; code=$?; echo $(tr -d '\r' </tmp/tty | grep -e '^/dev' -e '^[0-9]') $code)"
qvm-pause work
same "a paused domain goes on" 0 "$(status run work true)"
# The next call has the same event channel and, as likely as not, the same grants.
for i in 1 2 3 4; do
	qvm-pause work
	sh -c 'timeout -s KILL 0.3 qvm-run -p work "echo stale; echo stale >>/tmp/stale"; :' \
		2>/dev/null
	run work "echo fresh $i"
done >/tmp/fresh 2>&1
same "who left before the domain went on gets into nobody's way" "fresh 1 fresh 2 fresh 3 fresh 4" "$(xargs </tmp/fresh)"
refused "and nothing of that was done" 1 "No such file" run work 'cat /tmp/stale'

# ---- several ----
same "in two at once, by a pattern" "vault: vault
work: work" "$(run 'w*,vault' 'cat /proc/sys/kernel/hostname' | sort)"
same "the highest status" 3 "$(status run --all 'exit 3')"

# ---- between domains ----
run -u root vault 'mkdir -p /etc/qubes-rpc; printf "%s\n" "#!/bin/sh" \
	"echo \$QREXEC_REMOTE_DOMAIN \$1; tr a-z A-Z" >/etc/qubes-rpc/test.Up
	chmod +x /etc/qubes-rpc/test.Up'
call() { run work "echo hi | qrexec-client-vm $1 test.Up+arg"; }
policy 'test.Up * work vault allow'
same "allowed" "work arg
HI" "$(call vault)"
run work 'for i in $(seq 64); do
	(echo "in $i" | qrexec-client-vm vault test.Up+$i >/tmp/out.$i; echo $? >>/tmp/out.$i) &
done; wait'
same "64 at once" 64 "$(run work 'for i in $(seq 64); do
	[ "$(xargs </tmp/out.$i)" = "work $i IN $i 0" ] && echo; done' | wc -l)"
check "a kernel that shares too little is told to share more" test "$(cat $limit)" -gt 16384
policy 'test.Up * work vault deny'
same "denied" 126 "$(status call vault)"
policy 'test.Up * work @default allow target=vault'
same "redirected" "work arg
HI" "$(call @default)"
policy 'test.Up * work vault ask'
same "a question that nobody can answer" 126 "$(status call vault)"
policy 'test.Up * work vault allow' 'this is no rule'
same "a broken policy denies" 126 "$(status call vault)"
rm /etc/qubes/policy.d/30-test.policy
same "no policy denies" 126 "$(status call vault)"
policy 'test.Up * work vault allow'
qvm-shutdown --wait vault
run work 'true'
same "a halted target is started" 127 "$(status call vault)"
check "and runs" is vault Running

# ---- where the rings are ----
asks() { strace -qq -e trace=connect -o /tmp/connects qvm-run -p work "$1" && grep -c xenstored /tmp/connects; }
same "a call needs nothing of xenstore" "hi
0" "$(asks 'echo hi')"
# A server of a user's session looks there; this one does not answer, so the agent does.
qvm-run -u root work 'touch /var/run/qubes/qrexec-server.user.sock'
same "unless somebody has to look there for it" "hi
1" "$(asks 'echo hi')"
same "64 KiB, the same way" 65536 "$(head -c 65536 /dev/zero | run work 'wc -c')"
qvm-run -u root work 'rm /var/run/qubes/qrexec-server.user.sock'
same "and then it needs nothing again" "hi
0" "$(asks 'echo hi')"
check "nothing is left of it" sh -c '! xenstore-ls /local/domain/0/data/vchan | grep -q ring-ref'

# ---- the daemon ----
daemon=$(pgrep -f '[q]rexec-daemon.* work user' | head -n 1)
kill -9 "$daemon"
check "a daemon that died is replaced" await 30 sh -c \
	"pgrep -f '[q]rexec-daemon.* work user' | grep -qvx $daemon && qvm-run -n work true"
watcher=$(pgrep -f "[_]_watch $(qvm-ls --raw-data --fields=qid work) hold")
kill -9 "$watcher"
check "its watcher's death ends the daemon" await 10 sh -c \
	"! pgrep -f '[q]rexec-daemon.* work user'"
same "a call finds a domain without watcher all the same" hi "$(run work 'echo hi')"
qvm-kill --wait work
check "an ended domain has no daemon" sh -c "! pgrep -f '[q]rexec-daemon.* work user'"
check "and no socket" sh -c '! ls /run/qubes | grep -q work'
finish

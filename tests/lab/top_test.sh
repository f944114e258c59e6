# SPDX-License-Identifier: GPL-2.0-or-later
# The dashboard on a terminal: a domain is created, started, seen at work, its question
# answered, all of it shown, shut down; and the terminal is given back however it ends.
# builds: tests/lab/pty_talk.c
# timeout: 420
. /lab/lib.sh

export TERM=xterm
top='qvm-top --mono --ascii'
mkdir -p /etc/qubes/policy.d
echo 'test.Up * work vault ask' >/etc/qubes/policy.d/30-test.policy
qvm-create -t tiny -l black vault || exit 1
qvm-run -u root vault 'mkdir -p /etc/qubes-rpc; printf "%s\n" "#!/bin/sh" "tr a-z A-Z" \
	>/etc/qubes-rpc/test.Up; chmod +x /etc/qubes-rpc/test.Up'
qvm-events --json >/tmp/events &
events=$!
await 30 grep -q ready /tmp/events

# percent VM: of a processor, by the frame that --batch prints
percent() { qvm-top --batch --ascii -i 2 | awk -v vm="$1" '$1 == vm { print int($3) }'; }
cat >/tmp/busy <<'END'
#!/bin/sh
qvm-run -u root work 'timeout 60 sh -c "while :; do :; done"' &
END
cat >/tmp/ask <<'END'
#!/bin/sh
qvm-run -p -u root work 'echo hi | qrexec-client-vm vault test.Up' >/tmp/answer 2>&1
END
chmod +x /tmp/busy /tmp/ask

# awaited is what has no letters in common with what stood there: those are not sent again
/lab/pty_talk /tmp/screen 240 "$top" \
	'vault' 'n' 'options of' 'work\rti\t\d' \
	'?qvm-check work' '/work\r' 'work' 's' \
	'?qvm-run work true' '!/tmp/ask' 'QUESTION' 'a' 'vault' 'vault\r' 'let it reach' 'y\r' \
	'?grep -qx HI /tmp/answer' '!/tmp/busy' '?pgrep -f [t]imeout.60' \
	'!qvm-top --batch --ascii -i 2 >/tmp/frame' '?grep -q work /tmp/frame' '\r' \
	'qvm-prefs' '\eOF' 'as long as this looks' '\eOF' 'ask-allow' 'q' 'CPU%' 'S' \
	'?qvm-check --running work; [ $? != 0 ]' 'q'
same "a session: created, started, asked, shut down" 0 $?
same "the question was answered" HI "$(cat /tmp/answer)"
same "the source's colour was said" 1 "$(grep -c 'work (red)' /tmp/screen)"
check "the terminal was given back" sh -c "tail -c 200 /tmp/screen | grep -q '1049l'"
busy=$(awk '$1 == "work" { print int($3) }' /tmp/frame)
check "a busy domain takes processor time: $busy %" [ "${busy:-0}" -gt 10 ]
same "the record of it in events" 1 "$(grep -c '"event":"call","vm":"work".*"decision":"ask-allow","target":"vault"' /tmp/events)"
for what in '"event":"created","vm":"work"' '"before":"Halted","after":"T*[Rr]' '"after":"Halted"' '"event":"question","vm":"work","label":"red"'; do
	check "event $what" grep -q "$what" /tmp/events
done
kill $events

# ends: by a signal, and by a terminal that is gone
/lab/pty_talk /tmp/screen 60 "exec $top" 'vault' '!sleep 1; pkill -TERM -x qvm-tui'
same "SIGTERM is an orderly end" 0 $?
check "which gives the terminal back" sh -c "tail -c 200 /tmp/screen | grep -q '1049l'"
/lab/pty_talk /tmp/screen 60 "exec $top" 'vault' '!sleep 1; pkill -HUP -x qvm-tui' >/dev/null
check "nothing of it is left" sh -c '! pgrep -f "[q]vm-tui|[q]vm-stats|[q]vm-events|[q]vm-ask"'

# figures against others'
check "disks are counted" sh -c 'qvm-stats --json vault | grep -q "\"read_bytes\":[1-9]"'
same "memory as Xen has it" "$(xl list vault | awk 'END { print $3 }')" "$(qvm-stats --running vault | awk 'END { print $5 }')"
finish

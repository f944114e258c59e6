# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by run.sh: words of command lines, variables and configurations that other programs
# rely on, beyond what its own calls show.

call work "$me:QUBESRPCx test.Env dom0" </dev/null 2>/dev/null
same 'QUBESRPC without a blank' 125 $?
call work "$me:QUBESRPC test.Env dom0 name" </dev/null 2>/dev/null
same 'three words for an executable' 125 $?
{ head -c 10000 /dev/zero | tr '\0' '#'; echo; } >cfg/test.Env+long
call work "$me:QUBESRPC test.Env+long dom0" </dev/null >/dev/null
same 'a configuration with long comments' 7 $?
same '-b is taken' 'x|work|test.Env+x|x|||' "$(from work 42 -b 4096 vault test.Env+x </dev/null)"
same 'the local program has the descriptors from before' 'yes yes no' \
	"$(from work 42 vault test.Env+x sh -c 'exec >/proc/self/fd/$SAVED_FD_1
		for n in "$SAVED_FD_0" "$SAVED_FD_1" "$SAVED_FD_2"; do
			[ -n "$n" ] && [ -e /proc/self/fd/$n ] && echo yes || echo no; done' \
		</dev/null | xargs)"
same 'and standard error where it is asked for' yes "$(PASS_LOCAL_STDERR=1 from work 42 vault \
	test.Env+x sh -c '[ /proc/self/fd/$SAVED_FD_2 -ef /proc/self/fd/2 ] &&
		echo yes >/proc/self/fd/$SAVED_FD_1' </dev/null)"
run_vm() { VCHAN_DOMAIN=42 timeout 30 bin/qvm-run-vm -a agent.work "$@"; }
same 'qvm-run-vm' 'A B' "$(echo b | run_vm vault '{ echo a; cat; } |' 'tr a-z A-Z' | xargs)"
run_vm vault 'exit 5' </dev/null
same 'qvm-run-vm: exit status' 5 $?
run_vm vault 2>/dev/null
same 'qvm-run-vm: usage' 2 $?

# --- a server of the user's session does the call ------------------------------------------
python3 -c '
import os, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.bind("session." + sys.argv[1])
s.listen(5)
while True:
	c = s.accept()[0]
	kind, domain, port, size = struct.unpack("<4i", c.recv(16, socket.MSG_WAITALL))
	command = c.recv(size, socket.MSG_WAITALL)
	open("session.tmp", "w").write(f"{kind:x} {domain} {port} {command}")
	os.rename("session.tmp", "session.log")
	c.close()
' "$me" &
pid[session]=$!
VCHAN_DOMAIN=44 bin/qrexec-agent --fork-server-socket="$work/session.%s" --agent-socket=agent.other &
pid[agent.other]=$!
VCHAN_DOMAIN=0 "$bin/qrexec-daemon" --socket-dir="$work" --direct 44 other "$me" 2>>daemon.log &
pid[daemon.other]=$!
await test -e qrexec.other && await test -S "session.$me"
call other -w 1 "$me:echo x y" </dev/null 2>/dev/null
await test -e session.log
same 'a session is given the call' "200 0 513 b'echo x y\\x00'" "$(cat session.log)"
rm session.log
call other -e -w 1 "$me:QUBESRPC test.Env+a dom0" </dev/null 2>/dev/null
await test -e session.log
same 'and a service that nobody waits for' "201 0 513 b'QUBESRPC test.Env+a dom0\\x00'" \
	"$(cat session.log)"
rm session.log
echo 'skip-service-descriptor = true' >cfg/test.Env+special
same 'but not one with options of its own, nor one that says so' '|dom0|x' \
	"$(call other "$me:QUBESRPC test.Env+special dom0" </dev/null | cut -c 8-13)$(
		call other "$me:nogui:echo x" </dev/null)"
same 'the session was not asked' no "$([ -e session.log ] && echo yes || echo no)"
kill "${pid[agent.other]}" "${pid[daemon.other]}" "${pid[session]}"
wait "${pid[agent.other]}" "${pid[daemon.other]}" "${pid[session]}" 2>/dev/null

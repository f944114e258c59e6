#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [BUILD]
# Real daemons, agents and clients over the socket channel, in a folder of their own and
# without privileges; then the peers that misbehave. Ends with `N passed, N failed`.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-$here/../../build}" && pwd)
bin=$build/modules
work=$(mktemp -d "${TMPDIR:-/tmp}/qvm-calls-XXXXXX")
cd "$work" || exit 1
mkdir rpc cfg bin
export VCHAN_SOCKET_DIR=$work QREXEC_SERVICE_PATH=$work/rpc QUBES_RPC_CONFIG_PATH=$work/cfg
export QREXEC_NO_ROOT=1 HOME=$work/home PATH=$work/bin:$PATH
me=$(id -un)

. "$here/lib.sh"

for program in qrexec-agent qrexec-client-vm qvm-run-vm; do
	ln -s "$bin/qvm-agent" "bin/$program"
done
cat >policy <<'END'
#!/bin/sh
# SOURCE TARGET SERVICE+ARG behind the --
allow() { printf 'result=allow\nuser=%s\ntarget=%s\nautostart=False\nrequested_target=%s\n' "$@"; }
me=$(id -un)
case $4 in
test.Dom0*) allow DEFAULT dom0 @adminvm ;;
test.Redirect*) allow "$me" vault vault ;;
test.Gone*) allow "$me" absent "$3" ;;
test.Bad*) printf 'result=allow\n' ;;
test.Fail*) allow "$me" vault vault; exit 3 ;;
qubes.Filecopy*|qubes.Open*)
	case $3 in
	@default) allow "$me" vault vault ;;
	nowhere) printf 'result=deny\n' ;;
	*) allow "$me" "$3" "$3" ;;
	esac ;;
test.Deny*) printf 'result=deny\n' ;;
*) allow "$me" "$3" "$3" ;;
esac
END
chmod +x policy

declare -A pid
start_domain() # NUMBER NAME
{
	VCHAN_DOMAIN=$1 bin/qrexec-agent --no-fork-server --agent-socket="agent.$2" 2>agent.log &
	pid[agent.$2]=$!
	VCHAN_DOMAIN=0 "$bin/qrexec-daemon" --socket-dir="$work" --policy-program="$work/policy" \
		--uuid="00000000-0000-4000-8000-0000000000$1" --direct "$1" "$2" "$me" \
		2>>daemon.log &
	pid[daemon.$2]=$!
}
start_domain 42 work
start_domain 43 vault
await test -e qrexec.work && await test -e qrexec.vault && await test -e agent.work &&
	await test -e agent.vault
same 'daemon: links by name and uuid' 'qrexec.42 qrexec.42' \
	"$(readlink qrexec.work) $(readlink qrexec.uuid:00000000-0000-4000-8000-000000000042)"

# --- dom0 calls a domain ---------------------------------------------------------------
call() { timeout 30 "$bin/qrexec-client" --socket-dir="$work" -d "$@"; }
same 'a filter' HI "$(echo hi | call work "$me:tr a-z A-Z")"
same 'DEFAULT user' HI "$(echo hi | call work "DEFAULT:tr a-z A-Z")"
same 'by number' x "$(call 42 DEFAULT:'echo x' </dev/null)"
same 'by uuid' x "$(call uuid:00000000-0000-4000-8000-000000000042 DEFAULT:'echo x' </dev/null)"
for status in 0 3 255; do
	call work "$me:exit $status" </dev/null
	same "exit status $status" $status $?
done
call work "$me:kill -TERM \$\$" </dev/null
same 'a signal' 143 $?
call work "$me:exit 3" -E </dev/null 2>/dev/null
same 'options behind the command are refused' 125 $?
timeout 30 "$bin/qrexec-client" --socket-dir="$work" -E -d work "$me:exit 3" </dev/null
same '-E hides the status' 0 $?
same 'stdout and stderr apart' 'out|err' \
	"$(call work "$me:echo out; echo err >&2" 2>err </dev/null)|$(cat err)"
same 'no input is needed' done "$(sleep 1 | call work "$me:exec <&-; echo done")"
call -- 2>/dev/null
same 'usage' 125 $?
call none "$me:true" 2>/dev/null </dev/null
same 'no such domain' 125 $?
head -c 16777216 /dev/urandom >big
call work "$me:cat" <big >back
same '16 MiB to and fro' "0 $(cksum <big)" "$? $(cksum <back)"
same '16 MiB in' "$(cksum <big)" "$(call work "$me:cksum" <big)"
same '16 MiB out' "$(cksum <big)" "$(call work "$me:cat $work/big" </dev/null | cksum)"
same '16 MiB of stderr' "$(cksum <big)" "$(call work "$me:cat $work/big >&2" </dev/null 2>&1 >/dev/null | cksum)"
same 'a reader that is slow' "$(cksum <big)" \
	"$(call work "$me:cat $work/big" </dev/null | { sleep 1; cksum; })"
call work "$me:cat /dev/zero" </dev/null | head -c 10 >/dev/null
same 'a reader that leaves' 141 "${PIPESTATUS[0]}"
same '-p comes first' 'ab' "$(echo b | call work -p a "$me:cat")"
same '-t hides escapes' 'a_[1mb' "$(call work -t "$me:printf 'a\\033[1mb'" </dev/null)"
call work -l "read x; echo \"from dom0: \$x\" >$work/local" "$me:echo hi"
await test -s local
same '-l connects a program' 'from dom0: hi' "$(cat local)"
call work -e "$me:sleep 0.2; echo x >$work/just" </dev/null
same '-e does not wait' '0 no' "$? $([ -e just ] && echo yes || echo no)"
await test -s just
same '-e runs' x "$(cat just)"
same 'a command of 60000 bytes' 60000 \
	"$(call work "$me:printf %s $(head -c 60000 /dev/zero | tr '\0' a) | wc -c" </dev/null)"
same 'output behind the end of the command' late \
	"$(call work "$me:(sleep 0.5; echo late) & exit 0" </dev/null)"
start=$(date +%s%N)
jobs=
for i in $(seq 64); do
	call work "$me:echo $i; cat; exit $i" <<<"$i" >"out.$i" &
	jobs="$jobs $!"
done
bad=0
i=0
for job in $jobs; do
	i=$((i + 1))
	wait "$job"
	[ $? = $i ] && [ "$(cat "out.$i")" = "$i
$i" ] || bad=$((bad + 1))
done
same '64 calls at once' 0 $bad
echo "# 64 calls at once: $((($(date +%s%N) - start) / 1000000)) ms"

# --- services --------------------------------------------------------------------------
cat >rpc/test.Env <<'END'
#!/bin/sh
echo "$1|$QREXEC_REMOTE_DOMAIN|$QREXEC_SERVICE_FULL_NAME|${QREXEC_SERVICE_ARGUMENT-unset}|$QREXEC_REQUESTED_TARGET_TYPE|$QREXEC_REQUESTED_TARGET|$QREXEC_REQUESTED_TARGET_KEYWORD"
cat
exit 7
END
chmod +x rpc/test.Env
cp rpc/test.Env rpc/test.Dom0
cp rpc/test.Env rpc/test.Redirect
export QREXEC_SERVICE_ARGUMENT=stale
same 'service with argument' 'a+b|dom0|test.Env+a+b|a+b|||' \
	"$(call work "$me:QUBESRPC test.Env+a+b dom0" </dev/null)"
same 'service without argument' '|dom0|test.Env|unset|||' \
	"$(call work "$me:QUBESRPC test.Env dom0" </dev/null)"
call work "$me:QUBESRPC test.None+ dom0" </dev/null
same 'no such service' 127 $?
echo '#!/bin/sh' >rpc/test.NotX
call work "$me:QUBESRPC test.NotX+ dom0" </dev/null
same 'a service that is not executable' 125 $?
echo 'nonsense' >cfg/test.Env+bad
call work "$me:QUBESRPC test.Env+bad dom0" </dev/null
same 'a bad configuration' 125 $?
python3 -c '
import socket
s = socket.socket(socket.AF_UNIX)
s.bind("rpc/test.Socket")
s.listen(5)
open("listening", "w").close()
while True:
	c = s.accept()[0]
	data = b""
	while more := c.recv(100): data += more
	c.sendall(b"got " + data.replace(b"\0", b"|"))
	c.close()
' &
pid[socket]=$!
await test -e listening
same 'a socket as service' 'got test.Socket+x dom0|input' \
	"$(printf input | call work "$me:QUBESRPC test.Socket+x dom0")"
echo 'skip-service-descriptor = true' >cfg/test.Socket+skip
same 'a socket without descriptor' 'got input' \
	"$(printf input | call work "$me:QUBESRPC test.Socket+skip dom0")"
same 'VMExec' 'a-b c' "$(call work "$me:QUBESRPC qubes.VMExec+echo+a--b-20c dom0" </dev/null)"
call work "$me:QUBESRPC qubes.VMExec+echo+a-2 dom0" </dev/null 2>/dev/null
same 'VMExec malformed' 125 $?
same 'VMShell' 'rest' "$(echo rest | call work -p 'cat; exit
' "$me:QUBESRPC qubes.VMShell dom0")"

python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(5)
open("port", "w").write(str(s.getsockname()[1]))
while True:
	c = s.accept()[0]
	data = b""
	while more := c.recv(65536): data += more
	c.sendall(b"got " + data)
	c.close()
' &
pid[tcp]=$!
await test -s port
same 'ConnectTCP' 'got input' \
	"$(printf input | call work "$me:QUBESRPC qubes.ConnectTCP+$(cat port) dom0")"
call work "$me:QUBESRPC qubes.ConnectTCP+0 dom0" </dev/null 2>/dev/null
same 'ConnectTCP to no port' 1 $?

# --- a domain calls --------------------------------------------------------------------
from() # NAME NUMBER ARG...
{
	name=$1 number=$2
	shift 2
	VCHAN_DOMAIN=$number timeout 30 bin/qrexec-client-vm --agent-socket="agent.$name" "$@"
}
same 'to dom0' 'x|work|test.Dom0+x|x|keyword||adminvm
in
7' "$(echo in | from work 42 dom0 test.Dom0+x; echo $?)"
same 'to another domain' 'x|work|test.Env+x|x|||
in' "$(echo in | from work 42 vault test.Env+x)"
same 'and the other way' '|vault|test.Env+|||| 
in' "$(echo in | from vault 43 work test.Env | sed 's/|||$/||| /')"
same 'redirected' 'x|work|test.Redirect+x|x|||' "$(from work 42 nowhere test.Redirect+x </dev/null)"
for service in Deny Bad Fail Gone; do
	same "refused: $service" 'Request refused
126' "$(from work 42 vault test.$service 2>&1 </dev/null; echo $?)"
done
from work 42 vault test.Env+l sh -c "head -n 1 >$work/local; exec >&-; cat >/dev/null" </dev/null
same 'a local program' '7 l|work|test.Env+l|l|||' "$? $(cat local)"
same 'a name of 60000 bytes' '60000' "$(from work 42 vault \
	"test.Env+$(head -c 60000 /dev/zero | tr '\0' a)" </dev/null | head -n 1 | cut -d'|' -f1 | tr -d '\n' | wc -c)"

. "$here/words.sh"

# --- files -----------------------------------------------------------------------------
. "$here/copy.sh"
. "$here/open.sh"

# --- nothing is left -------------------------------------------------------------------
same 'no process of a call is left' '' "$(for name in agent.work daemon.work agent.vault daemon.vault; do
	pgrep -P "${pid[$name]}"; done)"
descriptors=$(ls "/proc/${pid[agent.work]}/fd" | wc -l)
for i in $(seq 30); do call work "$me:true" </dev/null; done
same 'no descriptor is left' "$descriptors" "$(ls "/proc/${pid[agent.work]}/fd" | wc -l)"
kill "${pid[agent.work]}"
wait "${pid[agent.work]}"
same 'SIGTERM ends the agent' 0 $?
await test ! -e qrexec.42
same 'without agent no socket' no "$([ -e qrexec.42 ] && echo yes || echo no)"
VCHAN_DOMAIN=42 bin/qrexec-agent -S -a agent.work &
pid[agent.work]=$!
await test -e qrexec.42
same 'a new agent is found' HI "$(echo hi | call work "$me:tr a-z A-Z")"
for name in work vault; do
	kill "${pid[daemon.$name]}"
	wait "${pid[daemon.$name]}"
	same "SIGTERM ends the daemon of $name" 0 $?
done
same 'its sockets are gone' '' "$(ls | grep '^qrexec')"
QREXEC_STARTUP_TIMEOUT=1 "$bin/qrexec-daemon" --socket-dir="$work" 99 absent
same 'an agent that does not come' 3 $?
same 'nothing was complained of' '' "$(grep -v 'target cannot be reached' daemon.log)"
kill "${pid[socket]}" "${pid[tcp]}" "${pid[agent.work]}" "${pid[agent.vault]}" 2>/dev/null
wait

for part in ask clip; do
	bash "$here/$part.sh" "$build" >"$part.log" 2>&1
	grep -E '^(ok|not ok|#)' "$part.log"
	passed=$((passed + $(grep -c '^ok ' "$part.log")))
	failed=$((failed + $(grep -c '^not ok ' "$part.log")))
	tail -n 1 "$part.log" | grep -q ' passed, ' || failed=$((failed + 1))
done
if command -v python3 >/dev/null; then
	for peer in hostile matrix; do
		python3 -B "$here/$peer.py" "$bin" >hostile.log 2>&1
		grep -v ' passed, ' hostile.log
		passed=$((passed + $(grep -c '^ok ' hostile.log)))
		failed=$((failed + $(grep -c '^not ok ' hostile.log)))
		tail -n 1 hostile.log | grep -q ' passed, ' || failed=$((failed + 1))
	done
fi
cd /
rm -rf "$work"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

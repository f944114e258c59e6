#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ask.sh BUILD
# Calls between two domains whose daemons decide by the registry and the policy files, and
# have a person answer. Ends with `N passed, N failed`.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-$here/../../build}" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/qvm-ask-XXXXXX")
cd "$work" || exit 1
. "$here/lib.sh"
declare -A pid fd

make_registry "$build" || exit 1
qubes-policy -r 30-user <<'END' || exit 1
test.Allow * work vault allow
test.Deny * work vault deny
test.Move * work @default allow target=vault
test.Ask * work @default ask default_target=vault
test.Ask * work vault ask
test.Ask * work @adminvm ask
test.Ask * vault work ask
test.Ask * work @dispvm deny
END
cat >rpc/test.Allow <<'END'
#!/bin/sh
echo "$1 from $QREXEC_REMOTE_DOMAIN ${QREXEC_REQUESTED_TARGET_TYPE:-in a domain}"
END
chmod +x rpc/test.Allow
cp rpc/test.Allow rpc/test.Move
cp rpc/test.Allow rpc/test.Ask
cp rpc/test.Allow rpc/test.Deny

start_registered 42 work 60 && start_registered 43 vault 2 || exit 1

from() # NAME NUMBER TARGET SERVICE: what came back and the exit code, on one line
{
	echo "$(VCHAN_DOMAIN=$2 timeout 60 qrexec-client-vm --agent-socket="agent.$1" "$3" "$4" \
		2>&1 </dev/null; echo "$?")" | tr '\n' ' '
}

# --- prompters ----------------------------------------------------------------------------
listeners() { ls "$QVM_ROOT/run/qvm/ask" 2>/dev/null | grep -c '\.sock$'; }
begun() { [ "$(listeners)" = "$1" ]; }

prompter() # NAME, of which there is none yet; prompter NAME 2: one more
{
	await begun "$((${2:-1} - 1))"
	rm -f "in.$1"
	mkfifo "in.$1"
	qvm-ask --json --once <"in.$1" >"said.$1" 2>>prompter.log &
	pid[$1]=$!
	exec {fd[$1]}>"in.$1"
	await begun "${2:-1}"
}

answer() # NAME TARGET: of the question that it shows; "no": denies
{
	await grep -q '"question"' "said.$1"
	local id target="\"$2\""
	[ "$2" != no ] || target=null
	id=$(sed -n 's/.*"id":"\([^"]*\)".*/\1/p' "said.$1" | head -n 1)
	printf '{"schema":"qvm-ask/1","answer":{"id":"%s","target":%s}}\n' "$id" "$target" \
		>&"${fd[$1]}"
}

ended() # NAME: how its question did
{
	await grep -q '"end"' "said.$1"
	sed -n 's/.*"end":"\([^"]*\)".*/\1/p' "said.$1"
}

# --- without a question -------------------------------------------------------------------
same 'allow' 'x from work in a domain 0 ' "$(from work 42 vault test.Allow+x)"
same 'deny' 'Request refused 126 ' "$(from work 42 vault test.Deny)"
same 'no line' 'Request refused 126 ' "$(from vault 43 work test.Allow)"
same 'redirected' 'x from work in a domain 0 ' "$(from work 42 @default test.Move+x)"
same 'ask, nobody there' 'Request refused 126 ' "$(from work 42 vault test.Ask)"

# --- with one -----------------------------------------------------------------------------
prompter one
from work 42 vault test.Ask+x >out & call=$!
answer one vault
wait $call
same 'ask: yes' 'taken x from work in a domain 0 ' "$(ended one) $(cat out)"
same 'what is asked' 'work green test.Ask x vault, and as usual: null' "$(sed -n 's/.*"source":{"name":"\([^"]*\)","label":"\([^"]*\)"},"service":"\([^"]*\)","argument":"\([^"]*\)".*"requested":"\([^"]*\)".*"default_target":\([^,]*\),.*/\1 \2 \3 \4 \5, and as usual: \6/p' said.one)"

prompter one
from work 42 @default test.Ask+x >out & call=$!
answer one dom0
wait $call
same 'ask: another target' 'taken x from work keyword 0 ' "$(ended one) $(cat out)"
same 'its default' '"vault"' "$(sed -n 's/.*"default_target":\([^,]*\),.*/\1/p' said.one)"

prompter one
from work 42 vault test.Ask+x >out & call=$!
answer one no
wait $call
same 'ask: no' 'taken Request refused 126 ' "$(ended one) $(cat out)"

prompter one
from work 42 vault test.Ask+x >out & call=$!
answer one work
answer one vault
wait $call
same 'a target that is not offered does not count' 'taken x from work in a domain 0 ' \
	"$(ended one) $(cat out)"

prompter one
from vault 43 work test.Ask+x >out & call=$!
wait $call
same 'ask: time-out' 'timeout Request refused 126 ' "$(ended one) $(cat out)"

prompter one
prompter two 2
from work 42 vault test.Ask+x >out & call=$!
await grep -q question said.one
answer two vault
wait $call
same 'two prompters' 'elsewhere taken x from work in a domain 0 ' \
	"$(ended one) $(ended two) $(cat out)"

prompter one
from work 42 vault test.Ask+x >out & call=$!
await grep -q question said.one
kill -9 "${pid[one]}"
wait "${pid[one]}" 2>/dev/null
wait $call
same 'the prompter dies' 'Request refused 126 ' "$(cat out)"
prompter two 2
from work 42 vault test.Ask+x >out & call=$!
answer two vault
wait $call
same 'what it left is removed' 'taken x from work in a domain 0  0' \
	"$(ended two) $(cat out) $(listeners)"

prompter one
from work 42 vault test.Ask+x >out & call=$!
await grep -q question said.one
kill "${pid[daemon.work]}"
same "the caller's daemon ends" gone "$(ended one)"
wait $call

for p in "${pid[@]}"; do kill "$p"; done 2>/dev/null
wait
same 'nothing was complained of' '' "$(cat daemon.log)"
same 'prompters complained of one answer' "qvm-ask: 'work' is none of the targets" "$(cat prompter.log)"
cd /
rm -rf "$work"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

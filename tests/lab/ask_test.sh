# SPDX-License-Identifier: GPL-2.0-or-later
# A person answers what the policy asks, calls leave their record, and text is moved by
# qvm-clip.
# timeout: 400
. /lab/lib.sh

run() { qvm-run -p "$@"; }
status() { "$@" >/dev/null 2>&1; echo $?; }
call() { run -u root work "echo hi | qrexec-client-vm $1 test.Up+arg"; }
record() { sed -n 's/.*qrexec\[[0-9]*\]: \(source=.*\)/\1/p' /tmp/syslog | tail -n 1; }
rule=/etc/qubes/policy.d/30-test.policy

busybox syslogd -O /tmp/syslog
mkdir -p /etc/qubes/policy.d
printf '%s\n' 'test.Up * work @default ask default_target=vault' 'test.Up * work vault ask' \
	'test.Up * work other ask' >$rule
qvm-create -t tiny -l red work && qvm-create -t tiny -l green vault &&
	qvm-create -t tiny -l black other || exit 1
run -u root vault 'mkdir -p /etc/qubes-rpc; printf "%s\n" "#!/bin/sh" \
	"echo \$QREXEC_REMOTE_DOMAIN \$1; tr a-z A-Z" >/etc/qubes-rpc/test.Up
	chmod +x /etc/qubes-rpc/test.Up'
check "work answers" run work true
same "a call from dom0 is on record" "source=dom0 service=qubes.VMShell requested=work decision=allow target=work user=DEFAULT rule=- reason=\"a call from dom0\"" "$(record)"

# answering TARGET: a prompter that gives that answer to one question
answering()
{
	rm -f /tmp/in /tmp/asked
	mkfifo /tmp/in
	qvm-ask --json --once </tmp/in >/tmp/asked &
	prompter=$!
	exec 8>/tmp/in
	await 20 sh -c 'ls /run/qvm/ask | grep -q sock'
	{
		await 30 grep -q question /tmp/asked
		id=$(sed -n 's/.*"id":"\([^"]*\)".*/\1/p' /tmp/asked | head -n 1)
		printf '{"schema":"qvm-ask/1","answer":{"id":"%s","target":%s}}\n' "$id" "$1" >&8
	} &
}
answered()
{
	wait $prompter
	exec 8>&-
	sed -n 's/.*"end":"\([^"]*\)".*/\1/p' /tmp/asked
}

same "nobody to be asked" 126 "$(status call vault)"
same "is on record" "source=work service=test.Up+arg requested=vault decision=ask-deny target=- user=- rule=$rule:2 reason=\"nobody is there to be asked\"" "$(record)"

answering '"vault"'
same "yes" "work arg
HI" "$(call @default)"
same "it was this answer" taken "$(answered)"
same "the caller has its colour" 1 "$(grep -c '"source":{"name":"work","label":"red"}' /tmp/asked)"
same "yes is on record" "source=work service=test.Up+arg requested=@default decision=ask-allow target=vault user=DEFAULT rule=$rule:1 reason=\"the user allowed it\"" "$(record)"

answering null
same "no" 126 "$(status call vault)"
answered >/dev/null
same "no is on record" "source=work service=test.Up+arg requested=vault decision=ask-deny target=- user=- rule=$rule:2 reason=\"the user denied it\"" "$(record)"

printf '%s\n' 'test.Up * work vault allow' >$rule
status call vault >/dev/null
same "allowed without a question" "source=work service=test.Up+arg requested=vault decision=allow target=vault user=DEFAULT rule=$rule:1 reason=\"the line allows it\"" "$(record)"

# ---- text ----
run work 'printf "some text" | qvm-clip-set'
check "text is taken" qvm-clip copy work
check "and handed over" qvm-clip paste vault
same "it arrived" "some text" "$(run vault qvm-clip-get)"
refused "once" 5 "no text to paste" qvm-clip paste vault
run work 'head -c 65536 /dev/zero | tr "\0" a | qvm-clip-set'
check "64 KiB" sh -c 'qvm-clip -q copy work && qvm-clip -q paste vault'
same "arrive" 65536 "$(run vault 'qvm-clip-get | wc -c')"
refused "a halted domain has none" 9 "'other' is Halted" qvm-clip copy other
finish

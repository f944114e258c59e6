# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the scripts of this folder.
passed=0
failed=0

# same TEXT WANTED GOT
same()
{
	if [ "$2" = "$3" ]; then
		echo "ok $1"
		passed=$((passed + 1))
	else
		echo "not ok $1"
		printf '# wanted: %.300s\n# got:    %.300s\n' "$2" "$3"
		failed=$((failed + 1))
	fi
}

# await COMMAND...: for at most 10 s.
await()
{
	for _ in $(seq 200); do
		"$@" && return
		sleep 0.05
	done
	return 1
}

# A registry with the domains work and vault, without Xen, and the commands of BUILD.
make_registry() # BUILD
{
	mkdir bin root kernel tree rpc cfg
	for program in qrexec-agent qrexec-client-vm; do
		ln -s "$1/modules/qvm-agent" "bin/$program"
	done
	for command in $("$1/qvm" commands); do ln -s "$1/qvm" "bin/$command"; done
	export PATH="$PWD/bin:$PATH" QVM_ROOT=$PWD/root QVM_BACKEND=fake QVM_MODULES=$1/modules
	export VCHAN_SOCKET_DIR=$PWD QREXEC_NO_ROOT=1
	export QREXEC_SERVICE_PATH=$PWD/rpc QUBES_RPC_CONFIG_PATH=$PWD/cfg
	printf '\177ELF' >kernel/vmlinux
	echo initramfs >kernel/initramfs
	mkdir tree/etc
	tar -C tree -cf tiny.tar .
	qvm-init --pool fake/pool --scratch fake/scratch --kernel kernel &&
		qvm-template install tiny tiny.tar &&
		qvm-create -l green --prop netvm=none work &&
		qvm-create -l black --prop netvm=none vault
}

# Agent and daemon of a domain in that registry; pid[agent.NAME], pid[daemon.NAME].
start_registered() # NUMBER NAME SECONDS-TO-ANSWER-IN
{
	local calls=$QVM_ROOT/run/qubes

	mkdir -p "$calls"
	VCHAN_DOMAIN=$1 qrexec-agent --no-fork-server --agent-socket="agent.$2" 2>>agent.log &
	pid[agent.$2]=$!
	VCHAN_DOMAIN=0 "$QVM_MODULES/qrexec-daemon" --socket-dir="$calls" --direct \
		--registry="$QVM_ROOT/var/lib/qvm" --prompters="$QVM_ROOT/run/qvm/ask" \
		--ask-seconds="$3" --uuid="$(qvm-prefs "$2" uuid)" "$1" "$2" "$(id -un)" \
		2>>daemon.log &
	pid[daemon.$2]=$!
	await test -e "$calls/qrexec.$2" && await test -e "agent.$2"
}

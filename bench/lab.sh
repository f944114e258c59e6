# SPDX-License-Identifier: GPL-2.0-or-later
# lab.sh [PART...]: what of the bench runs in the lab's dom0. JSON lines on stdout.
# Parts: start, counts, storage, listing, calls, network, import, vault, keys, top,
# disposables, disposables_ten, disposables_pvh, or one of storage.sh's; none: all of them.
set -eu
count() { echo "{\"name\": \"$1\", \"count\": $2}"; }
wanted() { [ -z "$parts" ] || case " $parts " in *" $1 "*) ;; *) return 1 ;; esac; }
parts="$*"

qvm-create -t tiny -l red work
qvm-prefs work virt_mode pv
qvm-prefs work memory 128
qvm-prefs work vcpus 1

# An xl domain of the same shape, with volumes made beforehand.
prepare_peer()
{
	kernel=/usr/lib/qvm-lab/kernel # the folder that was given to qvm-init
	for volume in root private volatile; do
		lvcreate -qq -y -Wn -V 1G --thinpool pool -n "peer-$volume" qvm >/dev/null 2>&1
	done
	qvm-start --dry-run --json work >/tmp/plan.json
	# The minimal hotplug program of the peer is ours: it takes a device by its number.
	number() { stat -L -c %t:%T "/dev/qvm/$1"; }
	cat >/tmp/peer.cfg <<CFG
name = "peer"
type = "pv"
memory = 128
maxmem = 128
vcpus = 1
kernel = "$kernel/vmlinux"
ramdisk = "$kernel/initramfs"
cmdline = "root=/dev/xvda rw console=hvc0 quiet swiotlb=2048"
on_poweroff = "destroy"
disk = [ "format=raw,vdev=xvda,access=rw,script=/usr/libexec/qvm/qvm-hotplug,target=$(number peer-root)",
	"format=raw,vdev=xvdb,access=rw,script=/usr/libexec/qvm/qvm-hotplug,target=$(number peer-private)",
	"format=raw,vdev=xvdc,access=rw,script=/usr/libexec/qvm/qvm-hotplug,target=$(number peer-volatile)" ]
CFG
	cat >/tmp/down <<'DOWN'
#!/bin/sh
# Whatever runs goes, and the machine is quiet again before the next measurement.
qvm-kill work 2>/dev/null
xl destroy peer 2>/dev/null
while pgrep -f '[_]_watch' >/dev/null; do sleep 0.1; done
sync
sleep 1
DOWN
	chmod +x /tmp/down
}

# ---- start: an AppVM against xl ----
start()
{
	qvm-start --paused work # once, so that both find their files in memory
	/lab/pair start 12 "qvm-start --paused work" /tmp/down "xl create -q -p /tmp/peer.cfg" /tmp/down
	/tmp/down
}

# ---- counts of one start ----

# operations COMMAND...: the requests that xenstored reads meanwhile, each with one head.
operations()
{
	strace -qq -e trace=read -o /tmp/requests -p "$(pidof xenstored)" &
	tracer=$!
	sleep 1
	"$@"
	kill $tracer
	wait $tracer 2>/dev/null || true
	grep -c ', 16) *= 16$' /tmp/requests
	/tmp/down >/dev/null 2>&1
}

counts()
{
	ours=$(operations qvm-start --paused work)
	peer=$(operations xl create -q -p /tmp/peer.cfg)
	echo "{\"name\": \"xenstore-operations-per-start\", \"count\": $ours, \"peer_count\": $peer," \
		"\"ratio\": $(awk "BEGIN { printf \"%.3f\", $ours / $peer }")}"
	strace -I 1 -f -qq -o /tmp/trace -e trace=execve,fsync,fdatasync,clone,clone3,fork,vfork \
		qvm-start --paused work &
	tracer=$!
	while ! [ "$(qvm-ls --raw-data --fields=state work)" = Paused ]; do sleep 0.5; done
	sleep 2
	resident=$(for pid in $(pgrep -f '[_]_watch.*hold|[q]rexec-daemon'); do
		cat "/proc/$pid/status"
	done | awk '/VmRSS/ { sum += $2 } END { print sum }')
	kill $tracer 2>/dev/null || true
	wait $tracer 2>/dev/null || true
	# Who asked for the start has gone when the watcher is executed afresh to hold the
	# domain: what follows, the daemon for calls, is not waited for.
	awk '/execve.*__watch.*hold/ { exit } { print }' /tmp/trace >/tmp/until
	processes() { grep -e 'clone' -e 'fork(' "$1" | grep -v CLONE_THREAD |
		grep -c '= [0-9][0-9]*$'; }
	# Threads of libraries are none. The asking process is not counted; its watcher is, and
	# the child between both that makes the watcher nobody's.
	count processes-per-start "$(processes /tmp/until)"
	count processes-per-domain "$(pgrep -c -f '[_]_watch.*hold|[q]rexec-daemon')"
	count programs-per-start "$(grep -c 'execve(.*= 0$' /tmp/trace)"
	count lvm-commands-per-start "$(grep -c 'execve(.*lvm.* = 0' /tmp/trace || true)"
	count syncs-per-start "$(grep -c -e 'fsync(' -e 'fdatasync(' /tmp/trace || true)"
	count resident-kib-per-domain "$resident"
	/tmp/down
}

# ---- listing: 1, 10 and 40 domains ----
listing()
{
	mkdir -p /tmp/stub
	cp /lab/vmlinux /tmp/stub/
	qvm-init --kernel /tmp/stub --kernel-name stub
	qvm-prefs work template_for_dispvms True
	qvm-prefs work virt_mode pvh
	qvm-prefs work kernel stub
	have=0
	for want in 1 10 40; do
		while [ $have -lt $want ]; do
			have=$((have + 1))
			qvm-create --disp -t work --prop memory=16 --prop vcpus=1 d$have
			qvm-start --paused d$have
		done
		sync
		sleep 2
		/lab/pair ls-$want 20 qvm-ls "" "xl list" ""
	done
}

. /lab/calls.sh
. /lab/disposables.sh
. /lab/storage.sh
. /lab/network.sh
. /lab/import.sh
. /lab/vault.sh
. /lab/top.sh
! wanted start && ! wanted counts || prepare_peer
for part in ${parts:-start counts storage listing calls network import vault keys top \
	disposables disposables_ten disposables_pvh}; do
	qvm-kill work >/dev/null 2>&1 || true # each part begins with it halted
	$part
done

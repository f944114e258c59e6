# SPDX-License-Identifier: GPL-2.0-or-later
# Part of lab.sh. The storage part of starts, stops and clones against LVM and dd; accesses
# through the ephemeral layer against a plain thin snapshot; and what is asked of the kernel.

# The volumes of an AppVM over `tiny`: its root, its private one (which lasts and is only
# looked up), and the blank one. Peer: what LVM does for three volumes, a process for each.
storage_start()
{
	root=$(qvm-volume info tiny:root vid)
	root=$(lvs --noheadings -o lv_name qvm | sed -n "s/^ *qvm-\(${root%-*}-r[0-9]*\) *$/\1/p" | tail -n 1)
	private=$(qvm-volume info work:private vid)
	for n in 1 2 3; do
		lvcreate -qq -y -Wn -kn -V 1G -T qvm/pool -n origin$n
	done
	cat >/tmp/three <<-'END'
		#!/bin/sh
		set -e
		for n in 1 2 3; do lvcreate -qq -y -kn -s -n peer$n qvm/origin$n; done
	END
	cat >/tmp/none <<-'END'
		#!/bin/sh
		lvremove -qq -y -f qvm/peer1 qvm/peer2 qvm/peer3 2>/dev/null
		udevadm settle
		sync
		sleep 1
	END
	cat >/tmp/undone <<-END
		#!/bin/sh
		/lab/storage_run drop bench $root =1GiB
		udevadm settle
		sync
		sleep 1
	END
	chmod +x /tmp/three /tmp/none /tmp/undone
	/lab/storage_run make bench "$root" "$private!" =1GiB # once: modules, files in memory
	/lab/pair storage-start 6 "/lab/storage_run make bench $root $private! =1GiB" /tmp/undone \
		/tmp/three /tmp/none
	/tmp/undone
	/tmp/none
	/lab/storage_run many 40 5 "$root" "$private" =1GiB # disposables: three of each
}

# Until the prompt is back: `qvm-kill` of an AppVM against the removal of three volumes by one
# command; and until its devices and memory are free, too.
storage_stop()
{
	cat >/tmp/up <<-'END'
		#!/bin/sh
		while pgrep -f '[_]_watch' >/dev/null; do sleep 0.1; done
		qvm-start --paused work
		udevadm settle
		sync
		sleep 3
	END
	cat >/tmp/again <<-'END'
		#!/bin/sh
		while pgrep -f '[_]_watch' >/dev/null; do sleep 0.1; done
		/tmp/three && udevadm settle
		sync
		sleep 1
	END
	chmod +x /tmp/up /tmp/again
	remove="lvremove -qq -y -f qvm/peer1 qvm/peer2 qvm/peer3"
	/lab/pair storage-stop 5 "qvm-kill work" /tmp/up "$remove" /tmp/again
	/lab/pair storage-stop-and-free 5 "qvm-kill --wait work" /tmp/up "$remove" /tmp/again
}

# clone_against NAME FROM INTO: `qvm-clone big clone` against dd of the volume FROM to INTO, past
# the cache. It holds just 256 MiB, which dd copies, block for block, and dd's time is taken
# times 40: `pair` does not know that, so the line is made here.
clone_against()
{
	/lab/pair "$1" 4 "qvm-clone big clone" /tmp/unclone \
		"dd if=$2 of=$3 bs=1M count=256 iflag=direct oflag=direct conv=fsync" /tmp/unclone |
		awk -v name="$1" '{
			match($0, /"ms": [0-9.]*/); ours = substr($0, RSTART + 6, RLENGTH - 6)
			match($0, /"peer_ms": [0-9.]*/); part = substr($0, RSTART + 11, RLENGTH - 11)
			printf "{\"name\": \"%s\", \"ms\": %s, \"peer_part_ms\": %s, \"peer_ms\": %.1f, \"ratio\": %.4f}\n",
				name, ours, part, part * 40, ours / (part * 40)
		}'
	/tmp/unclone
	qvm-remove -f --purge big
}

# big POOL: a template of 10 GiB in it.
big()
{
	qvm-clone -P "$1" tiny big
	qvm-volume resize big:root 10GiB
	head -c 268435456 /dev/urandom | qvm-volume import --no-resize big:root -
}

# In a pool of the driver `thin`. Its peer copies as much from volume to volume of LVM's pool on
# the same disk.
storage_clone_thin()
{
	lvcreate -qq -y -Wn -L 1G -n own qvm
	dd if=/dev/zero of=/dev/qvm/own bs=1M count=1 status=none
	lvcreate -qq -y -Wn -kn -V 1G -T qvm/pool -n from
	dd if=/dev/urandom of=/dev/qvm/from bs=1M count=256 oflag=direct status=none
	qvm-pool add own thin -o location=/dev/qvm/own
	big own
	clone_against storage-clone-10g-thin /dev/qvm/from /dev/qvm/into
	qvm-pool remove own
	lvremove -qq -y -f qvm/own qvm/from
}

# A template in a pool of each kind.
storage_clone()
{
	while pgrep -f '[_]_watch' >/dev/null; do sleep 0.1; done
	big default
	lvcreate -qq -y -Wn -kn -V 1G -T qvm/pool -n into
	cat >/tmp/unclone <<-'END'
		#!/bin/sh
		qvm-remove -f --purge clone 2>/dev/null
		if [ -e /dev/qvm/into ]; then blkdiscard /dev/qvm/into; else rm -f /mnt/reflink/into; fi
		sync
		sleep 1
	END
	chmod +x /tmp/unclone
	clone_against storage-clone-10g /dev/qvm/qvm-$(qvm-volume info big:root vid) /dev/qvm/into
	storage_clone_thin
	lvremove -qq -y -f qvm/into

	lvcreate -qq -y -Wy -L 2G -n reflink qvm
	mkfs.xfs -q /dev/qvm/reflink
	mkdir -p /mnt/reflink
	mount /dev/qvm/reflink /mnt/reflink
	mkdir -m 700 /mnt/reflink/pool
	qvm-pool add reflink reflink -o location=/mnt/reflink/pool
	big reflink
	clone_against storage-clone-10g-reflink \
		/mnt/reflink/pool/$(qvm-volume info big:root vid).img /mnt/reflink/into
	qvm-pool remove reflink
	umount /mnt/reflink
	lvremove -qq -y -f qvm/reflink
}

# The best of four rounds of each construction against each peer: time of ours to theirs.
storage_layer()
{
	lvcreate -qq -y -Wn -L 3G -n bench-store qvm
	lvcreate -qq -y -Wn -kn -V 1G -T qvm/pool -n origin
	dd if=/dev/urandom of=/dev/qvm/origin bs=1M count=256 oflag=direct status=none
	for round in 1 2 3 4; do
		lvcreate -qq -y -kn -s -n plain qvm/origin
		lvcreate -qq -y -kn -s -n crypt qvm/origin
		/lab/storage_layer /dev/qvm/bench-store /dev/qvm/origin /dev/qvm/plain /dev/qvm/crypt \
			run-snap-64k-direct run-snap-64k-plain
		lvremove -qq -y -f qvm/plain qvm/crypt
	done >/tmp/layer
	lvremove -qq -y -f qvm/bench-store qvm/origin
	against /tmp/layer layer run-snap-64k-direct thin-snapshot
	against /tmp/layer layer-plain run-snap-64k-plain thin-snapshot
	against /tmp/layer layer-cipher run-snap-64k-direct thin-snapshot-crypt
}

# against FILE NAME OURS PEER: a line of JSON for each measure in FILE: the best of either.
against()
{
	awk -v name="$2" -v ours="$3" -v peer="$4" '
		$4 == "KiB" { next }
		# As times: of an access, or of a MiB.
		{ t = $4 == "ms" ? $3 : 1000 / $3 }
		!(($1, $2) in best) || t < best[$1, $2] { best[$1, $2] = t }
		!($2 in seen) { seen[$2]; order[++n] = $2 }
		END {
			for (i = 1; i <= n; i++) {
				m = order[i]
				if ((ours, m) in best && (peer, m) in best)
					printf "{\"name\": \"%s-%s\", \"ms\": %.3f, \"peer_ms\": %.3f, \"ratio\": %.3f}\n",
						name, m, best[ours, m], best[peer, m], best[ours, m] / best[peer, m]
			}
		}' "$1"
}

# The same through blkback, in guests: an AppVM's root against that of a standalone domain,
# which is a plain thin snapshot of the same template.
storage_guest()
{
	mkdir /var/tmp/tree
	tar -C /var/tmp/tree -xf /usr/lib/qvm-lab/tiny.tar
	cp /lab/disk /var/tmp/tree/bin/disk
	head -c 268435456 /dev/urandom >/var/tmp/tree/data
	tar -C /var/tmp/tree -cf /var/tmp/measured.tar .
	qvm-template install --size 1GiB measured /var/tmp/measured.tar
	rm -rf /var/tmp/tree /var/tmp/measured.tar
	qvm-prefs measured virt_mode pv
	qvm-prefs measured memory 128
	qvm-prefs measured vcpus 1
	qvm-create -t measured -l red layered
	qvm-create -C StandaloneVM -t measured -l red standalone
	for round in 1 2 3; do
		for vm in layered standalone; do
			while pgrep -f '[_]_watch' >/dev/null; do sleep 0.1; done
			qvm-start $vm
			qvm-run --pass-io -u root $vm "disk $vm /data"
			qvm-kill $vm
		done
	done >/tmp/guests
	against /tmp/guests guest layered standalone
	while pgrep -f '[_]_watch' >/dev/null; do sleep 0.1; done
	qvm-remove -f --purge layered standalone measured
}

# storage_counts WHAT TRACE: requests to device-mapper, processes, programs and syncs in it.
storage_counts()
{
	count "dm-ioctls-per-$1" "$(grep -c 'ioctl(.*, DM_[A-Z_]*, .*= [0-9]' "$2")"
	count "children-per-$1" "$(grep -e 'clone' -e 'fork(' "$2" | grep -v CLONE_THREAD | grep -c '= [0-9][0-9]*$')"
	count "lvm-programs-per-$1" "$(grep -c 'execve(.*/lvm"' "$2" || true)"
	count "all-syncs-per-$1" "$(grep -c -e 'fsync(' -e 'fdatasync(' "$2" || true)"
}

# A stop: what the command asks for, and what the watcher does until the run's volumes are gone;
# and then with the revision, too.
storage_count()
{
	what=execve,fsync,fdatasync,clone,clone3,fork,vfork,ioctl
	while pgrep -f '[_]_watch' >/dev/null; do sleep 0.1; done
	strace -I 1 -f -qq -z -o /tmp/begun -e trace=$what qvm-start --paused work &
	tracer=$!
	while ! [ "$(qvm-ls --raw-data --fields=state work)" = Paused ]; do sleep 0.5; done
	sleep 3
	kill $tracer 2>/dev/null || true
	wait $tracer 2>/dev/null || true
	awk '/execve.*__watch.*hold/ { exit } { print }' /tmp/begun >/tmp/until
	storage_counts start /tmp/until
	strace -I 1 -f -qq -z -o /tmp/watcher -e trace=$what -p "$(pgrep -f '[_]_watch.*hold' | head -n 1)" &
	tracer=$!
	sleep 2
	strace -f -qq -z -o /tmp/command -e trace=$what qvm-kill work
	qvm-shutdown --wait work
	cat /tmp/watcher /tmp/command >/tmp/until
	while pgrep -f '[_]_watch' >/dev/null; do sleep 0.1; done
	wait $tracer 2>/dev/null || true
	storage_counts stop /tmp/until
	cat /tmp/watcher /tmp/command >/tmp/until
	storage_counts stop-and-revision /tmp/until
}

storage()
{
	storage_start
	storage_stop
	storage_count
	storage_clone
	storage_layer
	storage_guest
}

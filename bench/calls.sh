# SPDX-License-Identifier: GPL-2.0-or-later
# Part of lab.sh. Calls against libxenvchan alone (calls_peer.c), with rings of the same size
# and the same programs at their ends; many at once against as many in a row; and what one of
# them costs in dom0.

# processes COMMAND...: how many dom0 has made meanwhile.
processes()
{
	read -r before <<-END
		$(awk '$1 == "processes" { print $2 }' /proc/stat)
	END
	"$@" >&2
	awk -v before="$before" '$1 == "processes" { print $2 - before }' /proc/stat
}

# A script of the guest, from standard input.
guest_script() { qvm-run --pass-io -u root work "cat >$1; chmod +x $1"; }

# Files to the guest's private volume, against what carries as many bytes by the same call and
# has them on the disk as well when it says that it is done.
copies()
{
	mkdir -p /dev/shm/small
	# By one process: each one more takes its time under emulation.
	awk 'BEGIN {
		for (line = "x"; length(line) < 99;) line = line "x"
		for (i = 1; i <= 2000; i++) {
			file = "/dev/shm/small/" i
			printf "" >file
			for (n = i % 40; n; n--) print line >file
			close(file)
		}
	}'
	guest_script /bin/take <<-END
		#!/bin/sh
		dd of=in bs=65536 2>/dev/null && exec sync
	END
	guest_script /bin/untar <<-END
		#!/bin/sh
		tar -xf - && exec sync
	END
	cat >/tmp/untar <<-END
		#!/bin/sh
		tar -C /dev/shm -cf - small | $client user:untar
	END
	cat >/tmp/clear <<-END
		#!/bin/sh
		$client 'DEFAULT:rm -rf QubesIncoming in small; sync'
	END
	chmod +x /tmp/untar /tmp/clear
	/lab/pair copy-64m 4 "qvm-copy-to-vm work /dev/shm/zeroes" /tmp/clear \
		"</dev/shm/zeroes $client user:take" /tmp/clear
	/lab/pair copy-2000-small 3 "qvm-copy-to-vm work /dev/shm/small" /tmp/clear \
		/tmp/untar /tmp/clear
}

calls()
{
	qvm-start --skip-if-running work
	qvm-run work true
	guest_script /tmp/calls_peer </lab/calls_peer
	qvm-run -u root work '/tmp/calls_peer serve >/dev/null 2>&1 </dev/null &'
	id=$(xl domid work)
	client="qrexec-client -w 60 -d work"
	peer=/lab/calls_peer
	size=67108864
	guest_script /bin/spout <<-END
		#!/bin/sh
		exec dd if=/dev/zero bs=65536 count=1024 2>/dev/null
	END
	# As the peer does, in pieces of 64 KiB; busybox's cat takes 4.
	guest_script /bin/drain <<-END
		#!/bin/sh
		exec dd of=/dev/null bs=65536 2>/dev/null
	END
	head -c $size /dev/zero >/dev/shm/zeroes

	/lab/pair call 30 "$client DEFAULT:true" "" "$peer run $id" ""
	/lab/pair call-64-at-once 3 "$peer many 64 $client DEFAULT:true" "" \
		"$peer series 64 $client DEFAULT:true" ""
	/lab/pair call-in-64m 3 "</dev/shm/zeroes $client root:drain" "" \
		"</dev/shm/zeroes $peer in $id $size" ""
	/lab/pair call-out-64m 3 "$client root:spout" "" "$peer out $id $size" ""
	copies

	# Twenty calls, and what the same measurement counts without any.
	made=$(processes $peer series 20 $client DEFAULT:true)
	base=$(processes true)
	count processes-per-call $(((made - base) / 20))
	strace -qq -e trace=read -o /tmp/requests -p "$(pidof xenstored)" &
	tracer=$!
	sleep 1
	$peer series 4 $client DEFAULT:true
	kill $tracer
	wait $tracer 2>/dev/null || true
	count xenstore-operations-per-call $(($(grep -c ', 16) *= 16$' /tmp/requests) / 4))
}

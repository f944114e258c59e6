# SPDX-License-Identifier: GPL-2.0-or-later
# Part of lab.sh. Calls against libxenvchan alone (calls_peer.c), with rings of the same size;
# many at once against as many in a row; and what one of them costs in dom0.

# processes COMMAND...: how many dom0 has made meanwhile.
processes()
{
	read -r before <<-END
		$(awk '$1 == "processes" { print $2 }' /proc/stat)
	END
	"$@" >&2
	awk -v before="$before" '$1 == "processes" { print $2 - before }' /proc/stat
}

calls()
{
	qvm-start --skip-if-running work
	qvm-run work true
	qvm-run --pass-io -u root work 'cat >/tmp/calls_peer; chmod +x /tmp/calls_peer' </lab/calls_peer
	qvm-run -u root work '/tmp/calls_peer serve >/dev/null 2>&1 </dev/null &'
	id=$(xl domid work)
	client="qrexec-client -w 60 -d work"
	peer=/lab/calls_peer
	size=67108864
	qvm-run --pass-io -u root work 'cat >/bin/out; chmod +x /bin/out' <<-END
		#!/bin/sh
		exec dd if=/dev/zero bs=65536 count=1024 2>/dev/null
	END
	# As the peer does, in pieces of 64 KiB; busybox's cat takes 4.
	qvm-run --pass-io -u root work 'cat >/bin/in; chmod +x /bin/in' <<-END
		#!/bin/sh
		exec dd of=/dev/null bs=65536 2>/dev/null
	END
	head -c $size /dev/zero >/dev/shm/zeroes

	/lab/pair call 30 "$client DEFAULT:true" "" "$peer run $id" ""
	/lab/pair call-64-at-once 3 "$peer many 64 $client DEFAULT:true" "" \
		"$peer series 64 $client DEFAULT:true" ""
	/lab/pair call-in-64m 3 "</dev/shm/zeroes $client root:in" "" \
		"</dev/shm/zeroes $peer in $id $size" ""
	/lab/pair call-out-64m 3 "$client root:out" "" "$peer out $id $size" ""

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

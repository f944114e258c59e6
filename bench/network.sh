# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by lab.sh. network: client -> sys-fw -> sys-net as qvm joins them, against three
# domains of the same kind joined by plain xl, routed by hand, without rules; and the time
# of an attach.

domid() { qvm-prefs "$1" xid; }
ready() { in_vm "$1" true >/dev/null 2>&1; }

# join CLIENT SERVER NUMBER: an interface by plain xl; 10.77.NUMBER.1 is the server
join()
{
	c=$(domid "$1") s=$(domid "$2")
	# libxl waits ten seconds for the other domain, which may not be enough under emulation
	await 60 xl network-attach "$c" backend="$s" mac="00:16:3e:aa:00:0$3"
	node=$(xenstore-ls -f "/local/domain/$s/backend/vif/$c" | sed -n 's/\/handle = .*//p')
	await 20 in_vm "$2" "ifconfig vif$c.${node##*/} 10.77.$3.1 netmask 255.255.255.0 up"
	xenstore-write "$node/hotplug-status" connected
	await 20 in_vm "$1" "ifconfig eth0 10.77.$3.2 netmask 255.255.255.0 up"
}

make_plain()
{
	qvm-start p1 p2 p3
	for vm in p1 p2 p3; do await 120 ready $vm; done
	join p2 p1 1
	join p3 p2 2
	in_vm p1 'route add -net 10.77.2.0 netmask 255.255.255.0 gw 10.77.1.2'
	in_vm p2 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	in_vm p3 'route add default gw 10.77.2.1'
	await 60 pings p3 10.77.1.1
}

# rules N: of client, none of which is for what is measured
set_rules()
{
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		printf "action=drop dst4=10.66.%d.0/24 proto=tcp dstports=%d-%d\n", i % 256, i + 1, i + 1
		print "action=accept" }' >/tmp/rules
	id=$(qvm-prefs client qid)
	sqlite3 /var/lib/qvm/qvm.db "INSERT OR REPLACE INTO firewall (domain, rules)
		VALUES ($id, CAST(readfile('/tmp/rules') AS TEXT))"
	qvm-firewall -r client >/dev/null
	await 60 sh -c "[ \$(qvm-firewall --counters --json client | grep -c '\"packets\": [0-9]') -gt $1 ]"
}

# The least of nine, ours and the peer's by turns: what else happens only adds. Of many in one
# run it is their median, the last word: a guest's clock stands still at times, and the least
# of them is nothing then.
least() { awk '{ print $NF }' "$1" | sort -n | head -n 1; }
compare() # NAME COMMAND OURS-TO PEER-TO ARGUMENT
{
	: >/tmp/ours
	: >/tmp/peer
	for _ in 1 2 3 4 5 6 7 8 9; do
		in_vm client "/usr/bin/net_peer $2 $3 7000 $5" >>/tmp/ours || echo "$1: ours failed" >&2
		in_vm p3 "/usr/bin/net_peer $2 $4 7000 $5" >>/tmp/peer || echo "$1: the peer failed" >&2
	done
	awk -v name="$1" -v a="$(least /tmp/ours)" -v b="$(least /tmp/peer)" \
		-v unit="$([ "$2" = send ] && echo 1 || echo 1000)" 'BEGIN { if (a && b) printf \
		"{\"name\": \"%s\", \"ms\": %.2f, \"peer_ms\": %.2f, \"ratio\": %.3f}\n",
		name, a / unit, b / unit, a / b
		else print name ": nothing was measured" >"/dev/stderr" }'
}

attach()
{
	cat >/tmp/attach <<'END'
#!/bin/sh
# An interface of client, until it is connected.
qvm-prefs client netvm sys-fw
until xenstore-ls -f "/local/domain/$(xl domid sys-fw)/backend/vif" |
	grep -q 'hotplug-status = "connected"'; do :; done
END
	cat >/tmp/detach <<'END'
#!/bin/sh
qvm-prefs client netvm none
sleep 2
END
	cat >/tmp/xl-attach <<'END'
#!/bin/sh
xl network-attach p3 script=vif-route ip=10.88.0.2 mac=00:16:3e:aa:00:99
END
	cat >/tmp/xl-detach <<'END'
#!/bin/sh
xl network-detach p3 00:16:3e:aa:00:99 || true
sleep 2
END
	chmod +x /tmp/attach /tmp/detach /tmp/xl-attach /tmp/xl-detach
	modprobe xen-netback
	# The stock script asks for the address of dom0's eth0, and sets its own by ifconfig.
	ln -s "$(command -v busybox)" /usr/sbin/ifconfig
	ip link add eth0 type dummy 2>/dev/null || ip link add eth0 type bridge
	ip addr add 10.99.0.1/24 dev eth0
	ip link set eth0 up
	/lab/pair network-attach 5 /tmp/attach /tmp/detach /tmp/xl-attach /tmp/xl-detach
}

network()
{
	. /lab/lib.sh
	. /lab/net_lib.sh
	make_net_template >&2
	server='-t net-tiny -l red --prop provides_network=True'
	qvm-create $server --prop netvm=none sys-net
	qvm-create $server --prop netvm=sys-net sys-fw
	qvm-create -t net-tiny -l green --prop netvm=sys-fw client
	for vm in p1 p2 p3; do qvm-create -t net-tiny -l gray --prop netvm=none $vm; done
	qvm-start client >&2
	make_plain >&2
	await 240 serves sys-net
	in_vm sys-net 'nft insert rule inet qvm input iifname "vif*" accept' >&2
	for vm in sys-net p1; do
		in_vm $vm 'net_peer serve 7000 >/dev/null 2>&1 </dev/null &' >&2
	done
	to=$(qvm-prefs sys-net ip)
	await 60 pings client "$to"
	for rules in 0 10 1000; do
		set_rules $rules >&2
		compare network-16m-rules-$rules send "$to" 10.77.1.1 16
		compare network-trip-rules-$rules echo "$to" 10.77.1.1 500
		compare network-open-rules-$rules open "$to" 10.77.1.1 100
	done
	set_rules 0 >&2 # the peer's interface has none either
	attach
}

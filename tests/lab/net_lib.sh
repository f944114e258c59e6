# SPDX-License-Identifier: GPL-2.0-or-later
# A template of network domains: tiny, with nft and its libraries, and the kernel's modules for
# netback and nftables, all from dom0, whose kernel the guests share.
net_modules='xen-netback nf_tables nft_flow_offload nf_flow_table_inet nft_ct nft_nat nft_masq nft_chain_nat nft_reject_inet
	nft_fib_inet nft_log nft_limit nf_log_syslog nf_conntrack'

# net_more: further modules, as for a network card.
copy_in() { mkdir -p "$1/$(dirname "$2")" && cp -L "$2" "$1/$2"; }

make_net_template()
{
	dir=$(mktemp -d)
	tar -x -C "$dir" -f /usr/lib/qvm-lab/tiny.tar
	nft=$(readlink -f "$(command -v nft)")
	copy_in "$dir" "$nft"
	ln -sf "$nft" "$dir/usr/bin/nft" 2>/dev/null
	for lib in $(ldd "$nft" | grep -o '/[^ ]*'); do
		copy_in "$dir" "$lib"
	done
	for program in fetch names frames net_peer; do
		[ ! -e /lab/$program ] || install -m 755 /lab/$program "$dir/usr/bin/$program"
	done
	mkdir -p "$dir/modules"
	for module in $net_modules ${net_more-}; do
		modprobe --show-depends "$module"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$1]++' | while read -r file; do
		cp "$file" "$dir/modules/"
		echo "${file##*/}" >>"$dir/modules/order"
	done
	cat >"$dir/etc/qvm/start.d/10-net" <<-'END'
		#!/bin/sh
		while read -r module; do
			insmod "/modules/$module" 2>/dev/null
		done </modules/order
	END
	chmod +x "$dir/etc/qvm/start.d/10-net"
	tar -c -C "$dir" -f /tmp/net-tiny.tar .
	rm -rf "$dir"
	qvm-template install net-tiny /tmp/net-tiny.tar && light net-tiny
}

# work and other behind sys-fw, that behind sys-net, and that behind world, which plays the
# outside with a web server and name servers; W is its address. other is told that it has
# another address.
make_chain()
{
	make_net_template || return
	server='-t net-tiny -l red --prop provides_network=True'
	qvm-create $server --prop netvm=none world &&
		qvm-create $server --prop netvm=world sys-net &&
		qvm-create $server --prop netvm=sys-net sys-fw &&
		qvm-create -t net-tiny -l green --prop netvm=sys-fw work &&
		qvm-create -t net-tiny -l blue --prop netvm=sys-fw other || return
	for vm in world sys-net sys-fw; do
		qvm-features $vm ipv6 1 || return
	done
	qvm-features other net.fake-ip 192.168.7.7 &&
		qvm-features other net.fake-gateway 192.168.7.1 || return
	check "a domain is started with all that it has its network from" qvm-start work other
	for vm in world sys-net sys-fw work other; do
		await 120 is_up $vm || log $vm | tail -n 20
	done
	W=$(ip_of world)
	await 240 serves world
	in_vm world "mkdir /tmp/www; echo hello >/tmp/www/index.html; httpd -h /tmp/www -p 80
		httpd -h /tmp/www -p 81; nft insert rule inet qvm input iifname 'vif*' accept
		for server in 10.139.1.1 10.139.1.2; do
			ip address add \$server/32 dev lo
			names serve \$server web.example $W >/dev/null 2>&1 </dev/null &
		done"
	await 60 pings work "$W"
}

in_vm() { timeout 60 qvm-run -p -u root "$@"; }
ip_of() { qvm-prefs "$1" ip; }
pings() { in_vm "$1" "ping -c 1 -W 5 $2" >/dev/null 2>&1; }
# fetch VM ADDRESS[:PORT]
fetch()
{
	case $2 in
	*:*) in_vm "$1" "fetch ${2%:*} ${2##*:}" 2>/dev/null ;;
	*) in_vm "$1" "fetch $2 80" 2>/dev/null ;;
	esac
}
fetches() { [ "$(fetch "$1" "$2")" = hello ]; }
unless() { ! "$@"; }
frames() { in_vm "$1" "cat /sys/class/net/eth0/statistics/$2" | tr -d '\r'; }

# Its agent has made the tables.
serves() { in_vm "$1" 'nft list chain inet qvm denied' >/dev/null 2>&1; }

# What the domains have said, where something has failed.
show_logs()
{
	[ "$failures" = 0 ] || for vm; do
		echo "# --- $vm"
		log "$vm" | tail -n 25 | sed 's/^/# /'
		in_vm "$vm" 'ps | grep -e qvm -e nft; nft list tables; ifconfig -a | grep -e addr: -e vif -e eth
			dmesg | grep -v hvc | tail -n 15' 2>&1 </dev/null | sed 's/^/# /'
	done
}

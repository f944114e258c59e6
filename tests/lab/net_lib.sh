# SPDX-License-Identifier: GPL-2.0-or-later
# A template of network domains: tiny, with nft and its libraries, and the kernel's modules for
# netback and nftables, all from dom0, whose kernel the guests share.
net_modules='xen-netback nf_tables nft_ct nft_nat nft_masq nft_chain_nat nft_reject_inet
	nft_fib_inet nft_log nft_limit nf_log_syslog nf_conntrack'

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
	install -m 755 /lab/fetch "$dir/usr/bin/fetch"
	mkdir -p "$dir/modules"
	for module in $net_modules; do
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

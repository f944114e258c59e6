#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [BUILD]
# The guest's qvm-net as a network domain, in network namespaces in place of interfaces of
# Xen, with the real packet filter: what a client may send, its rules, names, ports led in,
# and that nothing passes before the rules are there. Needs root; else nothing is run.
#
# Here is the network domain (10.137.0.2); `work` (10.137.0.7) and `other` (10.137.0.8) are
# its clients, and `out` (10.55.0.1) is outside.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-$here/../../build}" && pwd)
if [ "${QVM_NETNS-}" != inside ]; then
	if ! unshare -nmpf true 2>/dev/null || ! PATH=$PATH:/usr/sbin command -v nft >/dev/null; then
		echo "# no network namespaces, or no nft: not run"
		echo "netns: 0 passed, 0 failed"
		exit 0
	fi
	QVM_NETNS=inside exec unshare -nmpf --kill-child --mount-proc \
		--propagation private sh "$0" "$build"
fi
PATH=$PATH:/usr/sbin:/sbin
failed=0 passed=0
work=$(mktemp -d)
mount -t tmpfs none /run && mkdir /run/xenstored /run/netns
: >"$work/resolv"
[ -e /etc/resolv.conf ] && mount --bind "$work/resolv" /etc/resolv.conf
socket=/run/xenstored/socket
home=/local/domain/2

check() # TEXT COMMAND...
{
	text=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		passed=$((passed + 1))
		echo "ok $text"
	else
		failed=$((failed + 1))
		echo "not ok $text"
		sed 's/^/# /' "$work/said"
	fi
}
same() # TEXT WANTED GOT
{
	[ "$2" = "$3" ] && check "$1" true || check "$1: '$3', not '$2'" false
}
not() { ! "$@"; }
await() # SECONDS COMMAND...
{
	tries=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}
store() { python3 "$here/store.py" "$1" $socket "$2"; }
put() { python3 "$here/store.py" set $socket "$@"; }
in_ns() { ip netns exec "$@"; }
peer() { ns=$1; shift; in_ns "$ns" timeout 20 python3 "$here/peer.py" "$@"; }

# ---- who is there ----
ip link set lo up
for ns in work other third out; do
	ip netns add $ns
	ip -n $ns link set lo up
done
client() # NAME DOMID: a new interface, as when netback has seen the client
{
	ip link add "vif$2.2" address fe:ff:ff:ff:ff:ff type veth \
		peer name eth0 address "00:16:3e:5e:00:0$2" netns "$1"
}
# What the client's own qvm-net does.
set_up() # NAME DOMID
{
	ip -n "$1" link set eth0 up
	ip -n "$1" addr add "10.137.0.$2/32" dev eth0
	ip -n "$1" addr add "fd09::$2/128" dev eth0 nodad
	ip -n "$1" neigh add 10.137.0.2 lladdr fe:ff:ff:ff:ff:ff dev eth0
	ip -n "$1" neigh add fd09::2 lladdr fe:ff:ff:ff:ff:ff dev eth0
	ip -n "$1" route add 10.137.0.2 dev eth0
	ip -n "$1" route add default via 10.137.0.2 dev eth0 onlink
	ip -n "$1" -6 route add fd09::2 dev eth0
	ip -n "$1" -6 route add default via fd09::2 dev eth0
}
attach() # DOMID [IPS [MAC]]: dom0 connects it
{
	dir=$home/backend/vif/$1/2
	put "$dir/mac=${3-00:16:3e:5e:00:0$1}" "$dir/ip=${2-10.137.0.$1 fd09::$1}" \
		"$dir/online=1"
}
detach() { put "$home/backend/vif/$1="; }
version=0
rules() # DOMID RULE...
{
	at=$home/qubes-firewall/10-137-0-$1
	shift
	version=$((version + 1))
	all=$(printf '%s\n' "$@")
	put "$at=" "$at/policy=drop" "$at/0000=$all" "$at=$version" \
		"$home/qubes-firewall-version=$version"
}
is_open() { [ "$(store get "$home/backend/vif/$1/2/hotplug-status")" = connected ]; }
is_refused() { [ "$(store get "$home/backend/vif/$1/2/hotplug-status")" = error ]; }
is_up() { ip link show "vif$1.2" | grep -q ,UP; }

cat >"$work/names" <<END
web.example=10.55.0.1
gone.example=10.55.0.99
moved.example=10.55.0.1
END
ip link add up0 type veth peer name eth0 netns out
ip addr add 10.55.0.2/24 dev up0
ip addr add fd55::2/64 dev up0 nodad
ip link set up0 up
ip -n out addr add 10.55.0.1/24 dev eth0
ip -n out addr add fd55::1/64 dev eth0 nodad
ip -n out link set eth0 up
ip netns exec out python3 "$here/peer.py" serve 10.55.0.1 80 81 &
ip netns exec out python3 "$here/peer.py" names 10.55.0.1 "$work/names" &
echo 'nameserver 10.55.0.1' >"$work/resolv"

# nft as the agent finds it: each run is noted, and does what the test wants.
mkdir "$work/bin"
nft=$(command -v nft)
cat >"$work/bin/nft" <<END
#!/bin/sh
echo run >>$work/runs
[ ! -e $work/slow ] || sleep 0.3
[ ! -e $work/broken ] || exit 1
exec $nft "\$@"
END
chmod +x "$work/bin/nft"
runs() { wc -l <"$work/runs"; }

python3 "$here/store.py" serve $socket $home &
await 20 test -S $socket
PATH=$work/bin:$PATH "$build/modules/qvm-agent" qvm-net 2>"$work/log" &
agent=$!
. "$here/cases.sh"

kill $(jobs -p) 2>/dev/null
[ "$failed" = 0 ] || sed 's/^/# /' "$work/log" | tail -n 30
rm -rf "$work"
echo "netns: $passed passed, $failed failed"
[ "$failed" = 0 ]

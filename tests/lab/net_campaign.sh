# SPDX-License-Identifier: GPL-2.0-or-later
# Networks of domains: work and other behind sys-fw, that behind sys-net, and that behind
# world, which plays the outside.
# needs: tests/lab/net_lib.sh
# builds: tests/lab/fetch.c
# timeout: 900
. /lab/lib.sh
. /lab/net_lib.sh

make_net_template || exit 1
server='-t net-tiny -l red --prop provides_network=True'
qvm-create $server --prop netvm=none world &&
	qvm-create $server --prop netvm=world sys-net &&
	qvm-create $server --prop netvm=sys-net sys-fw &&
	qvm-create -t net-tiny -l green --prop netvm=sys-fw work &&
	qvm-create -t net-tiny -l blue --prop netvm=sys-fw other || exit 1
check "a domain is started with all that it has its network from" qvm-start work other
same "dom0 has no interface" lo "$(ls /sys/class/net | grep -v bonding_masters)"
for vm in world sys-net sys-fw work other; do
	await 120 is_up $vm || log $vm | tail -n 20
done
W=$(ip_of world)
await 240 serves world
in_vm world 'mkdir /tmp/www; echo hello >/tmp/www/index.html; httpd -h /tmp/www -p 80
	httpd -h /tmp/www -p 81; nft insert rule inet qvm input iifname "vif*" accept'

# ---- through the chain ----
check "through three hops" await 60 pings work "$W"
check "HTTP" await 30 fetches work "$W"
same "the address is its own, the host name too" "$(ip_of work) work" \
	"$(in_vm work 'ifconfig eth0 | sed -n "s/.*inet addr:\([0-9.]*\).*/\1/p"; hostname' |
		tr -d '\r' | paste -sd' ')"
check "no other client is reached" unless pings work "$(ip_of other)"
check "nor a network domain's own services" unless fetches work "$(ip_of sys-fw)"

# ---- a client pretends ----
before=$(frames sys-fw tx_packets)
in_vm work "ifconfig eth0:1 $(ip_of other); ping -c 3 -W 1 -I $(ip_of other) $W
	ifconfig eth0:1 10.9.9.9; ping -c 3 -W 1 -I 10.9.9.9 $W; ifconfig eth0:1 down" >/dev/null 2>&1
in_vm work "ifconfig eth0 down; ifconfig eth0 hw ether 00:16:3e:5e:77:77; ifconfig eth0 up
	ip route add $(ip_of sys-fw) dev eth0; ip route add default via $(ip_of sys-fw)
	ping -c 3 -W 1 $W" >/dev/null 2>&1
same "nothing of it passes" "$before" "$(frames sys-fw tx_packets)"
check "and its rules have counted it" in_vm sys-fw \
	'nft list chain inet qvm from-client | grep "counter packets [1-9]"'
check "the interface is renewed" sh -c 'qvm-prefs work netvm none && qvm-prefs work netvm sys-fw'
check "and works" await 60 fetches work "$W"

# ---- rules ----
check "a rule" qvm-firewall work add --before 0 drop "$W" tcp 81
check "denies at once" await 10 unless fetches work "$W:81"
check "only what it says" fetches work "$W"
check "and only to its domain" fetches other "$W:81"
qvm-firewall work del --rule-no 0
check "and no longer" await 10 fetches work "$W:81"
qvm-firewall work add --before 0 drop "$W" tcp 81 expire=+15
check "one that expires" await 10 unless fetches work "$W:81"
check "expires" await 40 fetches work "$W:81"
qvm-firewall work del --rule-no 0

# ---- restarts ----
check "restart of a network domain" qvm-restart sys-net
check "heals" await 120 fetches work "$W"
check "so does that of the firewall" qvm-restart sys-fw
check "for all its clients" await 120 fetches work "$W"
check "and the other" await 60 fetches other "$W"
qvm-kill sys-fw
check "a killed one takes the network along" unless fetches work "$W"
qvm-start sys-fw
check "until it is back" await 120 fetches work "$W"

# ---- ports led in ----
in_vm work 'mkdir /tmp/www; echo hello >/tmp/www/index.html; httpd -h /tmp/www -p 80'
check "a port is led in" qvm-firewall work forward add tcp 8080 to=80
check "through every hop" await 30 fetches world "$(ip_of sys-net):8080"
qvm-firewall work forward reset
check "and no more" await 10 unless fetches world "$(ip_of sys-net):8080"

# ---- the end ----
qvm-shutdown --wait work other sys-fw sys-net world
same "nothing is left in xenstore" "" "$(xenstore-ls -f / | grep -e vif -e qubes-)"
show_logs world sys-net sys-fw work
finish

# SPDX-License-Identifier: GPL-2.0-or-later
# Networks of domains, in short: work and other behind sys-fw, that behind sys-net, which
# plays the outside too. What a client may send is in net_campaign.sh, and in tests/netns.
# needs: tests/lab/net_lib.sh
# builds: tests/lab/fetch.c
# timeout: 700
. /lab/lib.sh
. /lab/net_lib.sh

make_net_template || exit 1
server='-t net-tiny -l red --prop provides_network=True'
qvm-create $server --prop netvm=none sys-net &&
	qvm-create $server --prop netvm=sys-net sys-fw &&
	qvm-create -t net-tiny -l green --prop netvm=sys-fw work || exit 1
check "a domain is started with all that it has its network from" qvm-start work
same "dom0 has no interface" lo "$(ls /sys/class/net | grep -v bonding_masters)"
W=$(qvm-prefs sys-net ip)
check "a network domain has its tables" await 240 serves sys-net
in_vm sys-net 'mkdir /tmp/www; echo hello >/tmp/www/index.html; httpd -h /tmp/www -p 80
	httpd -h /tmp/www -p 81; nft insert rule inet qvm input iifname "vif*" accept'
check "HTTP through the chain" await 120 fetches work "$W"
check "qvm-net sees the link" sh -c "qvm-net --json work | grep -q '\"link\": true'"

check "a rule" qvm-firewall work add --before 0 drop "$W" tcp 81
check "denies at once" await 30 unless fetches work "$W:81"
check "only what it says" fetches work "$W"

# ---- what is accepted goes by the short way, until rules change ----
heard() { in_vm sys-net 'wc -c </tmp/heard' | tr -d '\r'; }
grows() { [ "$(heard)" != "$(sleep 2; heard)" ]; }
in_vm sys-net '(sleep 1000 | nc -l -p 90) >/tmp/heard 2>/dev/null </dev/null &'
in_vm work "(while echo x; do usleep 100000; done | nc $W 90) >/dev/null 2>&1 </dev/null &"
check "a connection goes by the short way" await 60 in_vm sys-fw 'grep "dport=90 .*OFFLOAD" /proc/net/nf_conntrack'
check "and what it sends arrives" grows
check "a rule against it" qvm-firewall work add --before 0 drop "$W" tcp 90
check "cuts it at once" await 30 unless grows

check "restart of a network domain" qvm-restart sys-fw
check "heals" await 120 fetches work "$W"
check "and its rules are there again" unless fetches work "$W:81"
show_logs sys-net sys-fw work
finish

# SPDX-License-Identifier: GPL-2.0-or-later
# Network domains end and begin, and clients change them; ports are led in; one port of another
# domain without any network.
# needs: tests/lab/net_lib.sh
# builds: tests/lab/fetch.c
# builds: tests/lab/names.c
# timeout: 900
. /lab/lib.sh
. /lab/net_lib.sh

make_chain || exit 1
check "HTTP" await 30 fetches work "$W"

# ---- switches ----
check "directly behind another" qvm-prefs work netvm sys-net
check "it works" await 60 fetches work "$W"
check "back" qvm-prefs work netvm sys-fw
check "works too" await 60 fetches work "$W"
check "at once off and on" sh -c 'for i in 1 2 3; do
	qvm-prefs work netvm none && qvm-prefs work netvm sys-fw || exit 1; done'
check "and it works" await 60 fetches work "$W"
refused "no domain is behind itself" 7 "loop" qvm-prefs sys-net netvm sys-fw

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
# It dies in the middle of an attach.
qvm-prefs work netvm none
(sleep 0.3; xl destroy sys-fw) &
qvm-prefs work netvm sys-fw
wait
await 60 is Halted sys-fw
qvm-start sys-fw
check "one that dies while a client comes" await 120 fetches work "$W"

# ---- ports led in ----
in_vm work 'mkdir /tmp/www; echo hello >/tmp/www/index.html; httpd -h /tmp/www -p 80'
check "a port is led in" qvm-firewall work forward add tcp 8080 to=80
check "through every hop" await 30 fetches world "$(ip_of sys-net):8080"
qvm-firewall work forward reset
check "and no more" await 10 unless fetches world "$(ip_of sys-net):8080"

# ---- a port without a network ----
qvm-prefs other netvm none
echo 'qubes.ConnectTCP +80 other work allow' >/etc/qubes/policy.d/30-tcp.policy
echo 'qubes.UpdatesProxy * other @default allow target=sys-net' >>/etc/qubes/policy.d/30-tcp.policy
in_vm other 'ifconfig lo up; qvm-connect-tcp 8000:work:80 >/dev/null 2>&1 </dev/null & sleep 3'
check "a port of another domain" await 30 fetches other 127.0.0.1:8000
in_vm other 'qvm-connect-tcp 8001:work:81 >/dev/null 2>&1 </dev/null & sleep 3'
check "none that the policy does not name" unless fetches other 127.0.0.1:8001
in_vm sys-net 'mkdir -p /tmp/www; echo hello >/tmp/www/index.html; httpd -h /tmp/www -p 127.0.0.1:8082'
same "updates through a proxy" hello "$(in_vm other 'qvm-updates-proxy fetch 127.0.0.1 8082' | tr -d '\r')"

# ---- the end ----
qvm-shutdown --wait work other sys-fw sys-net world
same "nothing is left in xenstore" "" "$(xenstore-ls -f / | grep -e vif -e qubes-)"
show_logs world sys-net sys-fw work
finish

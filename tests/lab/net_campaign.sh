# SPDX-License-Identifier: GPL-2.0-or-later
# What a client of a network domain reaches, what it may send, and its rules, on real netfront
# and netback.
# needs: tests/lab/net_lib.sh
# builds: tests/lab/fetch.c
# builds: tests/lab/names.c
# builds: tests/lab/frames.c
# timeout: 900
. /lab/lib.sh
. /lab/net_lib.sh

make_chain || exit 1
same "dom0 has no interface" lo "$(ls /sys/class/net | grep -v bonding_masters)"

# ---- through the chain ----
check "through three hops" await 60 pings work "$W"
check "HTTP" await 30 fetches work "$W"
same "a name" "$W" "$(in_vm work 'names ask 10.139.1.1 web.example' | tr -d '\r')"
same "by the second server too" "$W" "$(in_vm work 'names ask 10.139.1.2 web.example' | tr -d '\r')"
check "none that there is not" sh -c '[ "$(qvm-run -p work "names ask 10.139.1.1 no.example; echo =\$?" | tr -d "\r")" = =1 ]'
same "the address is its own, the host name too" "$(ip_of work) work" \
	"$(in_vm work 'ifconfig eth0 | sed -n "s/.*inet addr:\([0-9.]*\).*/\1/p"; hostname' |
		tr -d '\r' | paste -sd' ')"
check "a client with an address that it has not" await 30 fetches other "$W"
same "knows no other" 192.168.7.7 "$(in_vm other 'ifconfig eth0 | sed -n "s/.*inet addr:\([0-9.]*\).*/\1/p"' | tr -d '\r')"
check "no other client is reached" unless pings work "$(ip_of other)"
check "nor a network domain's own services" unless fetches work "$(ip_of sys-fw)"
check "IPv6 through three hops" in_vm work "ping -6 -c 1 -W 10 $(qvm-prefs world ip6)"

# ---- a client lies ----
keys="mac=$(qvm-prefs work mac) ip=$(ip_of work) ip6=$(qvm-prefs work ip6)
	other=$(ip_of other) other6=$(qvm-prefs other ip6) other_mac=$(qvm-prefs other mac)
	gw=$(ip_of sys-fw) gw6=$(qvm-prefs sys-fw ip6) to=$W to6=$(qvm-prefs world ip6)"
keys=$(echo $keys)
other_vif=$(in_vm sys-fw "ls /sys/class/net | grep vif$(qvm-prefs other xid)" | tr -d '\r')
in_vm sys-fw "frames hear eth0 $other_vif >/tmp/heard 2>&1 </dev/null & sleep 2"
in_vm work "frames send 3 eth0 $keys"
sleep 3
same "of all kinds of frames only honest ones pass" "honest4 honest6" \
	"$(in_vm sys-fw 'pkill frames 2>/dev/null || killall frames; sleep 1; cat /tmp/heard' |
		tr -d '\r' | sed -n 's/ [1-9][0-9]*$//p' | paste -sd' ')"
check "others are counted" in_vm sys-fw 'nft list ruleset | grep "counter packets [1-9].*drop"'
in_vm sys-fw 'frames hear eth0 >/tmp/heard 2>&1 </dev/null & sleep 2'
in_vm work "frames flood 100 eth0 $keys >/dev/null 2>&1 </dev/null &"
for i in 1 2 3 4 5 6 7 8 9 10; do
	qvm-prefs work netvm none && qvm-prefs work netvm sys-fw || break
	await 30 pings work "$W" || break
done
same "interfaces came and went" 10 "$i"
same "rules are there before a frame passes" "honest4 honest6" \
	"$(in_vm sys-fw 'killall frames; sleep 1; cat /tmp/heard' | tr -d '\r' |
		sed -n 's/ [1-9][0-9]*$//p' | paste -sd' ')"
in_vm work 'killall frames'
in_vm work "ifconfig eth0 down; ifconfig eth0 hw ether 00:16:3e:5e:77:77; ifconfig eth0 up"
check "another MAC reaches nothing" unless pings work "$W"
check "the interface is renewed" sh -c 'qvm-prefs work netvm none && qvm-prefs work netvm sys-fw'
check "and works" await 60 fetches work "$W"

# ---- rules ----
check "a rule" qvm-firewall work add --before 0 drop "$W" tcp 81
check "denies at once" await 10 unless fetches work "$W:81"
same "and says so" =1 "$(in_vm work "fetch $W 81; echo =\$?" | tr -d '\r')"
check "only what it says" fetches work "$W"
check "and only to its domain" fetches other "$W:81"
qvm-firewall work del --rule-no 0
check "and no longer" await 10 fetches work "$W:81"
qvm-firewall work add --before 0 drop "$W" tcp 81 expire=+15
check "one that expires" await 10 unless fetches work "$W:81"
check "expires" await 40 fetches work "$W:81"
qvm-firewall work del --rule-no 0
qvm-firewall work reset && qvm-firewall work del --rule-no 0 &&
	qvm-firewall work add accept specialtarget=dns &&
	qvm-firewall work add accept web.example tcp 80 log=yes
check "a name stands for its address" await 30 fetches work "$W"
check "and for its port only" unless fetches work "$W:81"
check "it is counted" sh -c "qvm-firewall --counters work | grep web.example | grep -q '[1-9]'"
check "and logged" in_vm sys-fw 'dmesg | grep "qvm .*IN=vif"'
qvm-firewall work add --before 0 accept nowhere.example
check "a name without address says so" await 60 sh -c "grep -q 'nowhere.example' /var/log/qvm/guest-sys-fw.log"
check "and hinders no other" fetches work "$W"
qvm-firewall work reset
check "all is allowed again" await 20 fetches work "$W:81"
show_logs world sys-net sys-fw work
finish

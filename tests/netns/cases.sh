# SPDX-License-Identifier: GPL-2.0-or-later
# Part of run.sh.

# ---- the tables ----
put $home/qubes-netvm-network=10.137.0.2 $home/qubes-netvm-gateway=10.137.0.2 \
	$home/qubes-netvm-gateway6=fd09::2 $home/qubes-vm-type=NetVM
check "a network domain has its tables" await 20 nft list chain inet qvm denied
await 20 grep -q 1 /proc/sys/net/ipv4/ip_forward
same "and passes packets on then" 1 "$(cat /proc/sys/net/ipv4/ip_forward)"

# ---- interfaces ----
client work 7
attach 7
sleep 2 # the short way for connections is made in that time, or found to be none
check "without rules an interface stays closed" not is_up 7
before=$(runs)
rules 7 action=accept
check "with them it opens" await 20 is_open 7
check "and is up" is_up 7
same "one process for it" 1 $(($(runs) - before))
set_up work 7
client other 8
rules 8 action=accept
attach 8
await 20 is_open 8
set_up other 8
check "the way out" peer work fetch 10.55.0.1 80
check "and its reply under the outer address" peer other fetch 10.55.0.1 80
same "a name" 10.55.0.1 "$(peer work resolve 10.139.1.1 web.example)"
ip netns exec other python3 "$here/peer.py" serve 10.137.0.8 80 >/dev/null 2>&1 &
server=$!
sleep 0.5
check "no client reaches another" eval 'peer work fetch 10.137.0.8 80; [ $? = 2 ]'
check "nor the network domain" eval 'peer work fetch 10.137.0.2 80; [ $? = 1 ]'
kill $server

# ---- a client that lies ----
${CC:-cc} -D_GNU_SOURCE -O2 -static -o "$work/frames" "$here/../lab/frames.c"
keys='mac=00:16:3e:5e:00:07 ip=10.137.0.7 ip6=fd09::7 other=10.137.0.8 other6=fd09::8
	other_mac=00:16:3e:5e:00:08 gw=10.137.0.2 gw6=fd09::2 to=10.55.0.1 to6=fd55::1'
hear() # INTERFACE...: until `heard`
{
	"$work/frames" hear "$@" >"$work/heard" &
	hearing=$!
	sleep 0.5
}
# The kinds that came; what was not wanted comes back in a message that says so.
heard()
{
	kill $hearing
	wait $hearing
	sed -n 's/ [1-9][0-9]*$//p' "$work/heard" | paste -sd' '
}
cat /proc/net/arp >"$work/neighbours"
hear up0 vif8.2
in_ns work "$work/frames" send 3 eth0 $keys >/dev/null
sleep 1
same "of all kinds of frames only honest ones pass" "honest4 honest6" "$(heard)"
same "and nobody is taken for another" "$(cat "$work/neighbours")" "$(cat /proc/net/arp)"

# ---- rules ----
rules 7 'action=drop dst4=10.55.0.1/32 proto=tcp dstports=81-81' action=accept
check "a rule denies, and says so" await 10 eval 'peer work fetch 10.55.0.1 81; [ $? = 1 ]'
check "what it names only" peer work fetch 10.55.0.1 80
check "and its client only" peer other fetch 10.55.0.1 81
peer work hold 10.55.0.1 80 >"$work/held" 2>&1 &
holder=$!
await 10 grep -q held "$work/held"
rules 7 'action=drop dst4=10.55.0.1/32' action=accept
check "a connection that is denied by now is cut" await 15 not kill -0 $holder
rules 7 "action=drop proto=tcp dstports=80-80 expire=$(($(date +%s) + 20))" action=accept
check "one that expires" await 10 eval 'peer work fetch 10.55.0.1 80; [ $? = 1 ]'
check "does so by itself" await 60 peer work fetch 10.55.0.1 80
rules 7 action=accept\ dsthost=web.example\ proto=tcp action=accept\ dsthost=none.example
check "a name stands for its address" await 15 peer work fetch 10.55.0.1 80
check "one that has none says so" await 20 grep -q "'none.example' has no address" "$work/log"
rules 7 'action=accept dsthost=gone.example proto=tcp'
check "and for no other" await 10 eval 'peer work fetch 10.55.0.1 80; [ $? = 1 ]'
rules 7 'action=accept dsthost=moved.example proto=tcp'
check "a name that will move" await 15 peer work fetch 10.55.0.1 80
sed -i 's/^moved.*/moved.example=10.55.0.99/' "$work/names"
check "is asked for again when its answer is old" await 30 not peer work fetch 10.55.0.1 80
rules 7 'action=accept specialtarget=dns'
await 10 eval 'peer work fetch 10.55.0.1 80; [ $? = 1 ]'
same "name servers only" 10.55.0.1 "$(peer work resolve 10.139.1.2 web.example)"
rules 7 'action=accept proto=icmp icmptype=8' 
check "types of icmp" await 10 peer work ping 10.55.0.1
rules 7 'action=accept dst6=fd55::/64'
check "IPv6" await 10 peer work ping fd55::1
check "and nothing else" eval 'peer work fetch 10.55.0.1 80; [ $? = 1 ]'
rules 7 'action=accept proto=carrier-pigeon'
check "what is no rule denies all" await 10 not peer work ping fd55::1

# ---- many ----
at=$home/qubes-firewall/10-137-0-7
mkdir "$work/many"
awk 'BEGIN { for (i = 0; i < 1000; i++)
	printf "action=drop dst4=10.66.%d.0/24 proto=tcp dstports=%d-%d\n", i % 256, i + 1, i + 1 }' |
	(cd "$work/many" && split -d -a 4 -l 15)
put "$at=" "$at/policy=drop"
for file in "$work/many"/x*; do
	put "$at/${file##*/x}=$(cat "$file")"
done
change_rule() # TEXT: in front of all of them, and whether it acts
{
	version=$((version + 1))
	put "$at/0000=$1" "$at=$version" "$home/qubes-firewall-version=$version"
}
of_agent() { cut -d' ' -f14-17 "/proc/$agent/stat" | tr ' ' + | sed 's/$/ 0/;s/ 0$//'; }
change_rule 'action=accept'
check "behind 1000 rules" await 30 peer work fetch 10.55.0.1 80
before=$(($(of_agent)))
for i in 1 2 3 4 5; do
	change_rule 'action=drop'
	await 10 eval 'nft list ruleset | grep -A 2 "chain fw-10-137-0-7-" | grep -q "[0-9] goto denied"'
	change_rule 'action=accept'
	await 10 eval '! nft list ruleset | grep -q "^		counter .*[0-9] goto denied comment"'
done
sleep 1
spent=$(($(of_agent) - before)) # hundredths of a second, for ten of them
echo "# work of one change at 1000 rules: $spent ms of processor time"
check "a change at 1000 rules takes less than 100 ms" test $spent -lt 100
check "the last of ten changes acts" await 10 peer work fetch 10.55.0.1 80
rules 7 action=accept

# ---- ports led in ----
ip netns exec work python3 "$here/peer.py" serve 10.137.0.7 80 >/dev/null 2>&1 &
put "$home/qubes-forward/0000=10.137.0.7 proto=tcp port=8080 to=80"
check "a port is led in" await 10 peer out fetch 10.55.0.2 8080
put "$home/qubes-forward/0000="
check "and no more" await 10 not peer out fetch 10.55.0.2 8080

# ---- the agent's own end ----
kill -9 $agent
check "without the agent all stays as it is" peer work fetch 10.55.0.1 80
PATH=$work/bin:$PATH "$build/modules/qvm-agent" qvm-net 2>>"$work/log" &
agent=$!
sleep 2
check "a new one takes over" await 20 peer work fetch 10.55.0.1 80
detach 8
check "what is gone is gone from the filter" await 20 eval '! nft list ruleset | grep -q 10.137.0.8'

# ---- what dom0 would never say ----
client third 9
rules 9 action=accept
attach 9 '10.137.0.7'
check "who has another's address" await 10 grep -q 'vif9.2.*another has its address' "$work/log"
check "stays closed" not is_up 9
detach 9
for bad in '10.137.0.9;drop' '10.137.0' 'fd09::9' ''; do
	attach 9 "$bad"
	check "'$bad' as an address: closed" await 10 is_refused 9
	detach 9
	sleep 0.5
done
attach 9 10.137.0.9 '00:16:3e:5e:00:9'
check "half a MAC: closed" await 10 is_refused 9
check "and down" not is_up 9
detach 9
ip link del vif9.2

# ---- another address than it believes ----
client third 9
put "$home/mapped-ip/10-137-0-9/visible-ip=192.168.7.7"
rules 9 action=accept
attach 9
await 20 is_open 9
ip -n third link set eth0 up
ip -n third addr add 192.168.7.7/32 dev eth0
ip -n third neigh add 192.168.7.1 lladdr fe:ff:ff:ff:ff:ff dev eth0
ip -n third route add 192.168.7.1 dev eth0
ip -n third route add default via 192.168.7.1 dev eth0 onlink
check "a client with an address of its own choice" peer third fetch 10.55.0.1 80
check "gets answers of all kinds" peer third ping 10.55.0.1
ip -n third addr add 10.137.0.9/32 dev eth0
check "and has no other" not in_ns third ping -c 1 -W 1 -I 10.137.0.9 10.55.0.1
detach 9
ip link del vif9.2
await 10 eval '! nft list ruleset | grep -q 192.168.7.7'
check "nothing is left of it" eval '! nft list ruleset | grep -q 192.168.7.7'

# ---- before the carrier ----
: >"$work/broken"
detach 7
ip link del vif7.2
client work 7
attach 7
sleep 2
check "where the filter fails the interface stays closed" not is_up 7
rm "$work/broken"
check "until it does not" await 20 is_open 7
: >"$work/slow"
ip netns exec work "$work/frames" flood 600 eth0 $keys >"$work/flood" &
flood=$!
hear up0
opened=0
for i in $(seq 50); do
	detach 7
	ip link del vif7.2
	client work 7
	attach 7
	await 20 is_open 7 && opened=$((opened + 1))
done
sleep 1
rm "$work/slow"
kill $flood
same "50 times opened" 50 $opened
same "under a flood only honest frames passed" "honest4 honest6" "$(heard)"

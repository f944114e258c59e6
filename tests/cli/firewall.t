@ base
$ qvm-firewall work
NO  ACTION  HOST  PROTOCOL  PORT(S)  SPECIAL TARGET  ICMP TYPE  EXPIRE  LOG  COMMENT
 0  accept  -     -         -        -               -          -       -    -
$ qvm-firewall work add accept example.com tcp 443
$ qvm-firewall work add --before 0 drop dst4=10.0.0.0/8 'comment=the inside: [none]'
$ qvm-firewall work add accept specialtarget=dns
$ qvm-firewall work add accept ::1 icmp 128 log=yes expire=4000000000
$ qvm-firewall work list
NO  ACTION  HOST         PROTOCOL  PORT(S)  SPECIAL TARGET  ICMP TYPE  EXPIRE      LOG  COMMENT
 0  drop    10.0.0.0/8   -         -        -               -          -           -    the inside: [none]
 1  accept  -            -         -        -               -          -           -    -
 2  accept  example.com  tcp       443      -               -          -           -    -
 3  accept  -            -         -        dns             -          -           -    -
 4  accept  ::1          icmp      -        -               128        4000000000  yes  -
$ qvm-firewall work list --raw
action=drop dst4=10.0.0.0/8 comment=the inside: [none]
action=accept
action=accept dsthost=example.com proto=tcp dstports=443-443
action=accept specialtarget=dns
action=accept dst6=::1/128 proto=icmp icmptype=128 expire=4000000000 log=yes
$ qvm-firewall --json work | head -20
{
  "schema": "qvm-firewall/1",
  "vm": "work",
  "rules": [
    {
      "no": 0,
      "action": "drop",
      "host": "10.0.0.0/8",
      "protocol": null,
      "ports": null,
      "special_target": null,
      "icmp_type": null,
      "expire": null,
      "log": null,
      "comment": "the inside: [none]"
    },
    {
      "no": 1,
      "action": "accept",
      "host": null,
$ qvm-firewall work del --rule-no 1
$ qvm-firewall work del accept specialtarget=dns
$ qvm-firewall work del accept specialtarget=dns
qvm-firewall: 'work' has no such rule
? 5
$ qvm-firewall work del --rule-no 9
qvm-firewall: 'work' has no rule number 9
? 5
$ qvm-firewall work add --before 9 drop
qvm-firewall: 'work' has no rule number 9
? 5
$ qvm-firewall --raw work
action=drop dst4=10.0.0.0/8 comment=the inside: [none]
action=accept dsthost=example.com proto=tcp dstports=443-443
action=accept dst6=::1/128 proto=icmp icmptype=128 expire=4000000000 log=yes
# what is no rule
$ qvm-firewall work add accept example.com sctp
qvm-firewall: bad rule 'action=accept dsthost=example.com proto=sctp': proto is tcp, udp or icmp
? 7
$ qvm-firewall work add accept example.com tcp 80 81
qvm-firewall: '81' is one word too many
usage: qvm-firewall [OPTION...] VMNAME [ACTION [RULE]]
? 2
$ qvm-firewall work add dsthost=example.com
qvm-firewall: bad rule 'dsthost=example.com': there is no action
? 7
$ qvm-firewall work add accept 1.2.3.4 icmp 300
qvm-firewall: bad rule 'action=accept dsthost=1.2.3.4 proto=icmp icmptype=300': icmptype is a number from 0 to 255
? 7
$ qvm-firewall work add accept expire=+soon
qvm-firewall: expire=+soon: not a number of seconds from now
usage: qvm-firewall [OPTION...] VMNAME [ACTION [RULE]]
? 2
$ qvm-firewall work add
qvm-firewall: add wants a rule
usage: qvm-firewall [OPTION...] VMNAME [ACTION [RULE]]
? 2
$ qvm-firewall work del
qvm-firewall: del wants a rule or --rule-no
usage: qvm-firewall [OPTION...] VMNAME [ACTION [RULE]]
? 2
$ qvm-firewall work list --before 1
qvm-firewall: --before goes with add only
usage: qvm-firewall [OPTION...] VMNAME [ACTION [RULE]]
? 2
$ qvm-firewall work paint
qvm-firewall: 'paint' is not list, add, del, reset or forward
usage: qvm-firewall [OPTION...] VMNAME [ACTION [RULE]]
? 2
$ qvm-firewall nosuch
qvm-firewall: no such domain: 'nosuch'
? 4
$ qvm-firewall dom0 add drop
qvm-firewall: 'dom0' has no network
? 7
# nothing is changed
$ qvm-firewall --dry-run work add accept 1.2.3.4 tcp 80-90
add chain inet qvm ok-10-137-0-3
flush chain inet qvm ok-10-137-0-3
add rule inet qvm ok-10-137-0-3 ct mark set 2 accept
 # 0001: example.com is not resolved
add chain inet qvm fw-10-137-0-3-f8f86158e3a4b394
add rule inet qvm fw-10-137-0-3-f8f86158e3a4b394 ip daddr 10.0.0.0/8 counter goto denied comment "0a94898d"
add rule inet qvm fw-10-137-0-3-f8f86158e3a4b394 ip6 daddr ::1/128 icmpv6 type 128 limit rate 10/second log prefix "qvm 10.137.0.3 2 accept: "
add rule inet qvm fw-10-137-0-3-f8f86158e3a4b394 ip6 daddr ::1/128 icmpv6 type 128 counter goto ok-10-137-0-3 comment "460086c5"
add rule inet qvm fw-10-137-0-3-f8f86158e3a4b394 ip daddr 1.2.3.4/32 tcp dport 80-90 counter goto ok-10-137-0-3 comment "7270b7ac"
add chain inet qvm fw-10-137-0-3
flush chain inet qvm fw-10-137-0-3
add rule inet qvm fw-10-137-0-3 ct state established,related ct mark 2 goto pass
add rule inet qvm fw-10-137-0-3 jump fw-10-137-0-3-f8f86158e3a4b394
add rule inet qvm fw-10-137-0-3 counter goto denied
$ qvm-firewall --raw work
action=drop dst4=10.0.0.0/8 comment=the inside: [none]
action=accept dsthost=example.com proto=tcp dstports=443-443
action=accept dst6=::1/128 proto=icmp icmptype=128 expire=4000000000 log=yes
# copies have the same rules
$ qvm-clone work copy
$ qvm-firewall --raw copy
action=drop dst4=10.0.0.0/8 comment=the inside: [none]
action=accept dsthost=example.com proto=tcp dstports=443-443
action=accept dst6=::1/128 proto=icmp icmptype=128 expire=4000000000 log=yes
$ qvm-firewall work reset
$ qvm-firewall --raw work
action=accept
# all denied
$ qvm-firewall work del --rule-no 0
$ qvm-firewall --raw work
$ qvm-firewall --dry-run --json work
{
  "schema": "qvm-firewall-plan/1",
  "vm": "work",
  "nft": "add chain inet qvm ok-10-137-0-3\nflush chain inet qvm ok-10-137-0-3\nadd rule inet qvm ok-10-137-0-3 ct mark set 2 accept\nadd chain inet qvm fw-10-137-0-3\nflush chain inet qvm fw-10-137-0-3\nadd rule inet qvm fw-10-137-0-3 ct state established,related ct mark 2 goto pass\nadd rule inet qvm fw-10-137-0-3 counter goto denied\n",
  "rules": [
  ]
}
# who runs is told
$ qvm-start work
$ qvm-firewall work add accept 9.9.9.9
$ wires | grep '^key 1.*10-137-0-3'
key 1 qubes-firewall/10-137-0-3 VERSION
key 1 qubes-firewall/10-137-0-3/0000 action=accept dst4=9.9.9.9/32
key 1 qubes-firewall/10-137-0-3/policy drop
$ echo 'fail set_keys "no room in xenstore"' >>$QVM_ROOT/run/qvm/fake-xen
$ qvm-firewall -r work
qvm-firewall: it is changed, but not yet in force: no room in xenstore
? 16
$ sed -i /^fail/d $QVM_ROOT/run/qvm/fake-xen
# ports led in, through every hop
$ qvm-create -l red --prop provides_network=True sys-fw
$ qvm-prefs work netvm sys-fw
$ qvm-start sys-fw
$ qvm-firewall work forward add tcp 8080 to=80 from=192.168.0.0/16
$ qvm-firewall work forward add udp 53
$ qvm-firewall vault forward add tcp 8080
qvm-firewall: port 8080 of tcp is led to 'work' already
? 6
$ qvm-firewall work forward
NO  PROTOCOL  PORT  TO  FROM
 0  tcp       8080  80  192.168.0.0/16
 1  udp         53  53  -
$ wires | grep forward
key 1 qubes-forward 
key 1 qubes-forward/0000 10.137.0.8 proto=tcp port=8080 to=8080 from=192.168.0.0/16
key 1 qubes-forward/0001 10.137.0.8 proto=udp port=53 to=53
key 3 qubes-forward 
key 3 qubes-forward/0000 10.137.0.3 proto=tcp port=8080 to=80
key 3 qubes-forward/0001 10.137.0.3 proto=udp port=53 to=53
$ qvm-firewall work forward del --rule-no 1
$ qvm-firewall work forward list --json
{
  "schema": "qvm-firewall-forward/1",
  "vm": "work",
  "ports": [
    {
      "no": 0,
      "protocol": "tcp",
      "port": 8080,
      "to": 80,
      "from": "192.168.0.0/16"
    }
  ]
}
$ qvm-firewall work forward del udp 53
qvm-firewall: 'work' has no such port led in
? 5
$ qvm-firewall work forward add icmp 53
qvm-firewall: bad rule 'proto=icmp port=53 ': only proto=, port=, to= and from=; proto is tcp or udp
? 7
$ qvm-firewall work forward reset
$ wires | grep forward
key 1 qubes-forward 
key 3 qubes-forward 

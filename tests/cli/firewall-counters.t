@ base
# What each rule has met is asked of the network domain's agent.
$ qvm-firewall work add --before 0 drop 1.2.3.4 tcp 81
$ qvm-firewall work add accept example.com
$ qvm-firewall --counters work
qvm-firewall: 'sys-net' has no agent that answers
? 21
$ qvm-start work
$ qvm-firewall --counters work
qvm-firewall: 'sys-net' has no agent that answers
? 21
$ printf '#!/bin/sh\n[ "$1" = 10-137-0-3 ] && echo rule 9390741f 3 180 && echo rule 12249d45 7 9000 && echo rule 12249d45 1 1000' | answers sys-net 1 qvm.NetStat
$ qvm-firewall --dry-run work | grep -o '"........"'
"9390741f"
"12249d45"
$ qvm-firewall --counters work
NO  ACTION  HOST         PROTOCOL  PORT(S)  SPECIAL TARGET  ICMP TYPE  EXPIRE  LOG  COMMENT  PACKETS  BYTES
 0  drop    1.2.3.4      tcp       81       -               -          -       -    -              3    180
 1  accept  -            -         -        -               -          -       -    -              8  10000
 2  accept  example.com  -         -        -               -          -       -    -              -      -
$ qvm-firewall --counters --json work | sed -n '/"no": 0/,/}/p'
      "no": 0,
      "action": "drop",
      "host": "1.2.3.4",
      "protocol": "tcp",
      "ports": "81",
      "special_target": null,
      "icmp_type": null,
      "expire": null,
      "log": null,
      "comment": null,
      "packets": 3,
      "bytes": 180
    },
$ qvm-firewall --counters vault
qvm-firewall: 'vault' has no network domain
? 21
# links and their bytes
$ printf '#!/bin/sh\necho link vif2.1 up 1000 2000; echo link eth0 down 1 2' >rpc/qvm.NetStat
$ qvm-net work
NAME  STATE    NETVM    IP          IP6  MAC                INTERFACE  UP    SENT  RECEIVED  RULES  PORTS
work  Running  sys-net  10.137.0.3  -    00:16:3e:5e:00:03  vif2.1     True  1000      2000      3      0
# an answer that is none counts nothing
$ printf '#!/bin/sh\necho rule 9390741f -3 x; echo hello' >rpc/qvm.NetStat
$ qvm-firewall --counters work
NO  ACTION  HOST         PROTOCOL  PORT(S)  SPECIAL TARGET  ICMP TYPE  EXPIRE  LOG  COMMENT  PACKETS  BYTES
 0  drop    1.2.3.4      tcp       81       -               -          -       -    -              -      -
 1  accept  -            -         -        -               -          -       -    -              -      -
 2  accept  example.com  -         -        -               -          -       -    -              -      -
$ echo 'exit 1' >rpc/qvm.NetStat
$ qvm-firewall --counters work
qvm-firewall: 'sys-net' does not say how its network is
? 21
$ qvm-firewall --counters work add drop
qvm-firewall: --counters goes with list only
usage: qvm-firewall [OPTION...] VMNAME [ACTION [RULE]]
? 2

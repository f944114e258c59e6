@ base
# The tree of networks; links and bytes are said by network domains that have an agent.
$ qvm-net
NAME     STATE   NETVM    IP          IP6  MAC                INTERFACE  UP  SENT  RECEIVED  RULES  PORTS
sys-net  Halted  -        10.137.0.2  -    -                  -          -      -         -      -      -
`-alone  Halted  sys-net  10.137.0.5  -    00:16:3e:5e:00:05  -          -      -         -      1      0
`-dvm    Halted  sys-net  10.137.0.6  -    00:16:3e:5e:00:06  -          -      -         -      1      0
`-work   Halted  sys-net  10.137.0.3  -    00:16:3e:5e:00:03  -          -      -         -      1      0
$ qvm-create -l red --prop provides_network=True --prop netvm=sys-net sys-fw
$ qvm-prefs work netvm sys-fw
$ qvm-firewall work add --before 0 drop 1.2.3.4
$ qvm-firewall work forward add tcp 8080 to=80
$ qvm-net
NAME      STATE   NETVM    IP          IP6  MAC                INTERFACE  UP  SENT  RECEIVED  RULES  PORTS
sys-net   Halted  -        10.137.0.2  -    -                  -          -      -         -      -      -
`-alone   Halted  sys-net  10.137.0.5  -    00:16:3e:5e:00:05  -          -      -         -      1      0
`-dvm     Halted  sys-net  10.137.0.6  -    00:16:3e:5e:00:06  -          -      -         -      1      0
`-sys-fw  Halted  sys-net  10.137.0.7  -    00:16:3e:5e:00:07  -          -      -         -      1      0
  `-work  Halted  sys-fw   10.137.0.3  -    00:16:3e:5e:00:03  -          -      -         -      2      1
$ qvm-start work
$ qvm-net --registry work
NAME  STATE    NETVM   IP          IP6  MAC                INTERFACE  UP  SENT  RECEIVED  RULES  PORTS
work  Running  sys-fw  10.137.0.3  -    00:16:3e:5e:00:03  -          -      -         -      2      1
$ qvm-net -q
NAME      STATE    NETVM    IP          IP6  MAC                INTERFACE  UP  SENT  RECEIVED  RULES  PORTS
sys-net   Running  -        10.137.0.2  -    -                  -          -      -         -      -      -
`-alone   Halted   sys-net  10.137.0.5  -    00:16:3e:5e:00:05  -          -      -         -      1      0
`-dvm     Halted   sys-net  10.137.0.6  -    00:16:3e:5e:00:06  -          -      -         -      1      0
`-sys-fw  Running  sys-net  10.137.0.7  -    00:16:3e:5e:00:07  -          -      -         -      1      0
  `-work  Running  sys-fw   10.137.0.3  -    00:16:3e:5e:00:03  -          -      -         -      2      1
$ qvm-net work --json
qvm-net: warning: 'sys-fw' has no agent that answers
{
  "schema": "qvm-net/1",
  "domains": [
    {
      "name": "work",
      "state": "Running",
      "netvm": "sys-fw",
      "ip": "10.137.0.3",
      "ip6": null,
      "mac": "00:16:3e:5e:00:03",
      "interface": null,
      "link": null,
      "sent": null,
      "received": null,
      "rules": 2,
      "ports": 1
    }
  ]
}
$ qvm-net nosuch
qvm-net: no such domain: 'nosuch'
? 4
$ qvm-net --paint
qvm-net: unknown option '--paint'
usage: qvm-net [OPTION...] [VMNAME...]
? 2

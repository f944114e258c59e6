@ base
$ qvm-ls
NAME     STATE    CLASS         LABEL  TEMPLATE  NETVM
alone    Halted   StandaloneVM  blue   -         sys-net
dom0     Running  AdminVM       black  -         -
dvm      Halted   AppVM         gray   tiny      sys-net
sys-net  Halted   AppVM         red    tiny      -
tiny     Halted   TemplateVM    black  -         -
vault    Halted   AppVM         black  tiny      -
work     Halted   AppVM         green  tiny      sys-net
$ qvm-ls work vault
NAME   STATE   CLASS  LABEL  TEMPLATE  NETVM
vault  Halted  AppVM  black  tiny      -
work   Halted  AppVM  green  tiny      sys-net
$ qvm-ls 'sys-*'
NAME     STATE   CLASS  LABEL  TEMPLATE  NETVM
sys-net  Halted  AppVM  red    tiny      -
$ qvm-ls '[!sw]*' --raw-list
alone
dom0
dvm
tiny
vault
$ qvm-ls 'nothing*'
NAME  STATE  CLASS  LABEL  TEMPLATE  NETVM
$ qvm-ls nosuch
qvm-ls: no such domain: 'nosuch'
? 4
$ qvm-ls --all --exclude work --exclude 'sys-*' --raw-list
alone
dvm
tiny
vault
$ qvm-ls --exclude work
qvm-ls: --exclude goes with --all only
usage: qvm-ls [OPTION...] [VMNAME...]
? 2
$ qvm-ls --format network
NAME     STATE    NETVM    IP          IPBACK      GATEWAY
alone    Halted   sys-net  10.137.0.5  10.137.0.2  10.137.0.2
dom0     Running  -        -           -           -
dvm      Halted   sys-net  10.137.0.6  10.137.0.2  10.137.0.2
sys-net  Halted   -        10.137.0.2  -           -
tiny     Halted   -        10.137.0.1  -           -
vault    Halted   -        10.137.0.4  -           -
work     Halted   sys-net  10.137.0.3  10.137.0.2  10.137.0.2
$ qvm-ls -n work
NAME  STATE   NETVM    IP          IPBACK      GATEWAY
work  Halted  sys-net  10.137.0.3  10.137.0.2  10.137.0.2
$ qvm-ls -k work
NAME  STATE   CLASS  TEMPLATE  KERNEL  KERNELOPTS
work  Halted  AppVM  tiny      kernel  swiotlb=2048
$ qvm-ls -d work
NAME  STATE   DISK  PRIV-CURR  PRIV-MAX  PRIV-USED  ROOT-CURR  ROOT-MAX  ROOT-USED
work  Halted     0          0      2048          0          -     10240          -
$ qvm-ls -o prefs work
NAME  LABEL  TEMPLATE  NETVM    VCPUS  INITIALMEM  MAXMEM  VIRT_MODE
work  green  tiny      sys-net      2         400    4000  pvh
$ qvm-ls -o full work
NAME  STATE   CLASS  LABEL  QID  XID  UUID
work  Halted  AppVM  green    3    -  UUID
$ qvm-ls -o nosuch
qvm-ls: there is no format 'nosuch'; --help-formats lists them
usage: qvm-ls [OPTION...] [VMNAME...]
? 2
$ qvm-ls -O name,nosuch
qvm-ls: column 'nosuch': no such property: 'nosuch'
? 5
$ qvm-ls -O ,
qvm-ls: no column is named
usage: qvm-ls [OPTION...] [VMNAME...]
? 2
$ qvm-ls -O Name,qrexec_timeout,debug,flags,tags
NAME     QREXEC_TIMEOUT  DEBUG  FLAGS     TAGS
alone                60  False  s-U-----  -
dom0                  -  -      0rU-----  -
dvm                  60  False  a-------  -
sys-net              60  False  a--N----  -
tiny                 60  False  t-U-----  -
vault                60  False  a-------  -
work                 60  False  a-------  -
$ qvm-ls --raw-data work
work|Halted|AppVM|green|tiny|sys-net
$ qvm-ls --json -O name,qid,debug,template work
{
  "schema": "qvm-ls/1",
  "domains": [
    {
      "name": "work",
      "qid": 3,
      "debug": false,
      "template": "tiny"
    }
  ]
}
$ qvm-ls --tree
NAME     STATE    CLASS         LABEL  TEMPLATE  NETVM
dom0     Running  AdminVM       black  -         -
sys-net  Halted   AppVM         red    tiny      -
`-alone  Halted   StandaloneVM  blue   -         sys-net
`-dvm    Halted   AppVM         gray   tiny      sys-net
`-work   Halted   AppVM         green  tiny      sys-net
tiny     Halted   TemplateVM    black  -         -
vault    Halted   AppVM         black  tiny      -
$ qvm-ls --tree --raw-list
dom0
sys-net
alone
dvm
work
tiny
vault
$ qvm-ls --help-formats
simple   NAME,STATE,CLASS,LABEL,TEMPLATE,NETVM
network  NAME,STATE,NETVM,IP,IPBACK,GATEWAY
kernel   NAME,STATE,CLASS,TEMPLATE,KERNEL,KERNELOPTS
full     NAME,STATE,CLASS,LABEL,QID,XID,UUID
prefs    NAME,LABEL,TEMPLATE,NETVM,VCPUS,INITIALMEM,MAXMEM,VIRT_MODE
disk     NAME,STATE,DISK,PRIV-CURR,PRIV-MAX,PRIV-USED,ROOT-CURR,ROOT-MAX,ROOT-USED

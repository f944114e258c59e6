@ base
$ qvm-prefs work memory 1000
$ qvm-prefs vault memory 90
$ qvm-ls -O name,initialmem --sort initialmem
NAME     INITIALMEM
vault            90
alone           400
dvm             400
sys-net         400
tiny            400
work           1000
dom0              -
$ qvm-ls -O name,initialmem --sort InitialMem --reverse
NAME     INITIALMEM
work           1000
alone           400
dvm             400
sys-net         400
tiny            400
vault            90
dom0              -
$ qvm-ls -O name,label --sort label
NAME     LABEL
dom0     black
tiny     black
vault    black
alone    blue
dvm      gray
work     green
sys-net  red
$ qvm-ls --reverse --raw-list
work
vault
tiny
sys-net
dvm
dom0
alone
$ qvm-ls --sort disk
qvm-ls: --sort disk: that column is not shown
usage: qvm-ls [OPTION...] [VMNAME...]
? 2
$ qvm-ls --tree --sort name
qvm-ls: --tree and --sort exclude each other
usage: qvm-ls [OPTION...] [VMNAME...]
? 2

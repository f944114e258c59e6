@ base
$ qvm-apps
qvm-apps: too few arguments
usage: qvm-apps [OPTION...] VMNAME [run APP]
? 2
$ qvm-apps work start x
qvm-apps: there is no action 'start'
usage: qvm-apps [OPTION...] VMNAME [run APP]
? 2
$ qvm-apps work run
qvm-apps: no application is named
usage: qvm-apps [OPTION...] VMNAME [run APP]
? 2
$ qvm-apps --hidden work run x
qvm-apps: --hidden goes with the list only
usage: qvm-apps [OPTION...] VMNAME [run APP]
? 2
$ qvm-apps nosuch
qvm-apps: no such domain: 'nosuch'
? 4
$ qvm-apps dom0
qvm-apps: 'dom0' is the AdminVM: run it here
? 7
$ qvm-apps -n work
qvm-apps: 'work' is Halted
? 9
$ qvm-apps work run '../x'
qvm-apps: bad name of an application '../x'
? 7
$ qvm-apps -n work run x
qvm-apps: 'work' is Halted
? 9

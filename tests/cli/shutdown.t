@ base
$ qvm-start work vault
$ qvm-shutdown sys-net
qvm-shutdown: cannot shut down 'sys-net': 'work' runs and has its network from it
? 10
$ qvm-shutdown --dry-run sys-net work
VM        ACTION        OBJECT
sys-net   shutdown      Running
work      shutdown      Running
$ qvm-shutdown --wait work sys-net
$ qvm-ls --fields name,state work sys-net vault
NAME     STATE
sys-net  Halted
vault    Running
work     Halted
$ qvm-shutdown --wait work
$ qvm-shutdown --wait --all
$ qvm-ls --running --raw-list
dom0
$ qvm-shutdown nosuch
qvm-shutdown: no such domain: 'nosuch'
? 4
$ qvm-shutdown dom0
qvm-shutdown: 'dom0' is the AdminVM: it is neither paused nor ended here
? 7
$ qvm-shutdown --timeout soon work
qvm-shutdown: --timeout takes a number from 1 to 86400, not 'soon'
usage: qvm-shutdown [OPTION...] VMNAME...
? 2
$ qvm-shutdown --timeout 0 work
qvm-shutdown: --timeout takes a number from 1 to 86400, not '0'
usage: qvm-shutdown [OPTION...] VMNAME...
? 2
$ qvm-shutdown
qvm-shutdown: no domain is named
usage: qvm-shutdown [OPTION...] VMNAME...
? 2

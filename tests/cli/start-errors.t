@ base
$ qvm-start
qvm-start: no domain is named
usage: qvm-start [OPTION...] VMNAME...
? 2
$ qvm-start nosuch
qvm-start: no such domain: 'nosuch'
? 4
$ qvm-start work nosuch
qvm-start: no such domain: 'nosuch'
? 4
$ qvm-start dom0
qvm-start: cannot start 'dom0': it is the AdminVM
? 7
$ qvm-start -c work vault
qvm-start: --console needs exactly one domain
usage: qvm-start [OPTION...] VMNAME...
? 2
$ qvm-start -c --paused work
qvm-start: --console and --paused exclude each other
usage: qvm-start [OPTION...] VMNAME...
? 2
$ qvm-start --all work
qvm-start: --all and names exclude each other
usage: qvm-start [OPTION...] VMNAME...
? 2
$ qvm-start --exclude work vault
qvm-start: --exclude goes with --all only
usage: qvm-start [OPTION...] VMNAME...
? 2
$ qvm-start --all --exclude nosuch
qvm-start: no such domain: 'nosuch'
? 4
$ qvm-start 'nothing*'
$ qvm-start "$(printf 'no\nsuch')"
qvm-start: no such domain: 'no?such'
? 4

@ base
$ qvm-console
qvm-console: too few arguments
usage: qvm-console [OPTION...] VMNAME
? 2
$ qvm-console work
qvm-console: 'work' does not run
? 9
$ qvm-console nosuch
qvm-console: no such domain: 'nosuch'
? 4
$ qvm-console a b
qvm-console: too many arguments: 'b'
usage: qvm-console [OPTION...] VMNAME
? 2

@ base
$ qvm-clone
qvm-clone: too few arguments
usage: qvm-clone [OPTION...] VMNAME NEWNAME
? 2
$ qvm-clone work
qvm-clone: too few arguments
usage: qvm-clone [OPTION...] VMNAME NEWNAME
? 2
$ qvm-clone work a b
qvm-clone: too many arguments: 'b'
usage: qvm-clone [OPTION...] VMNAME NEWNAME
? 2
$ qvm-clone nosuch copy
qvm-clone: no such domain: 'nosuch'
? 4
$ qvm-clone work vault
qvm-clone: cannot create 'vault': the name is taken
? 6
$ qvm-clone work ../x
qvm-clone: bad domain name '../x': it must begin with a letter
? 7
$ qvm-clone dom0 copy
qvm-clone: cannot clone 'dom0': it is the AdminVM
? 7
$ qvm-clone -C DispVM work copy
qvm-clone: cannot clone 'work': AppVM cannot become DispVM
? 7
$ qvm-clone -C Cat work copy
qvm-clone: unknown class 'Cat': TemplateVM, AppVM, StandaloneVM and DispVM are known
? 5
$ qvm-clone -P nosuch work copy
qvm-clone: no such pool: 'nosuch'
? 5
$ qvm-clone -P default -p root=default work copy
qvm-clone: -P and --pool exclude each other
usage: qvm-clone [OPTION...] VMNAME NEWNAME
? 2

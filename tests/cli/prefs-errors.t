@ base
$ qvm-prefs
qvm-prefs: no domain is named
usage: qvm-prefs [OPTION...] VMNAME [PROPERTY [VALUE]]
? 2
$ qvm-prefs nosuch
qvm-prefs: no such domain: 'nosuch'
? 4
$ qvm-prefs nosuch memory 10
qvm-prefs: no such domain: 'nosuch'
? 4
$ qvm-prefs work memroy
qvm-prefs: no such property: 'memroy' (did you mean 'memory'?)
? 5
$ qvm-prefs work memroy 10
qvm-prefs: no such property: 'memroy' (did you mean 'memory'?)
? 5
$ qvm-prefs work memory 10 20
qvm-prefs: too many arguments: '20'
usage: qvm-prefs [OPTION...] VMNAME [PROPERTY [VALUE]]
? 2
$ qvm-prefs -D work
qvm-prefs: --default needs one property and no value
usage: qvm-prefs [OPTION...] VMNAME [PROPERTY [VALUE]]
? 2
$ qvm-prefs -D work memory 10
qvm-prefs: --default needs one property and no value
usage: qvm-prefs [OPTION...] VMNAME [PROPERTY [VALUE]]
? 2
$ qvm-prefs --dry-run work memory
qvm-prefs: --dry-run goes with a change only
usage: qvm-prefs [OPTION...] VMNAME [PROPERTY [VALUE]]
? 2
$ qvm-prefs tiny template
qvm-prefs: 'tiny' has no property 'template': it is a TemplateVM
? 5
$ qvm-prefs tiny template work
qvm-prefs: TemplateVMs have no property 'template'
? 5
$ qvm-prefs work default_netvm
qvm-prefs: no such property: 'default_netvm' (did you mean 'default_dispvm'?)
? 5
$ qvm-prefs dom0 memory 100
qvm-prefs: AdminVMs have no property 'memory'
? 5

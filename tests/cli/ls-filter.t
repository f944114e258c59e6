@ base
$ qvm-start vault
$ qvm-pause vault
$ qvm-start work
$ qvm-tags work add client
$ qvm-features work internal 1
$ qvm-features vault servicevm ''
$ qvm-ls --raw-list --running
dom0
sys-net
work
$ qvm-ls --raw-list --paused --halted
alone
dvm
tiny
vault
$ qvm-ls --raw-list --class TemplateVM,StandaloneVM
alone
tiny
$ qvm-ls --raw-list --class Cat
qvm-ls: unknown class 'Cat': TemplateVM, AppVM, StandaloneVM and DispVM are known
? 5
$ qvm-ls --raw-list --label red,black
dom0
sys-net
tiny
vault
$ qvm-ls --raw-list --label 1
sys-net
$ qvm-ls --raw-list --label mauve
qvm-ls: there is no label 'mauve'
? 5
$ qvm-ls --raw-list --tags client,other
work
$ qvm-ls --raw-list --exclude-tags client --class AppVM
dvm
sys-net
vault
$ qvm-ls --raw-list --template-source tiny
dvm
sys-net
vault
work
$ qvm-ls --raw-list --netvm-is sys-net
alone
dvm
work
$ qvm-ls --raw-list --netvm-is none --class AppVM
sys-net
vault
$ qvm-ls --raw-list --internal y
work
$ qvm-ls --raw-list --internal n --class AppVM
dvm
sys-net
vault
$ qvm-ls --raw-list --internal perhaps
qvm-ls: the answer is y or n, not 'perhaps'
usage: qvm-ls [OPTION...] [VMNAME...]
? 2
$ qvm-ls --raw-list --servicevm y
$ qvm-ls --raw-list --pending-update
$ qvm-ls --raw-list --features internal=1
work
$ qvm-ls --raw-list --features internal= --class AppVM
dvm
sys-net
vault
$ qvm-ls --raw-list --features "servicevm=''"
vault
$ qvm-ls --raw-list --features internal
qvm-ls: --features takes FEATURE=VALUE, not 'internal'
usage: qvm-ls [OPTION...] [VMNAME...]
? 2
$ qvm-ls --raw-list --prefs netvm= --class AppVM
sys-net
vault
$ qvm-ls --raw-list --prefs label=green
work
$ qvm-ls --raw-list --prefs provides-network=true
sys-net
$ qvm-ls --raw-list --prefs colour=green
qvm-ls: no such property: 'colour'
? 5

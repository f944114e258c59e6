@ base
# What a machine does at boot: network domains come first, also those not asked for.
$ qvm-start --autostart --dry-run
VM        ACTION        OBJECT
$ qvm-start --autostart
$ qvm-prefs work autostart True && qvm-prefs alone autostart True
$ qvm-start --autostart --dry-run | awk '$2 == "build-domain" { print $1 }'
sys-net
alone
work
$ qvm-start --autostart
$ qvm-ls --raw-data --fields name,state work sys-net alone vault
alone|Running
sys-net|Running
vault|Halted
work|Running
# the others are started side by side
$ qvm-ls --raw-data --fields name,xid sys-net
sys-net|1
$ qvm-start --autostart
$ qvm-start --autostart work
qvm-start: --autostart and names exclude each other
usage: qvm-start [OPTION...] VMNAME...
? 2
$ qvm-start --autostart --all
qvm-start: --autostart and names exclude each other
usage: qvm-start [OPTION...] VMNAME...
? 2
# and at its end
$ qvm-shutdown --all --wait
$ qvm-ls --raw-data --fields name,state work sys-net alone
alone|Halted
sys-net|Halted
work|Halted
# one that cannot be started is no reason not to start the others
$ qvm-features work prohibit-start broken
$ qvm-start --autostart
qvm-start: cannot start 'work': its feature prohibit-start says: broken
? 3
$ qvm-ls --raw-data --fields name,state work sys-net alone
alone|Running
sys-net|Running
work|Halted

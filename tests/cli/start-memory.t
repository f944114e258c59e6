@ base
# The machine has too little memory.
$ mkdir -p $QVM_ROOT/run/qvm; echo 'host 256MiB' >>$QVM_ROOT/run/qvm/fake-xen
$ qvm-start vault
qvm-start: cannot start 'vault': not enough memory: it needs 400 MiB and 256 MiB are free
? 12
$ qvm-prefs vault memory 100
$ qvm-start vault
$ qvm-start alone
qvm-start: cannot start 'alone': its netvm: cannot start 'sys-net': not enough memory: it needs 400 MiB and 156 MiB are free
? 12

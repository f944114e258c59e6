@ base
$ echo 'fail scratch-create no such luck' >$QVM_ROOT/var/lib/qvm/fake-storage
$ qvm-start vault
qvm-start: cannot start 'vault': no such luck
? 17
$ echo 'fail device no such luck' >$QVM_ROOT/var/lib/qvm/fake-storage
$ qvm-start vault
qvm-start: cannot start 'vault': no such luck
? 17
$ echo 'usage 100GiB 99GiB' >$QVM_ROOT/var/lib/qvm/fake-storage
$ qvm-start vault
$ qvm-create -l red one
$ rm $QVM_ROOT/var/lib/qvm/fake-storage
$ qvm-start vault
qvm-start: cannot start 'vault': it is running
? 8

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
qvm-start: cannot start 'vault': pool 'default' is full: 99 % of its 100 GiB are used; removing domains or revisions makes room, or qvm-pool extend
? 13
$ qvm-create -l red one
qvm-create: cannot create 'one': pool 'default' is full: 99 % of its 100 GiB are used; removing domains or revisions makes room, or qvm-pool extend
? 13
$ rm $QVM_ROOT/var/lib/qvm/fake-storage
$ qvm-start vault

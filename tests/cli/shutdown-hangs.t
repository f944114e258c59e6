@ base
# A guest that does not react is killed.
$ echo 'hang vault' >>$QVM_ROOT/run/qvm/fake-xen
$ qvm-start vault
$ qvm-shutdown --timeout 1 vault
qvm-shutdown: warning: 'vault' did not power off in time and is killed
$ qvm-ls --fields name,state vault
NAME   STATE
vault  Halted

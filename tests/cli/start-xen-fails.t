@ base
$ echo 'fail create "no such luck"' >>$QVM_ROOT/run/qvm/fake-xen
$ qvm-start vault
qvm-start: cannot start 'vault': no such luck
? 16
$ qvm-ls --fields name,state vault
NAME   STATE
vault  Halted
$ sed -i '/^fail/d' $QVM_ROOT/run/qvm/fake-xen
$ echo 'fail unpause "no such luck"' >>$QVM_ROOT/run/qvm/fake-xen
$ qvm-start vault
qvm-start: cannot start 'vault': no such luck
? 16
$ qvm-ls --fields name,state vault
NAME   STATE
vault  Halted
$ sed -i '/^fail/d' $QVM_ROOT/run/qvm/fake-xen
$ qvm-start vault

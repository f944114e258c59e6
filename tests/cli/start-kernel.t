@ base
$ qvm-prefs vault kernel nosuch
qvm-prefs: bad value for property 'kernel': no such kernel: 'nosuch'
? 5
$ qvm-prefs vault kernel ../kernel
qvm-prefs: bad value '../kernel' for property 'kernel': the name of a registered kernel is wanted
? 7
$ rm -r $QVM_ROOT/var/lib/qvm/kernels/kernel
$ qvm-start vault
qvm-start: cannot start 'vault': there is no kernel 'kernel'
? 5
$ qvm-prefs vault kernel none
$ qvm-start vault
qvm-start: cannot start 'vault': no kernel is set (property 'kernel', global 'default_kernel'), virt_mode is not hvm, and there is no boot loader (kernel 'pvgrub2-pvh')
? 5

@ base
$ qvm-console
qvm-console: too few arguments
usage: qvm-console [OPTION...] VMNAME
? 2
$ qvm-console work
qvm-console: 'work' does not run
? 9
$ qvm-console nosuch
qvm-console: no such domain: 'nosuch'
? 4
$ qvm-console a b
qvm-console: too many arguments: 'b'
usage: qvm-console [OPTION...] VMNAME
? 2
$ qvm-console --log work
$ mkdir -p $QVM_ROOT/var/log/qvm; seq 30 >$QVM_ROOT/var/log/qvm/guest-work.log; qvm-console --log work | sed -n '1p;$p'; qvm-console --log -n 1 work; qvm-console --log -n 99 work | wc -l; printf 'no end' >$QVM_ROOT/var/log/qvm/guest-work.log; qvm-console --log -n 1 work; echo; : >$QVM_ROOT/var/log/qvm/guest-work.log; qvm-console --log work
11
30
30
30
no end
$ qvm-console --log nosuch
qvm-console: no such domain: 'nosuch'
? 4
$ qvm-console -n 3 work
qvm-console: --lines goes with --log only
usage: qvm-console [OPTION...] VMNAME
? 2

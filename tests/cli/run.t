@ base
# what is wrong with the command line alone
$ qvm-run
qvm-run: no domain is named
usage: qvm-run [OPTION...] VMNAME[,VMNAME...] [COMMAND [ARG...]]
? 2
$ qvm-run work
qvm-run: no command is given
usage: qvm-run [OPTION...] VMNAME[,VMNAME...] [COMMAND [ARG...]]
? 2
$ qvm-run --env 1A=b work true
qvm-run: '1A=b' is not NAME=VALUE
usage: qvm-run [OPTION...] VMNAME[,VMNAME...] [COMMAND [ARG...]]
? 2
$ qvm-run -u 'a:b' work true
qvm-run: 'a:b' is not a user's name
usage: qvm-run [OPTION...] VMNAME[,VMNAME...] [COMMAND [ARG...]]
? 2
$ qvm-run --service work qubes.GetDate more
qvm-run: --service takes nothing but the service's name
usage: qvm-run [OPTION...] VMNAME[,VMNAME...] [COMMAND [ARG...]]
? 2
$ qvm-run --localcmd cat work true
qvm-run: --localcmd goes with --pass-io only
usage: qvm-run [OPTION...] VMNAME[,VMNAME...] [COMMAND [ARG...]]
? 2
$ qvm-run -t -p work
qvm-run: --tty is for one domain, and without --pass-io
usage: qvm-run [OPTION...] VMNAME[,VMNAME...] [COMMAND [ARG...]]
? 2
$ qvm-run --exclude work x true
qvm-run: --exclude goes with --all only
usage: qvm-run [OPTION...] VMNAME[,VMNAME...] [COMMAND [ARG...]]
? 2
$ qvm-run --timeout 0 work true
qvm-run: --timeout takes a number from 1 to 1000000, not '0'
usage: qvm-run [OPTION...] VMNAME[,VMNAME...] [COMMAND [ARG...]]
? 2
# options behind the name are the command's
$ qvm-run nosuch --help
qvm-run: no such domain: 'nosuch'
? 4
$ qvm-run 'x*' true
qvm-run: no domain is meant by 'x*'
? 4
$ qvm-run ../../x true
qvm-run: bad domain name '../../x': it must begin with a letter
? 7
$ qvm-run dom0 true
qvm-run: 'dom0' is the AdminVM: run it here
? 7
$ qvm-run -n work true
qvm-run: 'work' is Halted
? 9
$ qvm-prefs work qrexec_timeout 1
$ qvm-run work true
qvm-run: 'work' has no agent that answers after 1 s
? 19
! changed
$ qvm-ls --raw-data --fields=state work
Running
$ qvm-run work,nosuch true
qvm-run: no such domain: 'nosuch'
? 4

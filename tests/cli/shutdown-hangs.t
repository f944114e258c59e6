@ base
# A guest that does not react is killed.
$ echo 'hang vault' >>$QVM_ROOT/run/qvm/fake-xen
$ qvm-start vault
$ qvm-shutdown --timeout 1 vault
qvm-shutdown: warning: 'vault' did not power off in time and is killed
$ qvm-ls --fields name,state vault
NAME   STATE
vault  Halted
# how far it is, asked for where there is no terminal
$ qvm-start vault; QVM_PROGRESS=1 qvm-shutdown --timeout 4 vault 2>&1 | tr '\r' '\n' | LC_ALL=C sort -u
qvm-shutdown: warning: 'vault' did not power off in time and is killed
waiting for domains to end...
$ qvm-start vault; TERM=xterm talk 'stty rows 24 cols 100; qvm-top --mono --ascii' 'alone' '/vault\rSJ' 'waiting for domains to end...' 'q' 'MEM' 'q' >log; grep -o 'waiting for domains to end' log | head -n 1; qvm-kill vault
waiting for domains to end

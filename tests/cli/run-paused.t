@ base
# A domain that is paused goes on beside the call, which is made once.
$ qvm-start work; echo 'echo hi' | answers work 1 test.Hi; qvm-run -p work 'echo hello'
hello
$ kill -STOP $(head -n 1 pids); qvm-pause work; { sleep 2; kill -CONT $(head -n 1 pids); } & qvm-run -p work 'echo hi'; qvm-ls --raw-data --fields=state work; wait
hi
Running
$ kill -STOP $(head -n 1 pids); qvm-pause work
$ echo 'fail unpause "no such luck"' >>$QVM_ROOT/run/qvm/fake-xen; qvm-run -p work 'echo hi'
qvm-run: 'work' cannot go on: qvm-unpause: no such luck
? 16
$ qvm-ls --raw-data --fields=state work
Paused
$ kill -KILL $(head -n 1 pids)

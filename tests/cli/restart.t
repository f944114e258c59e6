@ base
$ qvm-start work
# Its client loses it only for a moment.
$ qvm-restart sys-net
$ qvm-restart --force sys-net
$ qvm-ls --fields name,state work sys-net
NAME     STATE
sys-net  Running
work     Running
$ qvm-restart vault
$ qvm-restart nosuch
qvm-restart: no such domain: 'nosuch'
? 4
$ qvm-restart --dry-run work
VM        ACTION        OBJECT
work      shutdown      Running
work      start         work

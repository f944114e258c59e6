@ base
$ qvm-start work
$ qvm-ls --fields name,state,xid work sys-net
NAME     STATE    XID
sys-net  Running    1
work     Running    2
$ qvm-start work
qvm-start: cannot start 'work': it is running
? 8
$ qvm-start --skip-if-running work
$ qvm-start vault work
qvm-start: cannot start 'work': it is running
? 3
$ qvm-start --json vault dvm
qvm-start: cannot start 'vault': it is running
{
  "schema": "qvm-result/1",
  "results": [
    {
      "vm": "vault",
      "result": "running",
      "code": 8,
      "message": "cannot start 'vault': it is running"
    },
    {
      "vm": "dvm",
      "result": "done",
      "code": 0,
      "message": null
    }
  ]
}
? 3
$ qvm-start --paused alone
$ qvm-ls --fields name,state alone dvm
NAME   STATE
alone  Paused
dvm    Running
$ qvm-unpause alone
$ qvm-check --running alone
NAME   MATCH  EXISTS  RUNNING
alone  True   True    True

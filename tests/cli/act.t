@ base
$ qvm-start vault alone
$ qvm-pause vault
$ qvm-ls --fields name,state vault
NAME   STATE
vault  Paused
$ qvm-pause vault
$ qvm-unpause vault
$ qvm-unpause vault
$ qvm-pause work
qvm-pause: cannot pause 'work': it is Halted, not Running
? 9
$ qvm-unpause work
qvm-unpause: cannot unpause 'work': it is Halted, not Paused
? 9
$ qvm-kill --dry-run vault
VM        ACTION        OBJECT
vault     kill          Running
$ qvm-kill vault
$ qvm-kill vault
$ qvm-kill --json vault nosuch
qvm-kill: no such domain: 'nosuch'
{
  "schema": "qvm-result/1",
  "results": [
    {
      "vm": "vault",
      "result": "no-such-domain",
      "code": 4,
      "message": "no such domain: 'nosuch'"
    }
  ]
}
? 4
$ qvm-kill --json --all
{
  "schema": "qvm-result/1",
  "results": [
    {
      "vm": "alone",
      "result": "done",
      "code": 0,
      "message": null
    },
    {
      "vm": "dvm",
      "result": "done",
      "code": 0,
      "message": null
    },
    {
      "vm": "sys-net",
      "result": "done",
      "code": 0,
      "message": null
    },
    {
      "vm": "tiny",
      "result": "done",
      "code": 0,
      "message": null
    },
    {
      "vm": "vault",
      "result": "done",
      "code": 0,
      "message": null
    },
    {
      "vm": "work",
      "result": "done",
      "code": 0,
      "message": null
    }
  ]
}
$ qvm-ls --running --raw-list
dom0
$ qvm-kill dom0
qvm-kill: 'dom0' is the AdminVM: it is neither paused nor ended here
? 7
$ qvm-pause nosuch
qvm-pause: no such domain: 'nosuch'
? 4
$ qvm-pause --all
qvm-pause: cannot pause 'alone': it is Halted, not Running
qvm-pause: cannot pause 'dvm': it is Halted, not Running
qvm-pause: cannot pause 'sys-net': it is Halted, not Running
qvm-pause: cannot pause 'tiny': it is Halted, not Running
qvm-pause: cannot pause 'vault': it is Halted, not Running
qvm-pause: cannot pause 'work': it is Halted, not Running
? 9

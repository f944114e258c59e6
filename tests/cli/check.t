@ base
$ qvm-check work
NAME  MATCH  EXISTS
work  True   True
$ qvm-check -q work
$ qvm-check nosuch
NAME    MATCH  EXISTS
nosuch  False  False
? 1
$ qvm-check work nosuch
NAME    MATCH  EXISTS
work    True   True
nosuch  False  False
? 3
$ qvm-check --running work
NAME  MATCH  EXISTS  RUNNING
work  False  True    False
? 1
$ qvm-start work
$ qvm-check --running work sys-net vault
NAME     MATCH  EXISTS  RUNNING
work     True   True    True
sys-net  True   True    True
vault    False  True    False
? 3
$ qvm-check --running work sys-net
NAME     MATCH  EXISTS  RUNNING
work     True   True    True
sys-net  True   True    True
$ qvm-check --paused work
NAME  MATCH  EXISTS  PAUSED
work  False  True    False
? 1
$ qvm-check --template tiny
NAME  MATCH  EXISTS  TEMPLATE
tiny  True   True    True
$ qvm-check --networked work sys-net
NAME     MATCH  EXISTS  NETWORKED
work     True   True    True
sys-net  True   True    True
$ qvm-check --networked vault
NAME   MATCH  EXISTS  NETWORKED
vault  False  True    False
? 1
$ qvm-check --json work
{
  "schema": "qvm-check/1",
  "domains": [
    {
      "name": "work",
      "match": true,
      "exists": true,
      "running": true,
      "paused": false,
      "template": false,
      "networked": true
    }
  ]
}
$ qvm-check
qvm-check: no domain is named
usage: qvm-check [OPTION...] VMNAME...
? 2
$ qvm-check 'nothing*'
NAME  MATCH  EXISTS
? 1

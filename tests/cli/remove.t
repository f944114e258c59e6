@ base
# Only y goes on; the end of the input is a no.
$ qvm-remove vault
These domains will be moved to the trash:
  vault
Are you sure? [y/N] qvm-remove: cancelled, nothing is removed
? 20
$ echo n | qvm-remove vault
These domains will be moved to the trash:
  vault
Are you sure? [y/N] qvm-remove: cancelled, nothing is removed
? 20
$ echo yes | qvm-remove vault
These domains will be moved to the trash:
  vault
Are you sure? [y/N] qvm-remove: cancelled, nothing is removed
? 20
$ echo y | qvm-remove vault
These domains will be moved to the trash:
  vault
Are you sure? [y/N] 
$ qvm-check -q vault
? 1
$ qvm-remove --dry-run work
VM        ACTION        OBJECT
work      trash         AppVM and its volumes
$ qvm-remove -f work dvm
$ qvm-remove -f nosuch
qvm-remove: no such domain: 'nosuch'
? 4
$ qvm-remove -f alone nosuch
qvm-remove: no such domain: 'nosuch'
? 4
$ qvm-remove -f 'nothing*'
$ qvm-ls --raw-list
alone
dom0
sys-net
tiny

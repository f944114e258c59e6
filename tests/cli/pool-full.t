@ base
$ echo 'usage 100GiB 85GiB' >$QVM_ROOT/var/lib/qvm/fake-storage
$ qvm-pool
qvm-pool: warning: pool 'default' fills up: 85 % of its 100 GiB are used
NAME     DRIVER
default  lvm
$ qvm-ls --fields name vault
NAME
vault
$ qvm-ls --raw-list vault
vault
$ qvm-pool info default | grep level
qvm-pool: warning: pool 'default' fills up: 85 % of its 100 GiB are used
level               warn
$ qvm-start vault
$ qvm-volume snapshot vault:private one
$ echo 'usage 100GiB 96GiB' >$QVM_ROOT/var/lib/qvm/fake-storage
$ qvm-pool info default | grep level
qvm-pool: warning: pool 'default' is full: 96 % of its 100 GiB are used; nothing new is made in it
level               full
$ qvm-ls --fields name vault
NAME
vault
# What makes something is refused; what ends or frees something works.
$ qvm-create -l red one
qvm-create: cannot create 'one': pool 'default' is full: 96 % of its 100 GiB are used; removing domains or revisions makes room, or qvm-pool extend
? 13
$ qvm-clone vault copy
qvm-clone: cannot clone 'vault' to 'copy': pool 'default' is full: 96 % of its 100 GiB are used; removing domains or revisions makes room, or qvm-pool extend
? 13
$ qvm-volume snapshot vault:private two
qvm-volume: cannot snapshot 'vault:private': pool 'default' is full: 96 % of its 100 GiB are used; removing domains or revisions makes room, or qvm-pool extend
? 13
$ qvm-volume revert work:private 1
qvm-volume: cannot revert 'work:private': pool 'default' is full: 96 % of its 100 GiB are used; removing domains or revisions makes room, or qvm-pool extend
? 13
$ qvm-start work
qvm-start: cannot start 'work': its netvm: cannot start 'sys-net': pool 'default' is full: 96 % of its 100 GiB are used; removing domains or revisions makes room, or qvm-pool extend
? 13
$ qvm-start --dry-run sys-net
qvm-start: cannot start 'sys-net': pool 'default' is full: 96 % of its 100 GiB are used; removing domains or revisions makes room, or qvm-pool extend
? 13
$ qvm-shutdown --wait vault
$ qvm-volume drop vault:private one
$ qvm-volume resize vault:private 3GiB
$ qvm-pool extend default 10GiB
$ qvm-remove -f --purge vault
$ rm $QVM_ROOT/var/lib/qvm/fake-storage
# The trash goes first, where it can make enough room; the oldest before others.
$ head -c 40M /dev/urandom | qvm-volume import dvm:private -
$ head -c 40M /dev/urandom | qvm-volume import work:private -
$ qvm-remove -f dvm
$ qvm-remove -f work
$ sqlite3 $QVM_ROOT/var/lib/qvm/qvm.db "UPDATE trash SET removed = removed - 9 WHERE name = 'dvm'"
$ echo 'usage 100GiB 109GiB' >$QVM_ROOT/var/lib/qvm/fake-storage
$ qvm-create -l red one
qvm-create: cannot create 'one': pool 'default' is full: 99 % of its 110 GiB are used; removing domains or revisions makes room, or qvm-pool extend
? 13
$ qvm-trash --json | grep name
      "name": "dvm",
      "name": "work",
$ rm $QVM_ROOT/var/lib/qvm/fake-pool/*.extended; echo 'usage 163MiB' >$QVM_ROOT/var/lib/qvm/fake-storage
# A dry run would empty it, and does not.
$ qvm-volume snapshot --dry-run alone:private one
VM        ACTION           OBJECT
alone     snapshot-volume  private as 'one'
$ qvm-trash --json | grep name
      "name": "dvm",
      "name": "work",
$ qvm-create -l red one
qvm-create: warning: pool 'default' is full: 'dvm' is removed from the trash to make room
$ qvm-trash --json | grep name
      "name": "work",
$ rm $QVM_ROOT/var/lib/qvm/fake-storage
$ qvm-recover

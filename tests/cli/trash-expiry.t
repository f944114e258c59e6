@ base
$ qvm-remove -f --expire 0 vault
qvm-remove: --expire takes a number from 1 to 3650, not '0'
usage: qvm-remove [OPTION...] VMNAME...
? 2
$ qvm-remove -f --expire 3 --purge vault
qvm-remove: --purge and --expire exclude each other
usage: qvm-remove [OPTION...] VMNAME...
? 2
$ qvm-remove --dry-run --purge vault
VM        ACTION        OBJECT
vault     remove        AppVM and its volumes
$ qvm-remove -f --expire 30 vault
$ sqlite3 $QVM_ROOT/var/lib/qvm/qvm.db 'SELECT name, (expires - removed) / 86400 FROM trash'
vault|30
$ sqlite3 $QVM_ROOT/var/lib/qvm/qvm.db 'UPDATE trash SET expires = 1'
$ qvm-recover --dry-run
$ qvm-trash list --json | grep -c name
1
$ qvm-recover
$ qvm-trash
NAME  CLASS  REMOVED  EXPIRES  USAGE
# The next removal empties what has expired, too.
$ qvm-remove -f alone
$ sqlite3 $QVM_ROOT/var/lib/qvm/qvm.db 'UPDATE trash SET expires = 1'
$ qvm-remove -v -f work
qvm-remove: 'alone' has expired in the trash
$ qvm-trash list --json | grep name
      "name": "work",
# Disposables leave nothing.
$ qvm-create --disp -t dvm one
$ qvm-remove --dry-run one
VM        ACTION        OBJECT
one       remove        DispVM and its volumes
$ qvm-remove -f one
$ qvm-trash list --json | grep name
      "name": "work",
$ qvm-trash paint
qvm-trash: there is no action 'paint'
usage: qvm-trash [OPTION...] [ACTION [NAME...]]
? 2
$ qvm-trash restore
qvm-trash: restore takes NAME [NEWNAME]
usage: qvm-trash [OPTION...] [ACTION [NAME...]]
? 2
$ qvm-trash list x
qvm-trash: list takes no arguments
usage: qvm-trash [OPTION...] [ACTION [NAME...]]
? 2

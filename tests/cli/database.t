@ base
# A registry of a later version is left alone; a damaged one is said to be that.
$ sqlite3 $QVM_ROOT/var/lib/qvm/qvm.db 'pragma user_version = 99'
$ qvm-ls
qvm-ls: the database in 'ROOT/var/lib/qvm' is of version 99, newer than this program's 3: nothing was changed
? 18
$ qvm-start work
qvm-start: the database in 'ROOT/var/lib/qvm' is of version 99, newer than this program's 3: nothing was changed
? 18
$ qvm-prefs work memory 10
qvm-prefs: the database in 'ROOT/var/lib/qvm' is of version 99, newer than this program's 3: nothing was changed
? 18
$ qvm-init
qvm-init: the database in 'ROOT/var/lib/qvm' is of version 99, newer than this program's 3: nothing was changed
? 18
$ echo 'this is no database, and it is longer than a header' >$QVM_ROOT/var/lib/qvm/qvm.db
$ rm -f $QVM_ROOT/var/lib/qvm/qvm.db-*
$ qvm-ls
qvm-ls: cannot open the registry: the database in 'ROOT/var/lib/qvm': file is not a database
? 18

@ base
# Without the hypervisor's module the registry can still be read and changed.
$ QVM_MODULES=$PWD/no-xen qvm-ls work 2>&1 | sed 's|: /.*/view|: view|'
qvm-ls: warning: cannot load the view module: view-fake.so: cannot open shared object file: No such file or directory
NAME  STATE  CLASS  LABEL  TEMPLATE  NETVM
work  NA     AppVM  green  tiny      sys-net
$ QVM_MODULES=$PWD/no-xen qvm-ls --raw-list
alone
dom0
dvm
sys-net
tiny
vault
work
$ QVM_MODULES=$PWD/no-xen qvm-prefs work memory 300
$ QVM_MODULES=$PWD/no-xen qvm-create -l red one
$ QVM_MODULES=$PWD/no-xen qvm-start -q work 2>$QVM_ROOT/said
? 15
$ grep -c 'qvm-start: cannot start .work.: .*module' $QVM_ROOT/said
0
? 1
$ wc -l <$QVM_ROOT/said
1
$ QVM_MODULES=$PWD/no-xen qvm-kill -q work 2>/dev/null
? 15
$ QVM_MODULES=$PWD/no-xen qvm-console -q work 2>/dev/null
? 15
$ QVM_MODULES=$PWD/no-xen qubes-prefs no_cpus 2>&1 | sed 's|: /.*/view|: view|'
qubes-prefs: warning: cannot load the view module: view-fake.so: cannot open shared object file: No such file or directory
$ QVM_MODULES=$PWD/no-xen qubes-prefs clockvm

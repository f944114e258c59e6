@ none
$ qvm-ls
qvm-ls: there is no database in 'ROOT/var/lib/qvm': run qvm-init
? 18
$ qvm-create -l red one
qvm-create: there is no database in 'ROOT/var/lib/qvm': run qvm-init
? 18
$ qvm-start one
qvm-start: there is no database in 'ROOT/var/lib/qvm': run qvm-init
? 18
$ qvm-recover
qvm-recover: there is no database in 'ROOT/var/lib/qvm': run qvm-init
? 18
$ qvm-init --dry-run --pool fake/pool --scratch fake/scratch --kernel kernel
VM        ACTION            OBJECT
dom0      register-pool     default: fake/pool
dom0      register-scratch  fake/scratch
dom0      register-kernel   kernel: kernel
dom0      install-policy    90-default.policy
$ qvm-init
qvm-init: no pool is registered yet: name an LVM thin pool with --pool VG/POOL, or a device or folder for it
usage: qvm-init [OPTION...]
? 2
$ qvm-init --pool fake/pool --scratch fake/scratch
$ qvm-init --pool fake/pool --scratch fake/scratch
$ qvm-init
$ qvm-init --pool fake/other
qvm-init: pool 'default' is 'fake/pool' already: not changed to 'fake/other'
? 6
$ qvm-init --scratch fake/other
qvm-init: the scratch store is 'fake/scratch' already: not changed to 'fake/other'
? 6
$ qvm-init --kernel nosuch
qvm-init: cannot add the kernel 'nosuch' from 'nosuch': it has no vmlinuz and no vmlinux
? 5
$ qvm-init --kernel kernel --kernel-name ../x
qvm-init: bad name of a kernel '../x': letters, digits and ._+- are allowed, at most 64 of them, not starting with a dot
? 7
$ qvm-init --kernel-name x
qvm-init: --kernel-name goes with --kernel only
usage: qvm-init [OPTION...]
? 2
$ qvm-init --kernel kernel
$ qvm-init --kernel kernel
$ qvm-init --kernel kernel --kernel-name second
$ qubes-prefs default_kernel
kernel
$ qvm-init extra
qvm-init: too many arguments: 'extra'
usage: qvm-init [OPTION...]
? 2
$ qvm-init --scratch-size much
qvm-init: 'much' is not a size (as in 10GiB)
usage: qvm-init [OPTION...]
? 2
$ qvm-ls
NAME  STATE    CLASS    LABEL  TEMPLATE  NETVM
dom0  Running  AdminVM  black  -         -

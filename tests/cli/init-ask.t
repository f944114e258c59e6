@ none
# Asked on a terminal; an empty answer is asked again, and nothing is done without a yes.
$ TERM=dumb talk 'qvm-init -q' 'VG/POOL' '\n' 'VG/POOL' 'fake/pool\n' '[new]' 'fake/scratch\n' 'kernel' 'kernel\n' 'none' 'tiny.tar\n' 'Do that' '\n'
This sets the machine up. Nothing is done before the plan has been shown.
Pool for the volumes (VG/POOL of LVM, or a path): 
Pool for the volumes (VG/POOL of LVM, or a path): fake/pool
place for what lives for one run only (new: made beside it) [new]: fake/scratch
folder with a kernel for domains: kernel
file or folder to make the first template of (none: no domains) [none]: tiny.tar
VM            ACTION            OBJECT
dom0          register-pool     default: fake/pool
dom0          register-scratch  fake/scratch
dom0          register-kernel   kernel: kernel
dom0          install-policy    90-default.policy
debian        install-template  tiny.tar
sys-net       create            AppVM, red
sys-firewall  create            AppVM, green
dom0          set-property      default_netvm: sys-firewall
default-dvm   create            AppVM, red
dom0          set-property      default_dispvm: default-dvm
work          create            AppVM, blue
personal      create            AppVM, yellow
untrusted     create            AppVM, red
vault         create            AppVM, black
Do that? (yes or no) [no]: 
qvm-init: nothing was set up
? 20
! changed
$ ls $QVM_ROOT/var/lib/qvm/qvm.db
ls: cannot access 'ROOT/var/lib/qvm/qvm.db': No such file or directory
? 2
$ TERM=dumb talk 'qvm-init -q' 'VG/POOL' '\004'
This sets the machine up. Nothing is done before the plan has been shown.
Pool for the volumes (VG/POOL of LVM, or a path): qvm-init: nothing was set up
? 20
$ TERM=dumb talk 'qvm-init -q' 'VG/POOL' 'fake/pool\n' '[new]' 'fake/scratch\n' 'kernel' 'kernel\n' 'none' 'tiny.tar\n' 'Do that' 'yes\n'
This sets the machine up. Nothing is done before the plan has been shown.
Pool for the volumes (VG/POOL of LVM, or a path): fake/pool
place for what lives for one run only (new: made beside it) [new]: fake/scratch
folder with a kernel for domains: kernel
file or folder to make the first template of (none: no domains) [none]: tiny.tar
VM            ACTION            OBJECT
dom0          register-pool     default: fake/pool
dom0          register-scratch  fake/scratch
dom0          register-kernel   kernel: kernel
dom0          install-policy    90-default.policy
debian        install-template  tiny.tar
sys-net       create            AppVM, red
sys-firewall  create            AppVM, green
dom0          set-property      default_netvm: sys-firewall
default-dvm   create            AppVM, red
dom0          set-property      default_dispvm: default-dvm
work          create            AppVM, blue
personal      create            AppVM, yellow
untrusted     create            AppVM, red
vault         create            AppVM, black
Do that? (yes or no) [no]: yes
$ qvm-ls --raw-data --fields=name
debian
default-dvm
dom0
personal
sys-firewall
sys-net
untrusted
vault
work
# and never again
$ TERM=dumb talk 'qvm-init -q'

@ none
$ qvm-init --pool fake/pool --scratch fake/scratch --kernel kernel --preset --template tiny.tar --dry-run
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
$ qvm-init --pool fake/pool --scratch fake/scratch --kernel kernel --preset
qvm-init: there is no template yet: name an image, a disk or an archive with --template FILE
usage: qvm-init [OPTION...]
? 2
$ qvm-init --pool fake/pool --scratch fake/scratch --kernel kernel --preset --template tiny.tar
$ qvm-ls --raw-data --fields=name,class,label,template,netvm
debian|TemplateVM|black|-|-
default-dvm|AppVM|red|debian|sys-firewall
dom0|AdminVM|black|-|-
personal|AppVM|yellow|debian|sys-firewall
sys-firewall|AppVM|green|debian|sys-net
sys-net|AppVM|red|debian|-
untrusted|AppVM|red|debian|sys-firewall
vault|AppVM|black|debian|-
work|AppVM|blue|debian|sys-firewall
$ qubes-prefs default_netvm
sys-firewall
$ qubes-prefs default_dispvm
default-dvm
$ qubes-prefs default_template
debian
# again: nothing changes
$ sqlite3 $QVM_ROOT/var/lib/qvm/qvm.db .dump | sha256sum >before
$ qvm-init --preset --template tiny.tar
$ qvm-init --preset --template tiny.tar --dry-run
VM        ACTION        OBJECT
$ sqlite3 $QVM_ROOT/var/lib/qvm/qvm.db .dump | sha256sum | cmp - before
# what is there stays as it is, what is missing comes back
$ qvm-remove -f --purge personal && qvm-prefs work label gray && qvm-init --preset
$ qvm-ls --raw-data --fields=name,label work personal
personal|yellow
work|gray
$ qvm-init --template tiny.tar
qvm-init: --template goes with --preset only
usage: qvm-init [OPTION...]
? 2
$ qvm-init --preset --template-name x
qvm-init: --template-name goes with --template only
usage: qvm-init [OPTION...]
? 2

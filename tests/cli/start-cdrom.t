@ base
$ qvm-prefs alone netvm none
$ echo image >cd.iso
$ qvm-start --cdrom cd.iso alone
qvm-start: cannot start 'alone': to boot from a CD it needs virt_mode hvm and no kernel of dom0's (property kernel: none)
? 7
$ qvm-prefs alone virt_mode hvm
$ qvm-start --cdrom cd.iso alone
qvm-start: cannot start 'alone': to boot from a CD it needs virt_mode hvm and no kernel of dom0's (property kernel: none)
? 7
$ qvm-prefs alone kernel ''
$ qvm-start --cdrom nosuch.iso alone
qvm-start: cannot use 'nosuch.iso' as a CD: No such file or directory
? 5
$ qvm-start --cdrom . alone
qvm-start: cannot use '.' as a CD: it is neither a file nor a drive
? 7
$ ln cd.iso 'a,b.iso' && qvm-start --cdrom a,b.iso alone
qvm-start: cannot use 'a,b.iso' as a CD: there is a comma or a line's end in its path
? 7
$ qvm-start --cdrom cd.iso
qvm-start: no domain is named
usage: qvm-start [OPTION...] VMNAME...
? 2
$ qvm-start --cdrom cd.iso alone work
qvm-start: --cdrom needs exactly one domain
usage: qvm-start [OPTION...] VMNAME...
? 2
$ qvm-start --cdrom dom0:$PWD/cd.iso --dry-run alone | sed "s|$PWD|HERE|"
VM        ACTION        OBJECT
alone     check-memory  400 MiB
alone     use-volume    root: 10 GiB in pool 'default'
alone     use-volume    private: 2 GiB in pool 'default'
alone     make-volume   volatile: 10 GiB, empty
alone     build-domain  2 vcpus, kernel of the guest
alone     insert-cdrom  HERE/cd.iso
alone     unpause       alone
$ qvm-start --cdrom cd.iso alone
$ qvm-ls --raw-data --fields state alone
Running

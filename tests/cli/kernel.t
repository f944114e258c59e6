@ base
$ qvm-kernel
NAME    DEFAULT  INITRAMFS  MODULES  USERS
kernel  True     True       False        6
$ qvm-kernel list --json
{
  "schema": "qvm-kernel/1",
  "kernels": [
    {
      "name": "kernel",
      "default": true,
      "initramfs": true,
      "modules": false,
      "users": 6
    }
  ]
}
$ qvm-kernel add
qvm-kernel: add takes NAME
usage: qvm-kernel [OPTION...] [ACTION [NAME]]
? 2
$ qvm-kernel add more
qvm-kernel: add needs one of --boot, --package, --folder and --image
usage: qvm-kernel [OPTION...] [ACTION [NAME]]
? 2
$ qvm-kernel add more --folder kernel --image kernel/vmlinux
qvm-kernel: add needs one of --boot, --package, --folder and --image
usage: qvm-kernel [OPTION...] [ACTION [NAME]]
? 2
$ qvm-kernel add more --folder kernel --dry-run
VM        ACTION           OBJECT
dom0      register-kernel  more
$ qvm-kernel add more --folder kernel
$ qvm-kernel add ../more --folder kernel
qvm-kernel: bad name of a kernel '../more': letters, digits and ._+- are allowed, at most 64 of them, not starting with a dot
? 7
$ qvm-kernel add more --folder nosuch
qvm-kernel: cannot add the kernel 'more' from 'nosuch': there is another one of that name
? 6
$ qvm-kernel add loader --image kernel/vmlinux
$ qvm-kernel add loader2 --image nosuch
qvm-kernel: cannot make the kernel 'loader2': cannot use 'nosuch': No such file or directory
? 1
$ qvm-kernel add dom0 --boot 0.0-nosuch
qvm-kernel: cannot make the kernel 'dom0': there is no '/boot/vmlinuz-0.0-nosuch', or no '/lib/modules/0.0-nosuch' beside it
? 5
$ qvm-kernel add pkg --package tiny.tar
qvm-kernel: cannot make the kernel 'pkg': it is no package (.deb)
? 1
$ qvm-kernel list
NAME    DEFAULT  INITRAMFS  MODULES  USERS
kernel  True     True       False        6
loader  False    False      False        0
more    False    True       False        0
$ qvm-prefs vault kernel more
$ qvm-kernel remove more
qvm-kernel: cannot remove the kernel 'more': it is that of 'vault'
? 10
$ qvm-kernel remove kernel
qvm-kernel: cannot remove the kernel 'kernel': it is that of 'alone', 'dvm', 'sys-net', 'tiny', 'work', the default of all
? 10
$ qvm-kernel remove nosuch
qvm-kernel: there is no kernel 'nosuch'
? 5
$ qvm-kernel default nosuch
qvm-kernel: bad value for property 'default_kernel': no such kernel: 'nosuch'
? 5
$ qvm-kernel default more
$ qvm-kernel
NAME    DEFAULT  INITRAMFS  MODULES  USERS
kernel  False    True       False        0
loader  False    False      False        0
more    True     True       False        6
$ qvm-prefs vault kernel kernel
$ qvm-kernel default kernel
$ qvm-kernel remove more --dry-run
VM        ACTION         OBJECT
dom0      remove-kernel  more
$ qvm-kernel remove more
$ qvm-kernel
NAME    DEFAULT  INITRAMFS  MODULES  USERS
kernel  True     True       False        6
loader  False    False      False        0
# a boot loader for domains without a kernel
$ qvm-kernel add pvgrub2-pvh --image kernel/vmlinux
$ qvm-prefs vault kernel none
$ qvm-start vault && qvm-kill --wait vault

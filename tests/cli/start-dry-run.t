@ base
$ qvm-start --dry-run work
VM        ACTION        OBJECT
sys-net   check-memory  400 MiB
sys-net   make-volume   root: 10 GiB over revision 1 of 'tiny'
sys-net   use-volume    private: 2 GiB in pool 'default'
sys-net   make-volume   volatile: 10 GiB, empty
sys-net   build-domain  2 vcpus, kernel ROOT/var/lib/qvm/kernels/kernel/vmlinux
sys-net   unpause       sys-net
work      check-memory  400 MiB
work      make-volume   root: 10 GiB over revision 1 of 'tiny'
work      use-volume    private: 2 GiB in pool 'default'
work      make-volume   volatile: 10 GiB, empty
work      build-domain  2 vcpus, kernel ROOT/var/lib/qvm/kernels/kernel/vmlinux
work      unpause       work
$ qvm-start --dry-run --json vault
{
  "schema": "qvm-plan/1",
  "command": "qvm-start",
  "config": {
    "name": "vault",
    "uuid": "UUID",
    "type": "pvh",
    "memory": 419430400,
    "max_memory": 419430400,
    "vcpus": 2,
    "kernel": "ROOT/var/lib/qvm/kernels/kernel/vmlinux",
    "ramdisk": "ROOT/var/lib/qvm/kernels/kernel/initramfs",
    "cmdline": "root=/dev/xvda rw console=hvc0 quiet swiotlb=2048",
    "debug": false,
    "stubdom_memory": 0,
    "disks": [
      {
        "vdev": "xvda",
        "path": "/volume/r4-root",
        "major": 0,
        "minor": 0,
        "readonly": false,
        "cdrom": false
      },
      {
        "vdev": "xvdb",
        "path": "/volume/v11-g1",
        "major": 0,
        "minor": 0,
        "readonly": false,
        "cdrom": false
      },
      {
        "vdev": "xvdc",
        "path": "/volume/r4-volatile",
        "major": 0,
        "minor": 0,
        "readonly": false,
        "cdrom": false
      }
    ],
    "nics": [
    ],
    "keys": {
      "qvm/name": "vault",
      "qvm/type": "AppVM",
      "qvm/persistence": "rw-only",
      "qvm/default-user": "user",
      "qvm/base-template": "tiny",
      "qubes-vm-type": "AppVM"
    }
  },
  "steps": [
    {
      "vm": "vault",
      "action": "check-memory",
      "object": "400 MiB"
    },
    {
      "vm": "vault",
      "action": "make-volume",
      "object": "root: 10 GiB over revision 1 of 'tiny'"
    },
    {
      "vm": "vault",
      "action": "use-volume",
      "object": "private: 2 GiB in pool 'default'"
    },
    {
      "vm": "vault",
      "action": "make-volume",
      "object": "volatile: 10 GiB, empty"
    },
    {
      "vm": "vault",
      "action": "build-domain",
      "object": "2 vcpus, kernel ROOT/var/lib/qvm/kernels/kernel/vmlinux"
    },
    {
      "vm": "vault",
      "action": "unpause",
      "object": "vault"
    }
  ]
}
$ qvm-ls --running --raw-list
dom0
$ qvm-start vault
$ qvm-start --dry-run vault
qvm-start: cannot start 'vault': it is running
? 8

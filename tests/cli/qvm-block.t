@ base
# Block devices of dom0, in a sysfs and a /dev of the test's own.
$ printf '#!/bin/sh\n# disk [DISK/]NAME MAJOR:MINOR SECTORS [FILE=TEXT]...\ns=$QVM_ROOT/sys n=${1##*/}; dir=$s/devices/$1; mkdir -p $dir/device $dir/dm $dir/loop $s/class/block $s/dev/block $QVM_ROOT/dev; ln -s $dir $s/class/block/$n; ln -s $dir $s/dev/block/$2; : >$QVM_ROOT/dev/$n; echo $2 >$dir/dev; echo $3 >$dir/size; echo 0 >$dir/ro; shift 3; for pair; do echo "${pair#*=}" >$dir/${pair%%%%=*}; done\n' >disk; chmod +x disk
$ ./disk sda 8:0 4000 device/vendor=Some device/model="Stick of $(printf '\033')[31m 16GB  "
$ ./disk sda/sda1 8:1 2000 partition=1
$ ./disk sr0 11:0 800 ro=1 device/model=DVD
$ ./disk sdb 8:16 0 device/model='empty reader'
$ ./disk dm-3 253:3 4000 dm/name=host-data dm/uuid=LVM-abc
$ ./disk dm-4 253:4 4000 dm/name=fake-work--private dm/uuid=LVM-abc
$ ./disk dm-5 253:5 4000 dm/name=other dm/uuid=QVM-x
$ ./disk loop1 7:1 4000 loop/backing_file=$QVM_ROOT/var/lib/qvm/kernels/modules.img
$ mkdir -p $QVM_ROOT/dev/disk/by-id && ln -s ../../sda $QVM_ROOT/dev/disk/by-id/usb-Some_Stick
$ qvm-block
DEVICE     SIZE  RO     DESCRIPTION               USED BY  AS  READS ONLY
dm-3    2048000  False  host-data                 -        -   -
sda     2048000  False  Some Stick of ?[31m 16GB  -        -   -
sda1    1024000  False  -                         -        -   -
sr0      409600  True   DVD                       -        -   -
$ qvm-block attach work sda
qvm-block: 'work' does not run
? 9
$ qvm-start work alone
$ qvm-block attach work sda
/dev/xvdi
$ qvm-block attach --ro work dom0:sr0
/dev/xvdj
$ qvm-block attach alone sr0
/dev/xvdi
$ qvm-block attach alone usb-Some_Stick
qvm-block: 'work' has it, or a part of it, as 'xvdi'
? 10
$ qvm-block attach --ro alone sda1
qvm-block: 'work' has it, or a part of it, as 'xvdi'
? 10
$ qvm-block detach work sda
$ qvm-block attach --ro alone sda1
/dev/xvdj
$ qvm-block attach work sda
qvm-block: 'alone' has it, or a part of it, as 'xvdj'
? 10
$ qvm-block attach --ro work sda1
/dev/xvdi
$ qvm-block detach work sda1
$ qvm-block attach -o frontend-dev=xvdi -o read-only=yes work sda1
/dev/xvdi
$ qvm-block attach -o frontend-dev=xvdn -o read-only=yes work sda1
qvm-block: 'work' has it, or a part of it, as 'xvdi'
? 10
$ qvm-block attach --ro alone sda1
qvm-block: 'alone' has it, or a part of it, as 'xvdj'
? 10
$ qvm-block
DEVICE     SIZE  RO     DESCRIPTION               USED BY  AS    READS ONLY
dm-3    2048000  False  host-data                 -        -     -
sda     2048000  False  Some Stick of ?[31m 16GB  -        -     -
sda1    1024000  False  -                         alone    xvdj  True
sda1    1024000  False  -                         work     xvdi  True
sr0      409600  True   DVD                       alone    xvdi  True
sr0      409600  True   DVD                       work     xvdj  True
$ qvm-block list alone
DEVICE     SIZE  RO     DESCRIPTION  USED BY  AS    READS ONLY
sda1    1024000  False  -            alone    xvdj  True
sr0      409600  True   DVD          alone    xvdi  True
$ qvm-block list --json alone
{
  "schema": "qvm-block/1",
  "devices": [
    {
      "device": "sda1",
      "size": 1024000,
      "readonly": false,
      "description": null,
      "vm": "alone",
      "frontend": "xvdj",
      "vm_readonly": true
    },
    {
      "device": "sr0",
      "size": 409600,
      "readonly": true,
      "description": "DVD",
      "vm": "alone",
      "frontend": "xvdi",
      "vm_readonly": true
    }
  ]
}
# what cannot be
$ qvm-block attach work dm-4
qvm-block: 'dm-4' is a part of a domain or a pool
? 10
$ qvm-block attach work loop1
qvm-block: 'loop1' is a part of a domain or a pool
? 10
$ ./disk sdd 8:48 4000000
$ ./disk sdd/sdd1 8:49 2000000 partition=1
$ ./disk sdd/sdd2 8:50 2000000 partition=2
$ ln -s ../../sdd1 $QVM_ROOT/dev/disk/by-id/own
$ qvm-pool add own thin -o location=$QVM_ROOT/dev/disk/by-id/own
$ qvm-block attach work sdd1
qvm-block: 'sdd1' is a part of a domain or a pool
? 10
$ qvm-block attach work sdd
qvm-block: 'sdd' is a part of a domain or a pool
? 10
$ qvm-block list | grep sdd
sdd2    1024000000  False  -                         -        -     -
$ qvm-pool remove own
$ qvm-block list | grep -c sdd
3
$ rm $QVM_ROOT/sys/class/block/sdd*
$ qvm-block attach work dm-5
qvm-block: 'dm-5' is a part of a domain or a pool
? 10
$ qvm-block attach work sdc
qvm-block: there is no block device 'sdc'
? 5
$ qvm-block attach work ../sda
qvm-block: '../sda' is no name of a device
? 7
$ qvm-block attach work sys-usb:sda
qvm-block: 'sys-usb:sda': only dom0's devices can be had, as 'dom0:sdb'
? 21
$ qvm-block attach dom0 dm-3
qvm-block: 'dom0' has all devices already
? 7
$ qvm-block attach nosuch dm-3
qvm-block: no such domain: 'nosuch'
? 4
$ qvm-block attach vault dm-3
qvm-block: 'vault' does not run
? 9
$ qvm-block attach --frontend-dev xvda work dm-3
qvm-block: 'xvda': it can be xvdi to xvdp
? 7
$ qvm-block attach -o script=evil work dm-3
qvm-block: -o takes frontend-dev=XVD or read-only=yes
usage: qvm-block [OPTION...] [ACTION [VMNAME [DEVICE]]]
? 2
$ qvm-block attach work
qvm-block: attach takes VMNAME DEVICE
usage: qvm-block [OPTION...] [ACTION [VMNAME [DEVICE]]]
? 2
$ qvm-block detach --ro work
qvm-block: --ro and --frontend-dev go with attach
usage: qvm-block [OPTION...] [ACTION [VMNAME [DEVICE]]]
? 2
$ qvm-block list --force
qvm-block: --force goes with detach
usage: qvm-block [OPTION...] [ACTION [VMNAME [DEVICE]]]
? 2
$ qvm-block list nosuch
qvm-block: no such domain: 'nosuch'
? 4
$ qvm-prefs work devices_denied 'p******b******'
$ qvm-block attach work dm-3
qvm-block: its property devices_denied ('b******') keeps 'work' from having that
? 126
$ qvm-prefs work devices_denied p02****
# taking back
$ qvm-block detach work dm-3
qvm-block: 'work' has no 'dm-3'
? 5
$ echo 'fail detach ""' >>$QVM_ROOT/run/qvm/fake-xen
$ qvm-block detach work sda
qvm-block: 'work' has no 'sda'
? 5
$ qvm-block detach --force work sda
qvm-block: 'work' has no 'sda'
? 5
$ sed -i '/^fail/d' $QVM_ROOT/run/qvm/fake-xen
$ rm $QVM_ROOT/sys/class/block/sr0
$ qvm-block list work
DEVICE     SIZE  RO     DESCRIPTION  USED BY  AS    READS ONLY
sda1    1024000  False  -            work     xvdi  True
-             -  -      -            work     xvdj  True
$ qvm-block detach alone xvdi
$ qvm-block detach work
$ qvm-block
DEVICE     SIZE  RO     DESCRIPTION               USED BY  AS    READS ONLY
dm-3    2048000  False  host-data                 -        -     -
sda     2048000  False  Some Stick of ?[31m 16GB  -        -     -
sda1    1024000  False  -                         alone    xvdj  True

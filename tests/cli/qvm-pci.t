@ base
# PCI devices in a sysfs of the test's own.
$ printf '#!/bin/sh\n# device NAME CLASS VENDOR DEVICE [DRIVER]\ns=$QVM_ROOT/sys/bus/pci; dir=$s/devices/$1; mkdir -p $dir $s/drivers/pciback; echo $2 >$dir/class; echo $3 >$dir/vendor; echo $4 >$dir/device; [ -z "$5" ] || ln -s ../../drivers/$5 $dir/driver\n' >device; chmod +x device
$ qvm-pci
DEVICE  DESCRIPTION  DRIVER  ASSIGNED TO  STATE  PERMISSIVE
$ ./device 0000:00:00.0 0x060000 0x8086 0x1237
$ ./device 0000:00:03.0 0x020000 0x8086 0x100e e1000e
$ ./device 0000:02:00.1 0x0c0330 0x1b36 0x000d
$ ./device 0001:02:1f.7 0x118000 0x1234 0xabcd
$ qvm-pci
DEVICE        DESCRIPTION                DRIVER  ASSIGNED TO  STATE  PERMISSIVE
0000:00:03.0  Ethernet, 8086:100e        e1000e  -            -      -
0000:02:00.1  USB controller, 1b36:000d  -       -            -      -
0001:02:1f.7  device, 1234:abcd          -       -            -      -
$ qvm-pci assign sys-net 0000:00:03.0
$ qvm-pci attach --persistent -o permissive=yes sys-net dom0:02_00.1
$ qvm-prefs sys-net pcidevs
0000:00:03.0 0000:02:00.1,permissive
$ qvm-pci list
DEVICE        DESCRIPTION                DRIVER  ASSIGNED TO  STATE   PERMISSIVE
0000:00:03.0  Ethernet, 8086:100e        e1000e  sys-net      Halted  False
0000:02:00.1  USB controller, 1b36:000d  -       sys-net      Halted  True
0001:02:1f.7  device, 1234:abcd          -       -            -       -
$ qvm-pci list sys-net
DEVICE        DESCRIPTION                DRIVER  ASSIGNED TO  STATE   PERMISSIVE
0000:00:03.0  Ethernet, 8086:100e        e1000e  sys-net      Halted  False
0000:02:00.1  USB controller, 1b36:000d  -       sys-net      Halted  True
$ qvm-pci ls work
DEVICE  DESCRIPTION  DRIVER  ASSIGNED TO  STATE  PERMISSIVE
$ qvm-pci list nosuch
qvm-pci: no such domain: 'nosuch'
? 4
$ qvm-pci --json | head -12
{
  "schema": "qvm-pci/1",
  "devices": [
    {
      "device": "0000:00:03.0",
      "description": "Ethernet, 8086:100e",
      "driver": "e1000e",
      "vm": "sys-net",
      "state": "Halted",
      "permissive": false
    },
    {
# what cannot be
$ qvm-pci assign sys-net 00:03.0
qvm-pci: 'sys-net' has '00:03.0' already
? 6
$ qvm-pci assign sys-net 00:04.0
qvm-pci: there is no PCI device '00:04.0'
? 5
$ qvm-pci assign sys-net 00:3.0
qvm-pci: '00:3.0' is no PCI device, as '0000:00:1f.6'
? 7
$ qvm-pci assign sys-net 00:20.0
qvm-pci: '00:20.0' is no PCI device, as '0000:00:1f.6'
? 7
$ qvm-pci assign sys-net 0000:00:03.8
qvm-pci: '0000:00:03.8' is no PCI device, as '0000:00:1f.6'
? 7
$ qvm-pci assign sys-net 00:03.0,seize
qvm-pci: '00:03.0,seize': the one option is ',permissive'
? 7
$ qvm-pci assign dom0 00:03.0
qvm-pci: 'dom0' has all devices already
? 7
$ qvm-pci assign nosuch 00:03.0
qvm-pci: no such domain: 'nosuch'
? 4
$ qvm-pci assign sys-net
qvm-pci: assign takes VMNAME DEVICE
usage: qvm-pci [OPTION...] [ACTION [VMNAME [DEVICE]]]
? 2
$ qvm-pci unassign work 00:03.0
qvm-pci: 'work' has no '00:03.0'
? 5
$ qvm-pci unassign work
qvm-pci: 'work' has no PCI device
? 5
$ qvm-pci unassign -o permissive=yes work
qvm-pci: -o goes with assign
usage: qvm-pci [OPTION...] [ACTION [VMNAME [DEVICE]]]
? 2
$ qvm-prefs work pcidevs '00:03.0 00:03.0'
qvm-prefs: '00:03.0' is there twice
? 7
$ qvm-prefs work pcidevs 'none of these'
qvm-prefs: 'none' is no PCI device, as '0000:00:1f.6'
? 7
$ qvm-pci assign --dry-run work 0001:02:1f.7
VM        ACTION        OBJECT
work      set           pcidevs
$ qvm-prefs work devices_denied b******,p02****
$ qvm-pci assign work 00:03.0
qvm-pci: its property devices_denied ('p02****') keeps 'work' from having that
? 126
$ qvm-pci assign work 02:00.1
$ qvm-prefs work devices_denied p0C03**
$ qvm-prefs work netvm none
$ qvm-start work
qvm-start: cannot start 'work': its property devices_denied ('p0C03**') keeps 'work' from having that
? 126
$ qvm-pci unassign work
# starts
$ qvm-start sys-net
qvm-start: cannot start 'sys-net': with PCI devices it has to be a domain of virt_mode pv or hvm
? 7
$ qvm-prefs sys-net virt_mode pv
$ qvm-start --dry-run --json sys-net | grep -A 16 pcis
    "pcis": [
      {
        "device": "0000:00:03.0",
        "permissive": false
      },
      {
        "device": "0000:02:00.1",
        "permissive": true
      }
    ],
    "keys": {
      "qvm/name": "sys-net",
      "qvm/type": "AppVM",
      "qvm/persistence": "rw-only",
      "qvm/default-user": "user",
      "qvm/base-template": "tiny",
      "qubes-vm-type": "NetVM",
$ qvm-start sys-net
$ qvm-pci assign alone 00:03.0 && qvm-prefs alone virt_mode pv
$ qvm-start alone
qvm-start: cannot start 'alone': 'sys-net' has its PCI device '0000:00:03.0'
? 10
$ qvm-pci
DEVICE        DESCRIPTION                DRIVER  ASSIGNED TO  STATE    PERMISSIVE
0000:00:03.0  Ethernet, 8086:100e        e1000e  alone        Halted   False
0000:00:03.0  Ethernet, 8086:100e        e1000e  sys-net      Running  False
0000:02:00.1  USB controller, 1b36:000d  -       sys-net      Running  True
0001:02:1f.7  device, 1234:abcd          -       -            -        -
$ qvm-kill --wait sys-net
$ rm -r $QVM_ROOT/sys/bus/pci/devices/0000:00:03.0
$ qvm-start alone
qvm-start: cannot start 'alone': its netvm: cannot start 'sys-net': its PCI device '0000:00:03.0' is not there
? 5
$ qvm-pci
DEVICE        DESCRIPTION                DRIVER  ASSIGNED TO  STATE   PERMISSIVE
0000:02:00.1  USB controller, 1b36:000d  -       sys-net      Halted  True
0001:02:1f.7  device, 1234:abcd          -       -            -       -
0000:00:03.0  is not there               -       alone        Halted  False
0000:00:03.0  is not there               -       sys-net      Halted  False
$ rmdir $QVM_ROOT/sys/bus/pci/drivers/pciback
$ qvm-start alone
qvm-start: cannot start 'alone': its netvm: cannot start 'sys-net': dom0's kernel has no pciback for its PCI devices: load the module xen-pciback
? 21
$ qvm-pci unassign alone 0000:00:03.0
$ qvm-pci unassign sys-net
$ qvm-start alone sys-net

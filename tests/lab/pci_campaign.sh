# SPDX-License-Identifier: GPL-2.0-or-later
# A network card in the domain that serves the network, by the IOMMU: an AppVM reaches what is
# behind it, and dom0 has no interface.
# card: yes
# needs: tests/lab/net_lib.sh
# builds: tests/lab/fetch.c
# timeout: 600
. /lab/lib.sh
net_more='xen-pcifront e1000'
. /lab/net_lib.sh

modprobe xen-pciback
make_net_template || exit 1
card=$(qvm-pci | sed -n 's/ *Ethernet, 8086:100e.*//p')
check "the machine has a card" test -n "$card"
qvm-create -t net-tiny -l red --prop provides_network=True --prop netvm=none sys-net &&
	qvm-create -t net-tiny -l green --prop netvm=sys-net work || exit 1
check "it is assigned" qvm-pci assign sys-net "$card"
same "and shown" sys-net "$(qvm-pci --json | sed -n 's/.*"vm": "\(.*\)".*/\1/p')"
check "a domain starts with it" boot sys-net
same "dom0 has no interface" lo "$(ls /sys/class/net | grep -v bonding_masters)"
check "it answers" await 240 serves sys-net
in_vm sys-net 'for d in /sys/class/net/*; do echo "$d $(cat $d/address)"; done; lspci 2>/dev/null; dmesg | grep -i -e pci -e e1000 | tail -20' | sed 's/^/# /'
same "the card is there" 52:54:00:12:34:56 "$(in_vm sys-net 'cat /sys/class/net/eth0/address' | tr -d '\r')"
in_vm sys-net 'ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up; route add default gw 10.0.2.2'
check "it reaches what is outside" await 60 fetches sys-net 10.0.2.100
check "a domain behind it" boot work
check "reaches it, too" await 120 fetches work 10.0.2.100
refused "nobody else gets it meanwhile" 10 "'sys-net' has its PCI device" sh -c "qvm-prefs work pcidevs $card &&
	qvm-kill work && qvm-start work"
qvm-prefs --unset work pcidevs
check "it ends" qvm-shutdown --wait sys-net
check "and starts with it again" boot sys-net
check "it answers" await 240 serves sys-net
in_vm sys-net 'ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up; route add default gw 10.0.2.2'
check "and reaches what is outside" await 60 fetches sys-net 10.0.2.100
show_logs sys-net work
finish

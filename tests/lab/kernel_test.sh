# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel with an image of modules: a fourth disk of the domain, read-only, one device for
# all. And the unpacked initramfs boots as the packed one.
. /lab/lib.sh

mkdir /tmp/more
cp /usr/lib/qvm-lab/kernel/vmlinux /usr/lib/qvm-lab/kernel/initramfs /tmp/more/
{ echo modules of more; dd if=/dev/zero bs=1M count=1; } >/tmp/more/modules.img 2>/dev/null
check "a kernel with modules" qvm-init --kernel /tmp/more --kernel-name more
check "its initramfs is unpacked" sh -c 'ls /var/lib/qvm/kernels/more/.cache/initramfs-*'
qvm-create -t tiny -l red one
qvm-create -t tiny -l red two
qvm-prefs one kernel more
qvm-prefs two kernel more
check "it starts" boot one
same "the fourth disk" "modules of more" "$(guest one 'head -n 1 /dev/xvdd')"
same "read-only" 1 "$(guest one 'cat /sys/block/xvdd/ro')"
check "a second one starts" qvm-start two
same "one device for both" 1 "$(losetup -a | grep -c more/modules.img)"
check "both end" qvm-kill --wait one two
finish

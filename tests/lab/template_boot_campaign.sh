# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 1500
# packages: qemu-system-xen seabios ipxe-qemu grub-xen-host
# builds: tests/lab/cdrom.c
# Domains that boot by themselves: from a CD by firmware, and by a boot loader for Xen that
# reads the kernel on their own root.
. /lab/lib.sh

# --- a CD ---
/lab/cdrom iso >/tmp/cd.iso
qvm-create --standalone -t tiny -l red machine
refused "a CD in a domain without firmware" 7 "virt_mode hvm" \
	qvm-start --cdrom /tmp/cd.iso machine
qvm-prefs machine virt_mode hvm
refused "nor in one with a kernel of dom0's" 7 "no kernel of dom0's" \
	qvm-start --cdrom /tmp/cd.iso machine
qvm-prefs machine kernel ''
refused "a CD that is not there" 5 "cannot use '/tmp/no.iso'" \
	qvm-start --cdrom /tmp/no.iso machine
check "a machine starts from a CD" qvm-start --cdrom /tmp/cd.iso machine
check "its loader speaks" await 300 sh -c 'grep -q "loader is here" /var/log/qvm/guest-machine.log'
mkfifo /tmp/typed
qvm-console machine </tmp/typed >/tmp/shown 2>/dev/null &
exec 9>/tmp/typed
printf qvm >&9
check "and answers" await 60 grep -q '<q><v><m>' /tmp/shown
exec 9>&-
screen=/run/qvm/vm/$(qvm-prefs machine qid)/vnc
same "its screen is served on a local socket" "RFB 003.008" "$(/lab/cdrom screen "$screen")"
same "and nowhere else" 0 "$(cat /proc/net/tcp /proc/net/tcp6 | grep -c ' 0A ')"
check "it ends" qvm-kill --wait machine
check "its device model, too" await 60 sh -c '! pgrep -f "[q]emu-system.*machine"'
same "nothing of it is left" "Domain-0 0" "$(xl list | sed '1d;s/ .*//') $(xenstore-ls -f / |
	grep -c -e '^/local/domain/[1-9]' -e '^/local/domain/0/\(backend\|device-model\)/.')"

# --- a kernel of its own ---
mkdir -p /tmp/tree/boot/grub
tar -xf /usr/lib/qvm-lab/tiny.tar -C /tmp/tree
cp /usr/lib/qvm-lab/kernel/vmlinuz /usr/lib/qvm-lab/kernel/initramfs /tmp/tree/boot
cat >/tmp/tree/boot/grub/grub.cfg <<END
linux /boot/vmlinuz root=/dev/xvda console=hvc0 own-kernel
initrd /boot/initramfs
boot
END
printf '#!/bin/sh\necho "kernel: $(cat /proc/cmdline)" >/dev/console\n' >/tmp/tree/etc/qvm/start.d/say
chmod 755 /tmp/tree/etc/qvm/start.d/say
truncate -s 256M /tmp/disk
mke2fs -q -t ext4 -d /tmp/tree -F /tmp/disk
check "a disk with a kernel" qvm-template install grub --from /tmp/disk
qvm-prefs grub vcpus 1
qvm-prefs grub memory 256
qvm-prefs grub kernel ''
qvm-prefs grub virt_mode pv
refused "no loader is there yet" 5 "no boot loader" qvm-start grub
check "one for PV" qvm-kernel add pvgrub2 --image /usr/lib/grub-xen/grub-x86_64-xen.bin
check "one for PVH" qvm-kernel add pvgrub2-pvh --image /usr/lib/grub-xen/grub-i386-xen_pvh.bin
for mode in pv pvh; do
	qvm-prefs grub virt_mode $mode
	rm -f /var/log/qvm/guest-grub.log
	check "it starts as $mode" qvm-start grub
	check "and boots its own kernel" await 300 is_up grub
	check "that one" await 60 grep -q 'kernel: .*own-kernel' /var/log/qvm/guest-grub.log
	check "it ends" qvm-kill --wait grub
done
finish

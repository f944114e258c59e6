# SPDX-License-Identifier: GPL-2.0-or-later
# Second stage: dom0 booted once and kept as it is then, ready for commands. Third stage:
# the same with the current build installed and the toolkit set up.
#
# A checkpoint is a folder: root.qcow2 and pool.qcow2 (dom0's two disks), ram (the
# machine's memory, a sparse file) and state (its devices).

# With QVM_LAB_CARD set there is an IOMMU, and a network card to give away; what it reaches is
# a network without a way out, where 10.0.2.100 answers each request with "hello".
machine=(pc)
if [ "${QVM_LAB_CARD:-}" ]; then
	machine=(q35 -device intel-iommu -device e1000,netdev=card,mac=52:54:00:12:34:56 -netdev
		"user,id=card,restrict=on,guestfwd=tcp:10.0.2.100:80-cmd:printf 'HTTP/1.0 200 OK\r\n\r\nhello'")
fi

base_key()
{
	{
		cd "$lab" || exit
		cat base.sh wire.h labd.c $(find dom0 guest tiny -type f | LC_ALL=C sort)
		find dom0 guest tiny -printf '%p %m %l\n' | LC_ALL=C sort
		stat -Lc '%s %Y' "$(command -v qemu-system-x86_64)"
		echo "$root_entry $mem $dom0_mem ${machine[*]}"
	} | key
}

# qemu_args DIR SHARE DISKS PAYLOAD: sets `qemu` to the machine's command line: memory in
# DIR/ram (SHARE on: what it writes stays), disks in DISKS. It must be the same machine
# whenever it is saved or resumed.
qemu_args()
{
	local dir=$1 share=$2 disks=$3 payload=$4 console=$5
	local disk=cache=unsafe,discard=unmap,if=none
	qemu=(qemu-system-x86_64 -nodefaults -no-user-config -display none
		-name qvm-lab -accel tcg,thread=multi,tb-size=1024
		-cpu qemu64,+svm,+npt,+ssse3,+sse4.1,+sse4.2,+aes,+pclmulqdq -smp 2 -m "$mem"
		-machine "${machine[0]},memory-backend=ram" "${machine[@]:1}"
		-object "memory-backend-file,id=ram,size=${mem}M,mem-path=$dir/ram,share=$share"
		-kernel "$root_entry/xen"
		-append "console=com1 com1=115200,8n1 dom0_mem=${dom0_mem}M,max:${dom0_mem}M dom0_max_vcpus=1 bootscrub=false"
		-initrd "$root_entry/vmlinuz console=hvc0 quiet mitigations=off norandmaps,$base_initrd"
		-serial "file:$console"
		-device virtio-serial-pci
		-drive "$disk,id=root,format=qcow2,file=$disks/root.qcow2"
		-device virtio-blk-pci,drive=root
		-drive "$disk,id=pool,format=qcow2,file=$disks/pool.qcow2"
		-device virtio-blk-pci,drive=pool
		-drive "$disk,id=payload,format=raw,readonly=on,file=$payload"
		-device virtio-blk-pci,drive=payload)
}

# overlays FROM TO: disks whose writes stay in TO.
overlays()
{
	local disk
	for disk in root pool; do
		qemu-img create -q -f qcow2 -F qcow2 -b "$1/$disk.qcow2" "$2/$disk.qcow2"
	done
}

# As a disk that is always of the same size, which a checkpoint insists on.
as_disk() { truncate -s "$payload_size" "$1"; }

# module_files LIST: the modules and what they need, in the order of loading.
module_files()
{
	local name version
	version=$(ls "$root_entry/tree/lib/modules")
	for name in $(words "$1"); do
		modprobe -d "$root_entry/tree" -S "$version" --show-depends "$name" |
			sed -n 's/^insmod //p' |
			grep -v crc32c-intel	# QEMU's processor has no such instruction
	done | awk '!seen[$1]++ { print $1 }'
}

# make_initramfs INIT MODULES TO: busybox, INIT, and the modules of the list MODULES.
make_initramfs()
{
	local init=$1 modules=$2 to=$3 dir=$3.d file applet
	mkdir -p "$dir"/{bin,proc,sys,dev,root,newroot,modules}
	cp "$root_entry/busybox" "$dir/bin/busybox"
	for applet in cat chroot cttyhack insmod ls mount setsid sh switch_root usleep; do
		ln -s busybox "$dir/bin/$applet"
	done
	cp "$init" "$dir/init"
	for file in $(module_files "$modules"); do
		cp "$file" "$dir/modules/"
		echo "${file##*/}" >>"$dir/modules/order"
	done
	find "$dir" -exec touch -h -d @0 {} +
	(cd "$dir" && find . | LC_ALL=C sort |
		cpio -o --quiet -H newc --reproducible -R 0:0) | gzip -n >"$to"
	rm -rf "$dir"
}

make_tiny()
{
	local to=$1 dir=$1.d applet
	mkdir -p "$dir"
	cp -a "$lab/tiny/." "$dir/"
	mkdir -p "$dir"/{bin,sbin,usr/bin,usr/sbin,usr/local,lib,proc,sys,dev,run,tmp,root,rw,var/log} \
		"$dir"/{mnt,home/user,etc/qvm/start.d}
	cp "$root_entry/busybox" "$dir/bin/busybox"
	"$dir/bin/busybox" --list-full | while read -r applet; do
		mkdir -p "$dir/${applet%/*}"
		[ -e "$dir/$applet" ] || ln -s /bin/busybox "$dir/$applet"
	done
	chmod 1777 "$dir/tmp"
	chmod 700 "$dir/root"
	chmod 600 "$dir/etc/shadow"
	as_root "$BASH" -c '. "$1/common.sh"; pack -C "$2" --exclude=./home/user . >"$3" &&
		tar -r --format=gnu --mtime=@0 --owner=1000 --group=1000 --numeric-owner \
			-C "$2" -f "$3" ./home/user' tiny "$lab" "$dir" "$to"
	rm -rf "$dir"
}

# The lab's own files in dom0, which its first program unpacks.
make_lab_files()
{
	local to=$1 tree=$1.d lib=$1.d/usr/lib/qvm-lab
	mkdir -p "$lib/kernel/modules" "$tree/etc" "$tree/usr/sbin"
	cp "$lab"/dom0/{boot,warm,prepare,with-env} "$lib/"
	cp "$lab/dom0/inittab" "$tree/etc/"
	ln -s ../bin/busybox "$tree/usr/sbin/init"
	$CC -O2 -static -D_GNU_SOURCE -o "$lib/labd" "$lab/labd.c" -lutil
	make_initramfs "$lab/guest/init" "$lab/guest/modules" "$lib/kernel/initramfs"
	cp $(module_files "$lab/guest/modules") "$lib/kernel/modules/"
	make_tiny "$lib/tiny.tar"
	pack -C "$tree" . >"$to"
	as_disk "$to"
	rm -rf "$tree"
}

# Memory that was never written, or only with zeroes, takes no room.
pack_ram() { fallocate -d "$1"; }

build_base()
{
	local to=$1 base_initrd=$1/initrd payload=$1/payload
	local -a qemu
	make_initramfs "$lab/dom0/initrd" "$lab/dom0/modules" "$base_initrd"
	make_lab_files "$payload"
	qemu-img create -q -f qcow2 -F raw -b ../root.img "$to/root.qcow2"
	qemu-img create -q -f qcow2 "$to/pool.qcow2" 16G
	qemu_args "$to" on "$to" "$payload" "$to/console"
	step "booting dom0 and taking a checkpoint" \
		"$labc" -P -s "$to/state" -c "$to/console" -q "$to/qemu.log" -t 900 \
		"${qemu[@]}" -- /usr/lib/qvm-lab/warm
	pack_ram "$to/ram"
	rm -f "$payload"
}

# build_ready BUILD TO: BUILD is the tar of the current build.
build_ready()
{
	local build=$1 to=$2
	local -a qemu
	cp "$build" "$to/payload"
	as_disk "$to/payload"
	cp --sparse=always --reflink=auto "$base_entry/ram" "$to/ram"
	overlays .. "$to"
	qemu_args "$to" on "$to" "$to/payload" "$to/console"
	step "installing the current build" \
		"$labc" -P -l "$base_entry/state" -s "$to/state" -c "$to/console" \
		-q "$to/qemu.log" -t 900 "${qemu[@]}" -- \
		/usr/lib/qvm-lab/prepare init
	rm -f "$to/payload"
}

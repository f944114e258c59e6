# SPDX-License-Identifier: GPL-2.0-or-later
# First stage: the Debian system of dom0 as a disk image, and beside it what is needed to
# boot it: the hypervisor, the kernel, busybox, the kernel's modules.

suite=bookworm
extra_packages=${QVM_LAB_PACKAGES:-}

# dom0 must have the libraries that the build on this machine is linked with.
root_key()
{
	{
		cat "$lab/packages" "$lab/root.sh"
		echo "$suite $extra_packages"
		dpkg-query -W -f '${Package} ${Version}\n' libc6 $(words "$lab/packages" |
			grep '^lib[^c]') 2>/dev/null
	} | key
}

# This machine's own package sources, and how it reaches them.
apt_sources() { ls /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null; }
apt_options() { apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries)' || true; }

fetch_system()
{
	local tar=$1 options=$2 log=$3
	local -a sources
	mapfile -t sources < <(apt_sources)
	apt_options >"$options"
	mmdebstrap --variant=extract --aptopt="$options" \
		--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
		--include="$(words "$lab/packages" <(echo "$extra_packages") | paste -sd,)" \
		"$suite" "$tar" "${sources[@]}" >"$log" 2>&1 && return
	tail -n 15 "$log" >&2
	die "fetching Debian's packages failed"
}

# What dom0 has no use for is most of what was unpacked.
trim_system()
{
	local root=$1 modules
	modules=$(echo "$root"/lib/modules/*/kernel)
	rm -rf "$root"/usr/share/{doc,man,info,locale,lintian,bash-completion,zsh,perl5} \
		"$root"/usr/lib/python3* "$root"/usr/share/python3 \
		"$root"/usr/share/initramfs-tools "$root"/var/cache/apt/* \
		"$root"/var/lib/apt/lists/* "$root"/usr/lib/systemd/system
	rm -rf "$modules"/sound "$modules"/net/{wireless,mac80211,bluetooth,ceph,nfc,batman-adv}
	find "$modules/drivers" -mindepth 1 -maxdepth 1 \
		! -name block ! -name md ! -name virtio ! -name xen ! -name char \
		! -name net ! -name scsi ! -name ata ! -name cdrom ! -name dax ! -name nvdimm ! -name pci \
		-exec rm -rf {} +
	# A card that is given to a domain is an e1000.
	find "$modules"/drivers/net/ethernet -mindepth 2 -maxdepth 2 \
		! -path '*/intel/e1000' -exec rm -rf {} +
	find "$modules"/drivers/pci -type f ! -name 'xen-pcifront.ko*' -delete
	rm -rf "$modules"/drivers/net/{wireless,usb,can,phy,hamradio} \
		"$modules"/drivers/scsi/*/
	depmod -b "$root" "$(kernel_version "$root")"
}

kernel_version() { ls "$1/lib/modules"; }

# The packages' own set-up did not run; this is what of it is needed.
configure_system()
{
	local root=$1
	cp "$root"/usr/share/base-passwd/passwd.master "$root/etc/passwd"
	cp "$root"/usr/share/base-passwd/group.master "$root/etc/group"
	printf '%s\n' kvm:x:991: render:x:992: input:x:993: sgx:x:994: >>"$root/etc/group"
	printf "%s: files\n" passwd group hosts >"$root/etc/nsswitch.conf"
	echo '127.0.0.1 localhost dom0' >"$root/etc/hosts"
	echo dom0 >"$root/etc/hostname"
	ln -sf /proc/mounts "$root/etc/mtab"
	ln -sf gawk "$root/usr/bin/awk"
	printf 'activation {\n\tmonitoring = 0\n}\n' >"$root/etc/lvm/lvmlocal.conf"
	rm -rf "$root/var/run" "$root/var/lock"
	ln -s /run "$root/var/run"
	ln -s /run/lock "$root/var/lock"
	mkdir -p "$root"/{lab,root,proc,sys,dev,run,tmp}
	ldconfig -r "$root"
}

# The kernel as the hypervisor's loader wants it, without the decompressor in front.
extract_vmlinux()
{
	local from=$1 to=$2 magic tool at
	while read -r magic tool; do
		for at in $(LC_ALL=C grep -obUaP "$magic" "$from" | cut -d: -f1); do
			tail -c +$((at + 1)) "$from" | $tool >"$to" 2>/dev/null || true
			if [ "$(head -c 4 "$to" | tail -c 3)" = ELF ]; then
				return
			fi
		done
	done <<-'END'
		\xfd7zXZ\x00 unxz
		\x28\xb5\x2f\xfd unzstd
		\x1f\x8b\x08 gunzip
	END
	die "no kernel found in $from"
}

copy_parts()
{
	local root=$1 to=$2 kernel
	kernel=$root/usr/lib/qvm-lab/kernel
	mkdir -p "$kernel"
	mv "$root"/boot/vmlinuz-* "$kernel/vmlinuz"
	extract_vmlinux "$kernel/vmlinuz" "$kernel/vmlinux"
	cp "$kernel/vmlinuz" "$to/vmlinuz"
	gunzip -c "$root"/boot/xen-*.gz >"$to/xen"
	rm -rf "$root"/boot/*
	cp "$root/usr/bin/busybox" "$to/busybox"
	mkdir -p "$to/tree/lib"
	cp -a "$root/lib/modules" "$to/tree/lib/"
}

make_image()
{
	local root=$1 image=$2
	truncate -s 8G "$image"
	mke2fs -q -t ext4 -d "$root" -L dom0 -m 0 -i 65536 -J size=32 \
		-E lazy_itable_init=1,lazy_journal_init=1 "$image"
}

# Runs under one fakeroot where need be, for owners live only as long as that does.
assemble_root()
{
	local to=$1 root=$1/root
	mkdir "$root"
	tar -x -C "$root" -f "$to/root.tar" --exclude='./dev/*'
	rm "$to/root.tar"
	trim_system "$root"
	configure_system "$root"
	copy_parts "$root" "$to"
	make_image "$root" "$to/root.img"
	rm -rf "$root"
}

build_root()
{
	local to=$1
	step "fetching Debian's packages" \
		fetch_system "$to/root.tar" "$to/apt.conf" "$to/fetch.log"
	step "making dom0's disk" as_root "$BASH" -c \
		"set -e; lab=\$1; . \"\$1/common.sh\"; . \"\$1/root.sh\"; assemble_root \"\$2\"" \
		root "$lab" "$to"
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# debian.sh
# Makes what campaigns of the lab want of a distribution: build/debian.tar.zst, a whole Debian
# with systemd, and build/mirror.tar, the packages that it is made of as an archive for apt.
set -euo pipefail
cd "$(dirname "$0")/.."
lab/lab build
. lab/root.sh # whence this machine gets its packages
mapfile -t sources < <(apt_sources)
mkdir -p build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
apt_options >"$work/options"
mkdir "$work/mirror"

# Those that ops/template_build.c asks for. They stay where apt has put them until they are
# copied out.
kept=/var/cache/apt/archives
mmdebstrap --variant=minbase \
	--include=systemd-sysv,udev,dbus,iproute2,nftables,e2fsprogs,kmod,sudo,ca-certificates \
	--skip=download/empty,essential/unlink,cleanup/apt/cache \
	--aptopt="$work/options" --aptopt='APT::Keep-Downloaded-Packages "true"' \
	--customize-hook="cp \"\$1\"$kept/*.deb '$work/mirror'" \
	--customize-hook="rm -f \"\$1\"$kept/*.deb" \
	"$suite" "$work/debian.tar.zst" "${sources[@]}"
cd "$work/mirror"
dpkg-scanpackages -m . >Packages
# Which distribution it is, and what the list must be; nobody signs it.
cat >Release <<END
Suite: $suite
Codename: $suite
Components: main
Architectures: amd64
SHA256:
 $(sha256sum <Packages | cut -d' ' -f1) $(stat -c %s Packages) Packages
END
cd - >/dev/null
tar -C "$work" -cf build/mirror.tar mirror
mv "$work/debian.tar.zst" build/

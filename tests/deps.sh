#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what building and testing need, where it is missing and we may.
set -eu

# The package, and a file or a command that shows it is there on any distribution.
wanted='
gcc cc
make make
pkg-config pkg-config
libc6-dev /usr/include/stdio.h
libxen-dev /usr/include/libxl.h
libdevmapper-dev /usr/include/libdevmapper.h
libsqlite3-dev /usr/include/sqlite3.h
libarchive-dev /usr/include/archive.h
libacl1-dev /usr/include/sys/acl.h
liblz4-dev /usr/include/lz4.h
liblzma-dev /usr/include/lzma.h
libbz2-dev /usr/include/bzlib.h
nettle-dev /usr/include/nettle/version.h
libpopt-dev /usr/include/popt.h
zlib1g-dev /usr/include/zlib.h
libssl-dev /usr/include/openssl/evp.h
libyaml-dev /usr/include/yaml.h
libscrypt-kdf-dev /usr/include/scrypt-kdf.h
libzstd-dev /usr/include/zstd.h
libsodium-dev /usr/include/sodium.h
libexpat1-dev /usr/include/expat.h
scrypt scrypt
libjson-c-dev /usr/include/json-c/json.h
libcmocka-dev /usr/include/cmocka.h
libncurses-dev /usr/include/curses.h
clang-format clang-format
mandoc mandoc
e2fsprogs mkfs.ext4
xfsprogs mkfs.xfs
btrfs-progs mkfs.btrfs
qemu-utils qemu-img
sqlite3 sqlite3
util-linux script
python3 python3
'

have()
{
	case $1 in
	/*) [ -e "$1" ] ;;
	*) command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ] ;;
	esac
}

missing=$(echo "$wanted" | while read -r package proof; do
	[ -z "$package" ] || have "$proof" || echo "$package"
done)
[ -n "$missing" ] || exit 0
set -- $missing
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "please install what these Debian packages hold: $*" >&2
	exit 1
fi
echo "installing $*"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get install -y --no-install-recommends "$@" ||
	{ apt-get update && apt-get install -y --no-install-recommends "$@"; }; } >"$log" 2>&1
then
	tail -n 5 "$log" >&2
	echo "could not install: $*" >&2
	exit 1
fi

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# backup.sh BUILD PAIR: backups on the machine itself, with the fake backend, whose volumes are
# files: what reads, compresses and encrypts is the same as on LVM. JSON lines on stdout. The
# data: 512 MiB, most of it programs, the rest random.
set -eu
build=$(cd "$1" && pwd)
pair=$(realpath "$2")
here=$(cd "$(dirname "$0")" && pwd)
top=$(mktemp -d -p "${TMPDIR:-/dev/shm}")
trap 'rm -rf "$top"' EXIT
cd "$top"
mkdir root bin kernel tree
for command in qvm $("$build/qvm" commands); do
	ln -s "$build/qvm" "bin/$command"
done
export PATH="$top/bin:$PATH" QVM_ROOT="$top/root" QVM_BACKEND=fake QVM_MODULES="$build/modules"
printf '\177ELF' >kernel/vmlinux
echo initramfs >kernel/initramfs
tar -C tree -cf tiny.tar .
qvm-init --pool fake/pool --scratch fake/scratch --kernel kernel
qvm-template install tiny tiny.tar
qvm-create -l black --prop netvm=none data
{ tar -C / -cf - usr/lib usr/bin usr/share 2>/dev/null || true; } | head -c 400M >image
head -c 112M /dev/urandom >>image
qvm-volume import --size 512MiB data:private image
head -c 32 /dev/urandom | base64 >pass

# The same by tools of the system, and back.
cat >peer <<'END'
#!/bin/sh
tar -cf - image | zstd -q -T0 | openssl enc -aes-256-ctr -pbkdf2 -pass file:pass >peer.out
END
cat >peer-back <<'END'
#!/bin/sh
openssl enc -d -aes-256-ctr -pbkdf2 -pass file:pass <peer.out | zstd -q -d | tar -xf - -O >back
END
# Qubes's way of a part: the tool, which takes five seconds of processor time for its key.
cat >peer-v4 <<'END'
#!/bin/sh
split -b 100M --filter 'scrypt enc --passphrase file:pass - >part' image
END
cat >export <<'END'
#!/bin/sh
exec qvm-vault export -p pass vault data:private >back
END
cat >fresh <<'END'
#!/bin/sh
rm -rf vault && qvm-vault init --key-memory 1MiB -p pass vault
END
chmod +x peer peer-back peer-v4 export fresh
save="qvm-vault backup -y -p pass vault data"
"$pair" vault-full 4 "$save" ./fresh ./peer ""
"$pair" vault-restore 4 ./export "" ./peer-back ""
qvm-vault init --key-memory 1MiB -p pass filled
qvm-vault backup -y -p pass filled data >again
"$pair" vault-again 4 "qvm-vault backup -y -p pass filled data" "" "$save" ./fresh
"$pair" v4-full 2 "qvm-backup -y -f -p pass -Z none to data" "" ./peer-v4 ""

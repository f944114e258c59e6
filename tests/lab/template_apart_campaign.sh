# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 1500
# Archives that dom0 does not read: a disposable unpacks them onto the new root volume.
. /lab/lib.sh

refused "without a disposable to be had" 5 "default_dispvm" \
	qvm-template install --in-disposable apart --from /usr/lib/qvm-lab/tiny.tar
qvm-create -t tiny -l red base && qvm-prefs base template_for_dispvms True || exit 1
qubes-prefs default_dispvm base

# What of it dom0 runs itself: each call of the helper leaves its first word.
fill=/usr/lib/qvm/qvm-fill
[ -e $fill ] || fill=$(find /usr -name qvm-fill -type f | head -n 1)
mv "$fill" "$fill.real"
printf '#!/bin/sh\necho "$1" >>/tmp/said\nexec %s "$@"\n' "$fill.real" >"$fill"
chmod 755 "$fill"

zstd -q /usr/lib/qvm-lab/tiny.tar -o /tmp/tiny.tar.zst
begin=$(date +%s)
check "an archive" qvm-template install --in-disposable apart --size 256MiB \
	--from /tmp/tiny.tar.zst
echo "# in $(($(date +%s) - begin)) s"
same "dom0 has made a file system, no more" fs "$(sort -u /tmp/said)"
same "the disposable is gone" "$(echo apart base dom0 tiny)" \
	"$(qvm-ls --raw-list | sort | paste -sd' ')"
check "the same in dom0" qvm-template install here --size 256MiB --from /tmp/tiny.tar.zst
facts() { qvm-template info "$1" | grep -e '^digest' -e '^kind' -e '^init' -e '^files' -e '^bytes'; }
same "what is known of both is the same" "$(facts here)" "$(facts apart)"
light apart
qvm-create -t apart -l red work
check "a domain of it starts" boot work
check "its agent answers" await 120 qvm-run -p work true
same "commands run as the user" user "$(qvm-run -p work 'id -un')"
check "it ends" qvm-shutdown --wait work

# --- hostile ones ---
rm /tmp/said
before=$(traces)
mkdir -p /tmp/evil/etc
ln -s /rw /tmp/evil/out
echo evil >/tmp/evil.txt
tar -cf /tmp/evil.tar -C /tmp/evil out
tar -rf /tmp/evil.tar -C /tmp --transform 's,^,out/,' evil.txt
refused "an archive that writes through a link" 1 "through a link" \
	qvm-template install --in-disposable bad --from /tmp/evil.tar
truncate -s 300M /tmp/evil/huge
tar -czf /tmp/full.tar.gz -C /tmp/evil etc huge
refused "more than fits" 13 "than the volume\|No space" \
	qvm-template install --in-disposable bad --size 64MiB --from /tmp/full.tar.gz
head -c 1000000 /tmp/tiny.tar.zst >/tmp/cut.tar.zst
refused "one that is cut" 1 "bad\|runcated" \
	qvm-template install --in-disposable bad --from /tmp/cut.tar.zst
truncate -s 96M /tmp/disk.raw
mke2fs -q -t ext4 -L lab /tmp/disk.raw
refused "a disk" 1 "nothing is to be unpacked" \
	qvm-template install --in-disposable bad --from /tmp/disk.raw
refused "a folder" 7 "takes a file" qvm-template install --in-disposable bad --from /tmp/evil
await 60 quiet
same "nothing is left of any" "$before" "$(traces)"
same "and dom0 has read none" fs "$(sort -u /tmp/said)"
finish

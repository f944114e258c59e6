# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 1500
# Templates of other things than a plain tar: an image of containers, which boots by the
# agent alone, disks, and what install itself exports; hostile sources leave nothing behind.
. /lab/lib.sh

work=/tmp/image
mkdir -p $work/blobs/sha256 $work/one $work/two

# --- an image of two layers, made of the template tiny; the second takes its init away ---
blob() { sum=$(sha256sum <"$1" | cut -d' ' -f1); mv "$1" "$work/blobs/sha256/$sum"; echo "$sum"; }
tar -xf /usr/lib/qvm-lab/tiny.tar -C $work/one
tar -cf $work/1.tar -C $work/one .
mkdir -p $work/two/sbin $work/two/etc/init.d $work/two/home/user
touch $work/two/etc/.wh.inittab $work/two/sbin/.wh.init $work/two/etc/init.d/.wh..wh..opq
echo from the second layer >$work/two/etc/motd
tar -cf $work/2.tar -C $work/two .
diff1=$(sha256sum <$work/1.tar | cut -d' ' -f1)
diff2=$(sha256sum <$work/2.tar | cut -d' ' -f1)
gzip -n $work/1.tar
layer1=$(blob $work/1.tar.gz)
layer2=$(blob $work/2.tar)
cat >$work/config <<END
{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":["sha256:$diff1","sha256:$diff2"]}}
END
config=$(blob $work/config)
cat >$work/manifest <<END
{"config":{"digest":"sha256:$config"},"layers":[{"digest":"sha256:$layer1"},{"digest":"sha256:$layer2"}]}
END
manifest=$(blob $work/manifest)
echo "{\"manifests\":[{\"digest\":\"sha256:$manifest\"}]}" >$work/index.json
echo '{"imageLayoutVersion":"1.0.0"}' >$work/oci-layout
rm -r $work/one $work/two
tar -cf /tmp/image.tar -C $work .

check "an image as a tar" qvm-template install image --from /tmp/image.tar --size 256MiB
same "its digest is the manifest's" "$manifest" \
	"$(qvm-template info image | sed -n 's/^digest *//p')"
same "it has no init" none "$(qvm-template info image | sed -n 's/^init *//p')"
qvm-prefs image virt_mode pv
qvm-prefs image vcpus 1
qvm-prefs image memory 160
qvm-create -t image -l red work
check "it starts" qvm-start work
in_work() { qvm-run -p -u root work "$@"; }
check "the agent answers" await 120 in_work true
same "both layers are there" "from the second layer" "$(in_work 'cat /etc/motd')"
same "the first program is the agent" /usr/lib/qvm/qvm-agent "$(in_work 'readlink /proc/1/exe')"
same "it has its name" work "$(in_work hostname)"
same "its home is on the private volume" /dev/xvdb \
	"$(in_work "grep ' /home ' /proc/mounts | cut -d' ' -f1")"
same "commands run as the user" user "$(qvm-run -p work 'id -un')"
in_work 'echo kept >~user/kept; echo gone >/gone; sync' >/dev/null
check "it ends in order" qvm-shutdown --wait work
check "it starts again" qvm-start work
check "the agent answers again" await 120 in_work true
same "its home stays, its root does not" kept \
	"$(in_work 'echo $(cat ~user/kept) $(cat /gone 2>/dev/null)')"
same "a child that runs is up to date" none \
	"$(qvm-template info image | sed -n 's/^outdated *//p')"
check "a new root for the template" qvm-template reinstall image --from $work
same "the child that runs is not" work \
	"$(qvm-template info image | sed -n 's/^outdated *//p')"
check "it ends" qvm-kill --wait work

# --- disks, and what is exported ---
truncate -s 96M /tmp/disk.raw
mke2fs -q -t ext4 -d /usr/lib/qvm-lab/kernel -L lab /tmp/disk.raw
qemu-img convert -O qcow2 /tmp/disk.raw /tmp/disk.qcow2
check "a disk in qcow2" qvm-template install disk --from /tmp/disk.qcow2
check "is there byte for byte" sh -c 'qvm-volume export disk:root | cmp - /tmp/disk.raw'
check "a template as a file" qvm-template export disk /tmp/disk.tar.zst
check "from which another is made" qvm-template install again --from /tmp/disk.tar.zst
check "that is the same" sh -c 'qvm-volume export again:root | cmp - /tmp/disk.raw'

# --- hostile ones ---
before=$(traces)
qemu-img create -q -f qcow2 -F raw -b /etc/passwd /tmp/leaning.qcow2 96M
refused "a disk that leans on a file of dom0" 1 "leans on another file" \
	qvm-template install bad --from /tmp/leaning.qcow2
mkdir /tmp/evil
ln -s /tmp /tmp/evil/out
echo evil >/tmp/evil.txt
tar -cf /tmp/evil.tar -C /tmp/evil out
tar -rf /tmp/evil.tar -C /tmp --transform 's,^,out/,' evil.txt
refused "an archive that writes through a link" 1 "through a link" \
	qvm-template install bad --from /tmp/evil.tar
tar -cPf /tmp/climb.tar --transform 's,^,../../../../tmp/escaped-,' -C /tmp evil.txt
refused "an archive that climbs" 1 "leads out" qvm-template install bad --from /tmp/climb.tar
check "nothing is outside" sh -c '! ls /tmp/escaped-* 2>/dev/null'
truncate -s 300M /tmp/evil/huge
mkdir /tmp/evil/etc
tar -czf /tmp/full.tar.gz -C /tmp/evil etc huge
refused "more than fits" 13 "than the volume\|No space" \
	qvm-template install bad --size 64MiB --from /tmp/full.tar.gz
head -c 100000 /tmp/image.tar >/tmp/cut.tar
refused "one that is cut" 1 "bad\|truncated\|Truncated" qvm-template install bad --from /tmp/cut.tar
same "nothing is left of any" "$before" "$(traces)"
finish

# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by lab.sh. import: a template from a tar of dom0's own programs and libraries, as much
# as a small distribution, against a file system made by hand and `tar x` into it, both on a
# thin volume, until it is on the disk. Ours has the whole command in it: registry, volumes, the
# guest's programs.
import()
{
	tree=/var/tmp/tree.tar.gz
	tar -C / -cf - usr/bin usr/sbin usr/lib usr/share etc 2>/dev/null | gzip -1 >$tree || true
	cat >/tmp/import-down <<'END'
#!/bin/sh
qvm-remove -f --purge imported 2>/dev/null
sync
echo 3 >/proc/sys/vm/drop_caches
cat /var/tmp/tree.tar.gz >/dev/null
END
	cat >/tmp/import-peer <<'END'
#!/bin/sh
set -e
mke2fs -q -F -t ext4 /dev/qvm/by-hand
mkdir -p /tmp/by-hand
mount /dev/qvm/by-hand /tmp/by-hand
tar -C /tmp/by-hand --numeric-owner --xattrs --acls -xpf /var/tmp/tree.tar.gz
umount /tmp/by-hand
END
	cat >/tmp/import-peer-down <<'END'
#!/bin/sh
lvremove -qq -f qvm/by-hand >/dev/null 2>&1
lvcreate -qq -y -Wn -V 2G --thinpool pool -n by-hand qvm >/dev/null 2>&1
sync
echo 3 >/proc/sys/vm/drop_caches
cat /var/tmp/tree.tar.gz >/dev/null
END
	chmod +x /tmp/import-*
	/lab/pair import 3 "qvm-template install --size 2GiB imported $tree" /tmp/import-down \
		/tmp/import-peer /tmp/import-peer-down
	/tmp/import-down
	lvremove -qq -f qvm/by-hand >/dev/null 2>&1
	rm -f $tree
}

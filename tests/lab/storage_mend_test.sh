# SPDX-License-Identifier: GPL-2.0-or-later
# A power cut that has left LVM's pointer to its newest text without that text: LVM finds the
# disk and no group on it.
# timeout: 600
. /lab/lib.sh

hash_of() { qvm-volume export "$1:private" - | sha256sum; }
found() { vgs qvm >/dev/null 2>&1; }
# What LVM's header points to is gone.
lose_text()
{
	sync
	# The ephemeral store is over it.
	while dmsetup info -c --noheadings -o name,uuid | grep -v ':LVM-' | cut -d: -f1 >/tmp/ours && [ -s /tmp/ours ]; do
		xargs -n1 dmsetup remove </tmp/ours 2>/dev/null
	done
	vgchange -qq -an qvm
	at=$(pvck --dump headers /dev/vdb | sed -n 's/.*metadata text at \([0-9]*\) .*/\1/p')
	dd if=/dev/zero of=/dev/vdb bs=1 seek="$at" count=2000 conv=notrunc,fsync 2>/dev/null
}

head -c 3000000 /dev/urandom >/tmp/content
check "a domain" qvm-create -t tiny -l red --size private=16MiB work
check "with content" qvm-volume import work:private /tmp/content
was=$(hash_of work)
volumes=$(lvs --noheadings -o lv_name qvm | sort)
same "nothing is to be recovered" "" "$(qvm-recover 2>&1)"

lose_text
refused "the group is not found: start" 5 "not found" qvm-start --paused work
cp /etc/lvm/backup/qvm /tmp/backup
sed -i '/pv0 {/,/device/s/id = "..../id = "aaaa/' /etc/lvm/backup/qvm
qvm-recover >/tmp/said 2>&1
check "of another disk it is not put back" sh -c '! grep -q "put back" /tmp/said && grep -q "not found" /tmp/said'
check "and is still not found" sh -c '! vgs qvm 2>/dev/null'
cp /tmp/backup /etc/lvm/backup/qvm
check "what would be done is said" sh -c 'qvm-recover --dry-run 2>/dev/null | grep "^pool .*put back"'
check "and not done" sh -c '! vgs qvm 2>/dev/null'
check "it is put back" sh -c 'qvm-recover 2>/dev/null | grep "^pool .*put back"'
check "and found" found
same "nothing more is to be recovered" "" "$(qvm-recover 2>&1)"
same "all volumes are there" "$volumes" "$(lvs --noheadings -o lv_name qvm | sort)"
same "with what they held" "$was" "$(hash_of work)"
check "a start" qvm-start --paused work
check "its end" qvm-kill --wait work
await 60 quiet
check "removal" qvm-remove -f --purge work
finish

# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by lab.sh. vault: the second backup of a volume of LVM's, unchanged and with one
# hundredth of it written anew by its domain, against the first. The volume is of the default
# size, 2 GiB, and full: a fifth of it programs, the rest such that nothing makes it smaller.
# What can be told from the thin pool's metadata is not read. The passphrase is a random one,
# whose key is cheap.
vault()
{
	cat >/tmp/vault-fresh <<'END'
#!/bin/sh
rm -rf /var/tmp/first && qvm-vault init --key-memory 1MiB -p /tmp/vault-pass /var/tmp/first
END
	cat >/tmp/vault-change <<'END'
#!/bin/sh
set -e
qvm-run -u root data 'dd if=/dev/urandom of=/rw/hundredth bs=1M count=19 conv=notrunc; sync'
qvm-shutdown --wait data
# What was written becomes a revision behind the prompt: that is the stop's.
while pgrep -f '[_]_watch' >/dev/null; do sleep 0.1; done
END
	chmod +x /tmp/vault-*
	head -c 32 /dev/urandom | base64 >/tmp/vault-pass
	qvm-create -t tiny -l black --prop netvm=none --prop memory=128 --prop virt_mode=pv \
		--prop vcpus=1 data
	tar -C / -cf - usr/bin usr/sbin usr/share/perl usr/lib/x86_64-linux-gnu 2>/dev/null |
		head -c 400M >/tmp/programs || true
	qvm-run --pass-io -u root data 'cat >/rw/programs' </tmp/programs
	# Moved by an odd number of bytes its chunks are others.
	qvm-run -u root data 'cd /rw; dd if=/dev/urandom of=random bs=1M count=490
		for i in 1 2; do tail -c +${i}001 random >random$i; done
		dd if=/dev/urandom of=hundredth bs=1M count=19; sync'
	qvm-shutdown --wait data
	rm /tmp/programs
	qvm-vault init --key-memory 1MiB -p /tmp/vault-pass /var/tmp/again
	again="qvm-vault backup -y -p /tmp/vault-pass /var/tmp/again data"
	first="qvm-vault backup -y -p /tmp/vault-pass /var/tmp/first data"
	$again >&2
	/lab/pair vault-unchanged 3 "$again" "" "$first" /tmp/vault-fresh
	/lab/pair vault-hundredth 2 "$again" /tmp/vault-change "$first" /tmp/vault-fresh
	rm -rf /var/tmp/first /var/tmp/again
	qvm-remove -f --purge data
}

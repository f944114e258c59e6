# SPDX-License-Identifier: GPL-2.0-or-later
# Backups on real LVM and Xen: domains and their template saved while one runs, removed, and
# restored; damage is noticed and leaves nothing.
# timeout: 700
. /lab/lib.sh

hash_of() { qvm-volume export "$1" | sha256sum; }
quiet() { ! pgrep -f "[_]_watch"; }

# Small disks: under emulation each byte counts.
qvm-template install --size 64MiB base /usr/lib/qvm-lab/tiny.tar &&
	light base && qvm-volume resize -f base:private 8MiB || exit 1
for vm in one two three; do
	qvm-create -t base -l green --size private=8MiB "$vm" || exit 1
	head -c 5000000 /dev/urandom | qvm-volume import --no-resize "$vm:private" - || exit 1
done
qvm-tags one add kept && qvm-prefs two memory 160 || exit 1
qvm-firewall three reset && qvm-firewall three add drop proto=icmp || exit 1
echo 'battery staple' >/tmp/pass
for volume in base:root base:private one:private two:private three:private; do
	hash_of $volume
done >/tmp/before
rules=$(qvm-firewall three list --raw)

check "one of them runs" boot one
check "saved, while it runs" qvm-backup -y -p /tmp/pass --cost 10 /tmp/saved base one two three
check "its domains are listed" sh -c 'qvm-backup-restore -p /tmp/pass --list /tmp/saved | grep -q three'
check "it is verified" qvm-backup-restore -p /tmp/pass --verify-only /tmp/saved

# In a domain that has nothing but a shell.
there() { qvm-run -p -u root one "$1"; }
into() { qvm-backup -y -p /tmp/pass --cost 10 -d one "$@"; }
there 'mkdir /tmp/kept && chmod 777 /tmp/kept'
check "saved into a folder of a domain" into /tmp/kept three
kept=$(there 'ls -d /tmp/kept/*')
same "as one whole file" "" "$(echo "$kept" | grep -v '^/tmp/kept/qvm-backup-[0-9T-]*$')"
check "it is verified there" qvm-backup-restore -p /tmp/pass -d one --verify-only "$kept"
refused "a file that is there stays" 6 "--force" into "$kept" three
check "by a command there" into 'cat >/tmp/kept/by-command' three
check "and back by one" qvm-backup-restore -p /tmp/pass -d one --verify-only 'cat /tmp/kept/by-command'
# What was wrong there is said by the domain, in a line before ours.
last() { "$@" >/tmp/said 2>&1; set -- $?; tail -n 1 /tmp/said; return "$1"; }
refused "where there is no room" 1 "Broken pipe\|ended with" last into /dev/full three
there 'rm /tmp/kept/*; mkdir /tmp/small && mount -t tmpfs -o size=1m,mode=777 none /tmp/small'
refused "nor in a folder" 1 "Broken pipe\|ended with" last into /tmp/small three
same "nothing is left" "" "$(there 'ls /tmp/small /tmp/kept | grep qvm-backup')"
refused "from where there is nothing" 7 "no backup of this kind" last qvm-backup-restore -p /tmp/pass -d one /tmp/none

check "it ends" qvm-shutdown --wait one
await 60 quiet
check "all are removed" qvm-remove -f --purge one two three
check "and their template" qvm-remove -f --purge base
traces >/tmp/traces-before

head -c $(($(stat -c %s /tmp/saved) / 2)) /tmp/saved >/tmp/half
refused "half a backup" 7 "ends too early" qvm-backup-restore -p /tmp/pass /tmp/half
traces >/tmp/traces-after
same "leaves nothing" "" "$(diff /tmp/traces-before /tmp/traces-after)"
same "nor has recovery anything to do" "" "$(qvm-recover)"
echo wrong >/tmp/wrong
refused "a wrong passphrase" 14 "passphrase" qvm-backup-restore -p /tmp/wrong /tmp/saved

check "restored" qvm-backup-restore -p /tmp/pass /tmp/saved
for volume in base:root base:private one:private two:private three:private; do
	hash_of $volume
done >/tmp/after
same "every volume has its content" "" "$(diff /tmp/before /tmp/after)"
same "settings" "160 base kept" \
	"$(qvm-prefs two memory) $(qvm-prefs one template) $(qvm-tags one list)"
same "firewall" "$rules" "$(qvm-firewall three list --raw)"
check "a restored one boots" boot two
check "and ends" qvm-kill --wait two
same "recovery finds nothing" "" "$(qvm-recover)"
finish

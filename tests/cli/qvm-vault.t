@ base
$ qvm-volume resize -f vault:private 8MiB && qvm-volume resize -f work:private 8MiB
$ yes vault | head -c 3000000 >data && qvm-volume import --no-resize vault:private data
$ qvm-firewall work reset && qvm-firewall work add accept dsthost=example.com proto=tcp dstports=443 && qvm-firewall work add drop
$ qvm-tags work add mine && qvm-prefs work memory 256 && qvm-features work odd '<&"'
$ printf 'correct horse\n' >pass; printf 'other\n' >wrong; printf '\n' >empty
# Packs are sealed with keyed hashes in them: how short those get is a byte more or less.
$ printf '%s\n' '#!/bin/sh' "sed -E 's/[0-9]{8}T[0-9]{6}-[0-9a-f]{8}/SNAPSHOT/; s,packs/[0-9a-f]{32},PACK,; s/[0-9-]{10}T[0-9:]{8}Z/TIME/; s/ +/ /g; s/^8[0-9]{2} B/SOME/; s/3[23][0-9] B/FEW/'" >stamps; chmod +x stamps
# Usage.
$ qvm-vault
qvm-vault: too few arguments
usage: qvm-vault [OPTION...] ACTION FOLDER [SNAPSHOT] [VMNAME...]
? 2
$ qvm-vault mend repo
qvm-vault: there is no action 'mend'
usage: qvm-vault [OPTION...] ACTION FOLDER [SNAPSHOT] [VMNAME...]
? 2
$ qvm-vault init repo -p empty
qvm-vault: the passphrase is empty
usage: qvm-vault [OPTION...] ACTION FOLDER [SNAPSHOT] [VMNAME...]
? 2
$ qvm-vault init --dry-run repo -p pass
qvm-vault: --dry-run goes with backup, restore, prune and forget only
usage: qvm-vault [OPTION...] ACTION FOLDER [SNAPSHOT] [VMNAME...]
? 2
$ qvm-vault init --keep 3 repo -p pass
qvm-vault: --keep and --keep-days go with prune only
usage: qvm-vault [OPTION...] ACTION FOLDER [SNAPSHOT] [VMNAME...]
? 2
$ qvm-vault list -p pass repo
qvm-vault: there is no repository in 'repo' (qvm-vault init)
? 5
# A repository.
$ qvm-vault init -p pass --key-memory 1MiB repo && ls repo && ls repo/packs | wc -l
config
lock
packs
snapshots
tmp
0
$ qvm-vault init -p pass repo
qvm-vault: the folder 'repo' is not empty
? 6
$ qvm-vault list -p pass repo
SNAPSHOT  TIME  VMS  NEW  STATE
$ qvm-vault list -p wrong repo
qvm-vault: cannot open the repository: the passphrase is wrong, or its config is damaged
? 14
$ qvm-vault show -p pass repo
qvm-vault: there is no snapshot in it
? 5
# What would be saved.
$ qvm-vault backup --dry-run -p pass -x alone -x tiny -x sys-net -x dvm repo
VM     CLASS  SIZE     AS  STATE
vault  AppVM  2.8 MiB  -
work   AppVM  0 B      -
$ echo n | qvm-vault backup -p pass repo work
VM    CLASS  SIZE  AS  STATE
work  AppVM  0 B   -
Save these? [y/N] qvm-vault: cancelled, nothing is saved
? 20
$ qvm-vault backup -y -p pass repo work nosuch
qvm-vault: no such domain: 'nosuch'
? 4
# Saved; the second time nothing is new.
$ qvm-vault backup -y -p pass repo work vault tiny | ./stamps
SNAPSHOT: 3.5 MiB, 1.1 KiB of it new; 0 of 4 volumes unchanged
$ qvm-vault backup -y -p pass repo work vault tiny | ./stamps
SNAPSHOT: 3.5 MiB, 0 B of it new; 4 of 4 volumes unchanged
$ qvm-vault backup -y -p pass --if-older-than 5 repo work vault
$ qvm-vault backup -y -p pass --if-older-than 5 repo alone | ./stamps
SNAPSHOT: 512 KiB, 0 B of it new; 0 of 2 volumes unchanged
$ qvm-vault list -p pass repo | ./stamps
SNAPSHOT TIME VMS NEW STATE
SNAPSHOT TIME 3 1.1 KiB
SNAPSHOT TIME 3 0 B
SNAPSHOT TIME 1 0 B
$ qvm-vault show -p pass repo 2 | ./stamps
qvm-vault: more than one snapshot begins with '2'
$ qvm-vault show -p pass repo | ./stamps
SNAPSHOT VM VOLUME SIZE DATA STATE
SNAPSHOT alone root 10 GiB 512 KiB
SNAPSHOT alone private 2 GiB 0 B
$ qvm-vault show -p pass repo 1999
qvm-vault: there is no snapshot '1999'
? 5
# One chunk is changed.
$ head -c 600000 /dev/urandom >new; { head -c 1000000 data; cat new; tail -c +1600001 data; } >data2; qvm-volume import --no-resize vault:private data2
$ qvm-vault backup -y -p pass repo vault | ./stamps
SNAPSHOT: 3 MiB, 586 KiB of it new; 0 of 1 volumes unchanged
$ qvm-vault export -p pass repo vault:private >exported; qvm-volume export vault:private | cmp - exported; rm exported
$ qvm-vault export -p pass repo vault:private | head -c 5
vaultqvm-vault: 'vm4/private.img': cannot write the volume: Broken pipe
$ qvm-vault export -p pass repo nosuch:private
qvm-vault: no such domain in the snapshot: 'nosuch'
? 4
$ qvm-vault export -p pass repo vault
qvm-vault: 'vault' is not VMNAME:VOLUME
usage: qvm-vault [OPTION...] ACTION FOLDER [SNAPSHOT] [VMNAME...]
? 2
$ qvm-vault verify -p pass repo | ./stamps
SNAPSHOT VM VOLUME SIZE DATA STATE
SNAPSHOT vault private 8 MiB 3 MiB
SNAPSHOT alone root 10 GiB 512 KiB
SNAPSHOT alone private 2 GiB 0 B
SNAPSHOT tiny root 10 GiB 512 KiB
SNAPSHOT tiny private 2 GiB 0 B
SNAPSHOT vault private 8 MiB 3 MiB
SNAPSHOT work private 8 MiB 0 B
SNAPSHOT tiny root 10 GiB 512 KiB
SNAPSHOT tiny private 2 GiB 0 B
SNAPSHOT vault private 8 MiB 3 MiB
SNAPSHOT work private 8 MiB 0 B
$ qvm-vault verify --sample 10 -p pass repo latest | ./stamps
SNAPSHOT VM VOLUME SIZE DATA STATE
SNAPSHOT vault private 8 MiB 3 MiB
# Back, under the same names, and beside.
$ qvm-vault restore -p pass repo vault
qvm-vault: cannot restore 'vault': there is a domain of that name
? 6
$ qvm-volume export vault:private | sha256sum >before
$ qvm-remove -f --purge work vault
$ qvm-vault restore -p pass --dry-run repo
VM     CLASS  SIZE   AS     STATE
vault  AppVM  3 MiB  vault
$ qvm-vault restore -p pass repo
VM     CLASS  SIZE   AS     STATE
vault  AppVM  3 MiB  vault  done
$ qvm-volume export vault:private | sha256sum | cmp - before
$ qvm-vault restore -p pass repo $(qvm-vault list -p pass repo | awk 'NR == 2 { print $1 }') work
VM    CLASS  SIZE  AS    STATE
work  AppVM  0 B   work  done
$ qvm-firewall work list --raw
action=accept
action=accept dsthost=example.com proto=tcp dstports=443-443
action=drop
$ qvm-prefs work memory; qvm-prefs work netvm; qvm-prefs work template; qvm-prefs work label; qvm-tags work list; qvm-features work odd
256
sys-net
tiny
green
mine
<&"
$ qvm-vault restore -p pass --rename-conflicting repo vault
VM     CLASS  SIZE   AS       STATE
vault  AppVM  3 MiB  vault-1  done
$ qvm-vault restore -p pass repo nosuch
qvm-vault: cannot restore from this backup: no such domain in the backup: 'nosuch'
? 4
# What goes.
$ qvm-vault forget -p pass repo 1999
qvm-vault: there is no snapshot '1999'
? 5
$ qvm-vault forget --dry-run -p pass repo latest | ./stamps
SNAPSHOT TIME VMS NEW STATE
SNAPSHOT TIME 3 1.1 KiB
SNAPSHOT TIME 3 0 B
SNAPSHOT TIME 1 0 B
SNAPSHOT TIME 1 586 KiB would go
$ qvm-vault prune --dry-run --keep 1 -p pass repo | ./stamps
SNAPSHOT TIME VMS NEW STATE
SNAPSHOT TIME 3 1.1 KiB would go
SNAPSHOT TIME 3 0 B would go
SNAPSHOT TIME 1 0 B would go
SNAPSHOT TIME 1 586 KiB
SOME of 587 KiB would be freed
$ qvm-vault prune --keep-days 3 -p pass repo | ./stamps
SNAPSHOT TIME VMS NEW STATE
SNAPSHOT TIME 3 1.1 KiB
SNAPSHOT TIME 3 0 B
SNAPSHOT TIME 1 0 B
SNAPSHOT TIME 1 586 KiB
0 B of 587 KiB freed
$ qvm-vault prune --keep 1 -p pass repo | ./stamps
SNAPSHOT TIME VMS NEW STATE
SNAPSHOT TIME 3 1.1 KiB gone
SNAPSHOT TIME 3 0 B gone
SNAPSHOT TIME 1 0 B gone
SNAPSHOT TIME 1 586 KiB
SOME of 587 KiB freed
$ qvm-vault list -p pass repo | ./stamps
SNAPSHOT TIME VMS NEW STATE
SNAPSHOT TIME 1 586 KiB
$ qvm-vault backup -y -p pass repo alone | ./stamps
SNAPSHOT: 512 KiB, FEW of it new; 0 of 2 volumes unchanged
$ qvm-vault forget -p pass repo latest | ./stamps
SNAPSHOT TIME VMS NEW STATE
SNAPSHOT TIME 1 586 KiB
SNAPSHOT TIME 1 FEW gone
$ qvm-vault prune --keep 1 --json -p pass repo | sed -E 's/"(snapshot|time)": *"[^"]*"/"\1": X/; s/"(bytes|freed|stored)": [1-9][0-9]*/"\1": SOME/'
{
  "schema": "qvm-vault/1",
  "bytes": SOME,
  "freed": SOME,
  "packs": 3,
  "packs_removed": 1,
  "packs_rewritten": 0,
  "snapshots": [
    {
      "snapshot": X,
      "time": X,
      "vms": 1,
      "stored": SOME,
      "gone": false,
      "error": null
    }
  ]
}
# Somebody works on it; somebody has changed it.
$ flock -s repo/lock qvm-vault prune -p pass repo
qvm-vault: another command works on the repository 'repo'
? 11
$ flock repo/lock qvm-vault backup -y -p pass repo work
qvm-vault: another command works on the repository 'repo'
? 11
$ for f in repo/packs/*/*; do printf x | dd of=$f bs=1 seek=5000 conv=notrunc status=none; done; qvm-vault verify -p pass repo | ./stamps
qvm-vault: 1 of 1 snapshots are damaged
SNAPSHOT VM VOLUME SIZE DATA STATE
SNAPSHOT vault private 8 MiB 3 MiB the repository is damaged: a chunk in 'PACK' cannot be used
$ qvm-vault restore -p pass --rename-conflicting repo 2>&1 | ./stamps
qvm-vault: 'vm4/private.img': the repository is damaged: a chunk in 'PACK' cannot be used
# Only added to.
$ qvm-vault init -p pass --key-memory 1MiB --append-only kept && qvm-vault backup -y -p pass kept work | ./stamps
SNAPSHOT: 0 B, 0 B of it new; 0 of 1 volumes unchanged
$ qvm-vault prune --keep 1 -p pass kept
qvm-vault: nothing is removed from this repository: it is one that is only added to
? 14
$ qvm-vault forget -p pass kept latest
qvm-vault: nothing is removed from this repository: it is one that is only added to
? 14
# Another passphrase: the same data.
$ qvm-vault passphrase -p wrong --new-passphrase-file pass kept
qvm-vault: cannot change the passphrase: the passphrase is wrong, or its config is damaged
? 14
$ printf '\n' >none; qvm-vault passphrase -p pass --new-passphrase-file none kept
qvm-vault: the new passphrase is empty
usage: qvm-vault [OPTION...] ACTION FOLDER [SNAPSHOT] [VMNAME...]
? 2
$ qvm-vault passphrase --dry-run -p pass kept
qvm-vault: --dry-run goes with backup, restore, prune and forget only
usage: qvm-vault [OPTION...] ACTION FOLDER [SNAPSHOT] [VMNAME...]
? 2
$ qvm-vault list -p pass --new-passphrase-file pass kept
qvm-vault: --new-passphrase-file goes with passphrase only
usage: qvm-vault [OPTION...] ACTION FOLDER [SNAPSHOT] [VMNAME...]
? 2
$ printf 'correct horse\nbattery staple\n' | qvm-vault passphrase -p - --new-passphrase-file - kept
$ qvm-vault list -p pass kept
qvm-vault: cannot open the repository: the passphrase is wrong, or its config is damaged
? 14
$ echo 'battery staple' >pass2; qvm-vault list -p pass2 kept | ./stamps; ls kept/tmp
SNAPSHOT TIME VMS NEW STATE
SNAPSHOT TIME 1 0 B
$ qvm-vault prune --keep 1 -p pass2 kept
qvm-vault: nothing is removed from this repository: it is one that is only added to
? 14
$ printf 'include: [work]\npassphrase_text: battery staple\n' >work.yaml; mkdir -p $QVM_ROOT/etc/qubes/backup && mv work.yaml $QVM_ROOT/etc/qubes/backup/work.conf; qvm-vault backup -y --profile work kept | ./stamps
SNAPSHOT: 0 B, 0 B of it new; 1 of 1 volumes unchanged
$ qvm-vault backup -y --profile work kept work
qvm-vault: --all, --profile and names exclude each other
usage: qvm-vault [OPTION...] ACTION FOLDER [SNAPSHOT] [VMNAME...]
? 2
# Of a running domain the present state.
$ qvm-start work; qvm-vault backup --dry-run --snapshot -p pass2 kept work; qvm-vault backup --dry-run -p pass2 kept work
VM    CLASS  SIZE  AS  STATE
work  AppVM  0 B   -   running: as it is now
VM    CLASS  SIZE  AS  STATE
work  AppVM  0 B   -   running: as before its start
$ qvm-vault backup -y --snapshot -p pass2 kept work tiny | ./stamps; qvm-volume info work:private | sed -n /backup/p
SNAPSHOT: 512 KiB, FEW of it new; 0 of 3 volumes unchanged
$ qvm-volume snapshot work:private qvm-backup && qvm-volume pin work:private qvm-backup; qvm-vault backup -y --snapshot -p pass2 kept work tiny | ./stamps
qvm-vault: warning: a revision 'qvm-backup' is left: cannot drop a revision of 'work:private': revision 2 is pinned
qvm-vault: warning: 'work' is not saved: cannot drop a revision of 'work:private': revision 2 is pinned
qvm-vault: 1 of 2 domains are not in the backup
SNAPSHOT: 512 KiB, 0 B of it new; 2 of 2 volumes unchanged
$ qvm-volume unpin work:private qvm-backup; qvm-vault backup -y --snapshot -p pass2 kept work | ./stamps; qvm-volume info work:private | sed -n /backup/p
SNAPSHOT: 0 B, 0 B of it new; 0 of 1 volumes unchanged
$ qvm-kill work; qvm-vault backup -y --snapshot -p pass2 kept work | ./stamps
SNAPSHOT: 0 B, 0 B of it new; 0 of 1 volumes unchanged

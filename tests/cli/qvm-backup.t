@ base
$ qvm-volume resize -f vault:private 8MiB && qvm-volume resize -f work:private 8MiB
$ yes vault | head -c 3000000 >data && qvm-volume import --no-resize vault:private data
$ qvm-firewall work reset && qvm-firewall work add accept dsthost=example.com proto=tcp dstports=443 && qvm-firewall work add drop
$ qvm-tags work add mine && qvm-prefs work memory 256 && qvm-features work odd '<&"'
$ printf 'correct horse\n' >pass; printf 'other\n' >wrong
# What would be saved.
$ qvm-backup --dry-run -x alone -x tiny -x sys-net -x dvm saved
VM     CLASS  SIZE     AS  STATE
vault  AppVM  2.8 MiB  -
work   AppVM  0 B      -
$ qvm-backup -y -p pass saved work nosuch
qvm-backup: no such domain: 'nosuch'
? 4
$ qvm-backup -y -p pass -Z bzip2 saved work
qvm-backup: compression is by gzip, zstd or none, not by 'bzip2'
usage: qvm-backup [OPTION...] [DESTINATION [VMNAME...]]
? 2
$ printf "\n" >empty; qvm-backup -y -p empty saved work; ls saved
qvm-backup: the passphrase is empty
ls: cannot access 'saved': No such file or directory
? 2
$ echo n | qvm-backup -p pass saved work
VM    CLASS  SIZE  AS  STATE
work  AppVM  0 B   -
Save these? [y/N] qvm-backup: cancelled, nothing is saved
? 20
# One file with some, and back under the same names.
$ qvm-backup -y -p pass --cost 10 -Z zstd saved work vault
$ qvm-backup -y -p pass --cost 10 saved work
qvm-backup: the file 'saved' exists (--force)
? 6
$ qvm-backup -y -p pass --if-older-than 5 saved work
$ qvm-backup-restore --list -p pass saved
VM     CLASS  SIZE     AS     STATE
vault  AppVM  3.8 MiB  vault
work   AppVM  1 MiB    work
$ qvm-backup-restore --verify-only -p pass saved
VM     CLASS  SIZE     AS     STATE
vault  AppVM  3.8 MiB  vault  done
work   AppVM  1 MiB    work   done
$ qvm-backup-restore -p wrong saved
qvm-backup-restore: cannot read the backup's header: the passphrase is wrong, or it is not what it claims to be
? 14
$ qvm-backup-restore -p pass saved
qvm-backup-restore: cannot restore 'vault': there is a domain of that name
? 6
$ qvm-volume export vault:private | sha256sum >before
$ qvm-remove -f --purge work vault
$ qvm-backup-restore -p pass saved
VM     CLASS  SIZE     AS     STATE
vault  AppVM  3.8 MiB  vault  done
work   AppVM  1 MiB    work   done
$ qvm-volume export vault:private | sha256sum | cmp - before
$ qvm-firewall work list --raw
action=accept
action=accept dsthost=example.com proto=tcp dstports=443-443
action=drop
$ qvm-prefs work memory; qvm-prefs work netvm; qvm-prefs work template; qvm-prefs work label; qvm-tags work list; qvm-features work odd; qvm-prefs vault netvm
256
sys-net
tiny
green
mine
<&"
# Beside those that are there, by a pipe, one of them.
$ qvm-backup-restore -p pass --rename-conflicting - vault <saved
VM     CLASS  SIZE     AS       STATE
vault  AppVM  3.8 MiB  vault-1  done
$ qvm-backup-restore -p pass --skip-conflicting saved work
qvm-backup-restore: none of the domains came: there is a domain of that name
? 1
$ qvm-backup-restore -p pass saved nosuch
qvm-backup-restore: cannot restore from this backup: no such domain in the backup: 'nosuch'
? 4
# Damaged: nothing is left of it.
$ head -c 6000 saved >cut; qvm-backup-restore -p pass --rename-conflicting cut
qvm-backup-restore: 'vm4/private.img': 'vm3/private.img', part 0: the backup is damaged: it ends too early
? 7
$ qvm-ls --raw-list
alone
dom0
dvm
sys-net
tiny
vault
vault-1
work
# Profiles: the words of a command, kept.
$ mkdir to; qvm-backup --dry-run --save-profile nightly -p pass -x alone to @tag:mine vault; ls $QVM_ROOT/etc/qubes
VM     CLASS  SIZE     AS  STATE
vault  AppVM  2.8 MiB  -
work   AppVM  0 B      -
policy.d
$ qvm-backup -y --save-profile nightly -p pass --cost 10 -Z zstd -x alone to @tag:mine vault; sed "s,$PWD,.," $QVM_ROOT/etc/qubes/backup/nightly.conf; ls to | sed 's/[0-9T-]*$/TIME/'
include: ['@tag:mine', 'vault']
exclude: ['alone']
destination_path: './to'
compression: 'zstd'
passphrase_file: './pass'
qvm-backupTIME
$ qvm-backup --dry-run --profile nightly
VM     CLASS  SIZE     AS  STATE
vault  AppVM  2.8 MiB  -
work   AppVM  0 B      -
$ rm to/*; qvm-backup -y --profile nightly --cost 10; qvm-backup-restore --list -p pass to/*
VM     CLASS  SIZE     AS     STATE
vault  AppVM  3.8 MiB  vault
work   AppVM  1 MiB    work
$ rm to/*; printf 'include: [$type:TemplateVM]\nexclude: []\ndestination_path: to\ncompression: true\npassphrase_text: secret\n' >$QVM_ROOT/etc/qubes/backup/old.conf; qvm-backup -y --profile old --cost 10; printf secret >typed; qvm-backup-restore --list -p typed to/*
VM    CLASS       SIZE   AS    STATE
tiny  TemplateVM  1 MiB  tiny
# What is wrong with one.
$ qvm-backup --profile nightly work
qvm-backup: a profile says what is saved where
usage: qvm-backup [OPTION...] [DESTINATION [VMNAME...]]
? 2
$ qvm-backup --profile nightly --save-profile other
qvm-backup: --profile and --save-profile exclude each other
usage: qvm-backup [OPTION...] [DESTINATION [VMNAME...]]
? 2
$ qvm-backup --profile ../nightly
qvm-backup: '../nightly' is no name of a profile
? 7
$ qvm-backup --profile absent
qvm-backup: cannot open 'ROOT/etc/qubes/backup/absent.conf': No such file or directory
? 5
$ printf 'include: [work]\n' >$QVM_ROOT/etc/qubes/backup/some.conf; qvm-backup --profile some
qvm-backup: the profile 'some' does not say where to (destination_path)
? 7
$ printf 'include: ["@kind:x"]\ndestination_path: to\n' >$QVM_ROOT/etc/qubes/backup/some.conf; qvm-backup --profile some
qvm-backup: '@kind:x' stands for no domains
? 7
$ printf 'include: ["@tag:none"]\ndestination_path: to\n' >$QVM_ROOT/etc/qubes/backup/some.conf; qvm-backup --profile some
qvm-backup: what is named stands for no domain
? 4
$ printf 'compression: rar\ndestination_path: to\n' >$QVM_ROOT/etc/qubes/backup/some.conf; qvm-backup --profile some
qvm-backup: compression is by gzip, zstd or none, not by 'rar'
usage: qvm-backup [OPTION...] [DESTINATION [VMNAME...]]
? 2
$ printf 'destination: to\n' >$QVM_ROOT/etc/qubes/backup/some.conf; qvm-backup --profile some
qvm-backup: bad file 'ROOT/etc/qubes/backup/some.conf': line 1: its word is not known
? 7

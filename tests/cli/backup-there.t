@ base
# Backups and repositories in a domain, by calls to its agent.
$ qvm-volume resize -f vault:private 8MiB && qvm-volume resize -f work:private 8MiB
$ printf 'correct horse\n' >pass; mkdir there; yes vault | head -c 3000000 >data && qvm-volume import --no-resize vault:private data; qvm-volume export vault:private | sha256sum >sum
$ qvm-start work; echo 'echo hi' | answers work 1 test.Hi; qvm-run -p work 'echo hello'
hello
$ qvm-vault list -d work -p pass $PWD/there/vault 2>&1 | sed "s,$PWD,.,"
qvm-vault: there is no repository in './there/vault' (qvm-vault init)
$ qvm-vault init -d work -p pass relative
qvm-vault: a folder in a domain is an absolute path, not 'relative'
? 7
$ qvm-vault init -d work -p pass "$PWD/there/it's"; qvm-vault init -d work -p pass "$PWD/there/it's" 2>&1 | sed "s,$PWD,.,"
qvm-vault: the folder './there/it's' is not empty
$ mv "there/it's" there/vault; qvm-vault backup -y -d work -p pass $PWD/there/vault tiny vault | sed 's/^[^:]*//'
: 3.5 MiB, 1.1 KiB of it new; 0 of 3 volumes unchanged
$ qvm-vault backup -y -d work -p pass $PWD/there/vault tiny vault | sed 's/^[^:]*//'
: 3.5 MiB, 0 B of it new; 3 of 3 volumes unchanged
$ qvm-vault verify -p pass there/vault | wc -l; qvm-vault verify -d work -p pass $PWD/there/vault | wc -l
7
7
$ qvm-vault export -d work -p pass $PWD/there/vault vault:private | sha256sum | cmp - sum
$ qvm-vault restore -d work -p pass --rename-conflicting $PWD/there/vault vault && qvm-volume export vault-1:private | sha256sum | cmp - sum
VM     CLASS  SIZE   AS       STATE
vault  AppVM  3 MiB  vault-1  done
$ { flock -s 9; qvm-vault prune -d work -p pass $PWD/there/vault 2>&1 | sed "s,$PWD,.,"; } 9<there/vault/lock
qvm-vault: another command works on the repository './there/vault'
$ qvm-vault prune -d work --keep 1 -p pass $PWD/there/vault | wc -l; ls there/vault/snapshots | wc -l; ls there/vault/tmp
4
1
# A single file.
$ qvm-backup -y -d work -p pass --cost 10 $PWD/there/file vault; qvm-backup -y -d work -p pass --cost 10 $PWD/there/file vault 2>&1 | sed "s,$PWD,.,"
qvm-backup: there is a file './there/file' in 'work' (--force)
$ qvm-backup-restore -d work -p pass --verify-only $PWD/there/file
VM     CLASS  SIZE     AS     STATE
vault  AppVM  3.8 MiB  vault  done
$ qvm-backup -y -d work -p pass --cost 10 'cat >there-by-command' vault; qvm-backup-restore -d work -p pass --list 'cat there-by-command'
VM     CLASS  SIZE     AS     STATE
vault  AppVM  3.8 MiB  vault
$ qvm-backup -y -d work -p pass --cost 10 /dev/full vault 2>/dev/null || echo failed; ls there
failed
file
vault
$ mkdir there/folder; qvm-backup -y -d work -p pass --cost 10 $PWD/there/folder vault; ls there/folder | sed 's/[0-9T-]*$/TIME/'
qvm-backupTIME
$ qvm-backup -y -d nosuch -p pass --cost 10 $PWD/there/file2 vault 2>&1 | sed "s,$PWD,.,"
qvm-run: no such domain: 'nosuch'
qvm-backup: the call to 'nosuch' for './there/file2' ended with 4
# A domain that tells the passphrase.
$ printf '#!/bin/sh\necho correct horse\n' | answers sys-net 2 qubes.BackupPassphrase; mkdir -p $QVM_ROOT/etc/qubes/backup; printf "include: [tiny]\ndestination_vm: work\ndestination_path: '$PWD/there/told'\npassphrase_vm: sys-net\n" >$QVM_ROOT/etc/qubes/backup/told.conf; qvm-backup -y --profile told --cost 10; qvm-backup-restore --list -p pass there/told
VM    CLASS       SIZE   AS    STATE
tiny  TemplateVM  1 MiB  tiny

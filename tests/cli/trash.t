@ base
$ qvm-trash
NAME  CLASS  REMOVED  EXPIRES  USAGE
$ qvm-trash list --json
{
  "schema": "qvm-trash/1",
  "trash": [
  ]
}
$ qvm-tags vault add important
$ echo precious | qvm-volume import vault:private -
$ qvm-remove -f vault
$ qvm-check -q vault
? 1
$ qvm-trash | sed 's/2[0-9-]*T[0-9:]*Z/DATE                /g'
NAME   CLASS  REMOVED               EXPIRES               USAGE
vault  AppVM  DATE                  DATE                   4096
$ qvm-recover
# Its name is free; restoring takes the one that was removed last.
$ qvm-create -l red vault
$ qvm-trash restore vault
qvm-trash: cannot restore 'vault': the name 'vault' is taken
? 6
$ qvm-trash restore vault Old/x
qvm-trash: cannot restore 'vault': bad domain name 'Old/x': only letters, digits, '_', '.' and '-'
? 7
$ qvm-trash restore --dry-run vault old
VM        ACTION        OBJECT
old       restore       AppVM
$ qvm-trash restore --json vault old
{
  "schema": "qvm-result/1",
  "results": [
    {
      "vm": "old",
      "result": "done",
      "code": 0,
      "message": null
    }
  ]
}
$ qvm-tags old
important
$ qvm-volume export -f old:private got && head -c 1M got | tr -d '\0'
precious
$ qvm-trash restore vault
qvm-trash: there is no 'vault' in the trash
? 4
$ qvm-start old
$ qvm-remove -f old
qvm-remove: cannot remove 'old': it is running
? 8
$ qvm-kill --wait old
# A template waits for its domains, in the trash too.
$ qubes-prefs -D default_template
$ qubes-prefs -D default_netvm
$ qvm-remove -f --all
$ qvm-ls --raw-list
dom0
$ qvm-trash restore work
qvm-trash: cannot restore 'work': its template 'tiny' is in the trash: restore that first
? 10
$ qvm-trash restore tiny
$ qvm-trash restore work
$ qvm-ls work
NAME  STATE   CLASS  LABEL  TEMPLATE  NETVM
work  Halted  AppVM  green  tiny      -
$ qvm-trash empty nosuch
qvm-trash: there is no 'nosuch' in the trash
? 4
$ qvm-trash empty --dry-run alone
VM        ACTION        OBJECT
alone     remove        StandaloneVM and its volumes
$ qvm-trash empty alone vault
$ qvm-trash list --json | grep name
      "name": "dvm",
      "name": "old",
      "name": "sys-net",
$ qvm-trash empty --json
{
  "schema": "qvm-result/1",
  "results": [
    {
      "vm": "dvm",
      "result": "done",
      "code": 0,
      "message": null
    },
    {
      "vm": "old",
      "result": "done",
      "code": 0,
      "message": null
    },
    {
      "vm": "sys-net",
      "result": "done",
      "code": 0,
      "message": null
    }
  ]
}
$ qvm-trash
NAME  CLASS  REMOVED  EXPIRES  USAGE
$ qvm-recover
# The template goes for good before what is in the trash.
$ qvm-remove -f work
$ qvm-remove -f --purge tiny
$ qvm-trash restore work
$ qvm-prefs work template
$ qvm-start work
qvm-start: cannot start 'work': there is no revision of its template's root volume
? 17
$ qvm-remove -f --purge work
$ find $QVM_ROOT/var/lib/qvm/fake-pool -type f

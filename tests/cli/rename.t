@ base
$ qvm-rename work office
$ qvm-ls --raw-list
alone
dom0
dvm
office
sys-net
tiny
vault
$ qvm-rename sys-net sys-link
$ qvm-prefs office netvm
sys-link
$ qvm-rename office vault
qvm-rename: cannot rename 'office' to 'vault': the name is taken
? 6
$ qvm-rename office .x
qvm-rename: bad domain name '.x': it must begin with a letter
? 7
$ qvm-rename office
qvm-rename: too few arguments
usage: qvm-rename [OPTION...] VMNAME NEWNAME
? 2
$ qvm-rename nosuch other
qvm-rename: no such domain: 'nosuch'
? 4
$ qvm-rename dom0 other
qvm-rename: cannot rename 'dom0': it is the AdminVM
? 7
$ qvm-rename --dry-run office other
VM        ACTION        OBJECT
office    rename        other
$ qvm-rename --json office other
{
  "schema": "qvm-result/1",
  "results": [
    {
      "vm": "office",
      "result": "done",
      "code": 0,
      "message": null
    }
  ]
}
$ qvm-start vault
$ qvm-rename vault other2
qvm-rename: cannot rename 'vault': it is running
? 8

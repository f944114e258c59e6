@ base
# Who uses it is named.
$ qvm-remove -f tiny
qvm-remove: cannot remove 'tiny': it is template of 'dvm', template of 'sys-net', template of 'vault', template of 'work', global property 'default_template'
? 10
$ qvm-remove -f sys-net
qvm-remove: cannot remove 'sys-net': it is global property 'default_netvm'
? 10
$ qvm-create --disp -t dvm one
$ qvm-remove -f dvm
qvm-remove: cannot remove 'dvm': it is template of 'one'
? 10
$ qubes-prefs default_dispvm dvm
$ qvm-remove -f one dvm
qvm-remove: cannot remove 'dvm': it is global property 'default_dispvm'
? 10
$ qvm-start vault
$ qvm-remove -f vault
qvm-remove: cannot remove 'vault': it is running
? 8
$ qvm-remove -f dom0
qvm-remove: cannot remove 'dom0': it is the AdminVM
? 7
$ qvm-remove --json -f tiny
qvm-remove: cannot remove 'tiny': it is template of 'dvm', template of 'sys-net', template of 'vault', template of 'work', global property 'default_template'
{
  "schema": "qvm-result/1",
  "results": [
    {
      "vm": "tiny",
      "result": "in-use",
      "code": 10,
      "message": "cannot remove 'tiny': it is template of 'dvm', template of 'sys-net', template of 'vault', template of 'work', global property 'default_template'"
    }
  ]
}
? 10

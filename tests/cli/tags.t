@ base
$ qvm-tags work
$ qvm-tags work add one two
$ qvm-tags work
one
two
$ qvm-tags work ls one
one
$ qvm-tags work list three
? 1
$ qvm-tags --json work
{
  "schema": "qvm-tags/1",
  "vm": "work",
  "tags": [
    {
      "tag": "one"
    },
    {
      "tag": "two"
    }
  ]
}
$ qvm-tags work del one
$ qvm-tags work del one
$ qvm-tags work unset two
$ qvm-tags work list
$ qvm-tags work add
qvm-tags: no tag is named
usage: qvm-tags [OPTION...] VMNAME [ACTION [TAG...]]
? 2
$ qvm-tags work add 'a b'
qvm-tags: bad tag 'a b': only letters, digits, '_' and '-'
? 7
$ qvm-tags work add ../x
qvm-tags: bad tag '../x': only letters, digits, '_' and '-'
? 7
$ qvm-tags work paint red
qvm-tags: 'paint' is not list, add or del
usage: qvm-tags [OPTION...] VMNAME [ACTION [TAG...]]
? 2
$ qvm-tags work list a b
qvm-tags: one tag can be looked up at a time
usage: qvm-tags [OPTION...] VMNAME [ACTION [TAG...]]
? 2
$ qvm-tags nosuch add x
qvm-tags: no such domain: 'nosuch'
? 4
$ qvm-tags --dry-run work add three
VM        ACTION        OBJECT
work      add-tags      three
$ qvm-tags work list three
? 1

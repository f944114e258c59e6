@ base
$ qvm-features work
$ qvm-features work colour
? 1
$ qvm-features work colour deep
$ qvm-features work empty ''
$ qvm-features work
colour  deep
empty
$ qvm-features work colour
deep
$ qvm-features work empty
$ qvm-features --json work
{
  "schema": "qvm-features/1",
  "vm": "work",
  "features": [
    {
      "name": "colour",
      "value": "deep"
    },
    {
      "name": "empty",
      "value": ""
    }
  ]
}
$ qvm-features --json work colour
{
  "schema": "qvm-features/1",
  "vm": "work",
  "features": [
    {
      "name": "colour",
      "value": "deep"
    }
  ]
}
$ qvm-features -D work colour
$ qvm-features -D work colour
$ qvm-features work 'bad name' x
qvm-features: bad feature name 'bad name': only letters, digits, '_', '.' and '-'
? 7
$ qvm-features work ../x y
qvm-features: bad feature name '../x': only letters, digits, '_', '.' and '-'
? 7
$ qvm-features work '' y
qvm-features: bad feature name '': only letters, digits, '_', '.' and '-'
? 7
$ qvm-features nosuch
qvm-features: no such domain: 'nosuch'
? 4
$ qvm-features -D work
qvm-features: the arguments do not fit the option
usage: qvm-features [OPTION...] VMNAME [FEATURE [VALUE]]
? 2
$ qvm-features -D work a b
qvm-features: only one thing can be done at a time
usage: qvm-features [OPTION...] VMNAME [FEATURE [VALUE]]
? 2
$ qvm-features --dry-run work a b
VM        ACTION        OBJECT
work      set-feature   a = b
$ qvm-features --dry-run work a
qvm-features: --dry-run goes with a change only
usage: qvm-features [OPTION...] VMNAME [FEATURE [VALUE]]
? 2
$ qvm-features work a
? 1

@ base
$ qvm-create -l red one
$ qvm-create -l 3 -t tiny --prop memory=600 --prop netvm=none two
$ qvm-create --standalone -l blue three
$ qvm-create -C TemplateVM -l black four
$ qvm-create --disp -t dvm five
$ qvm-create --disp -t dvm -l orange six
$ qvm-ls one two three four five six
NAME   STATE   CLASS         LABEL   TEMPLATE  NETVM
five   Halted  DispVM        red     dvm       sys-net
four   Halted  TemplateVM    black   -         -
one    Halted  AppVM         red     tiny      sys-net
six    Halted  DispVM        orange  dvm       sys-net
three  Halted  StandaloneVM  blue    -         sys-net
two    Halted  AppVM         yellow  tiny      -
$ qvm-prefs --hide-default two
label                   -  yellow
memory                  -  600
netvm                   -  -
template                -  tiny
$ qvm-create --json -l red seven
{
  "schema": "qvm-result/1",
  "results": [
    {
      "vm": "seven",
      "result": "done",
      "code": 0,
      "message": null
    }
  ]
}
$ qvm-create --json -l red seven
qvm-create: cannot create 'seven': the name is taken
{
  "schema": "qvm-result/1",
  "results": [
    {
      "vm": "seven",
      "result": "exists",
      "code": 6,
      "message": "cannot create 'seven': the name is taken"
    }
  ]
}
? 6
$ qvm-create --help-classes
TemplateVM      a root file system that others share
AppVM           root from a template, private data of its own
StandaloneVM    everything of its own
DispVM          disposable: keeps nothing
$ qvm-create --help-classes --json
{
  "schema": "qvm-classes/1",
  "classes": [
    {
      "class": "TemplateVM",
      "help": "a root file system that others share"
    },
    {
      "class": "AppVM",
      "help": "root from a template, private data of its own"
    },
    {
      "class": "StandaloneVM",
      "help": "everything of its own"
    },
    {
      "class": "DispVM",
      "help": "disposable: keeps nothing"
    }
  ]
}

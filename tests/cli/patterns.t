@ base
# dom0 is never meant by a pattern or by --all.
$ qvm-start --dry-run --json 'va*' | grep -c '"action"'
6
$ qvm-kill --json '*' | grep '"vm"'
      "vm": "alone",
      "vm": "dvm",
      "vm": "sys-net",
      "vm": "tiny",
      "vm": "vault",
      "vm": "work",
$ qvm-kill --json --all --exclude 'sys-*' --exclude work | grep '"vm"'
      "vm": "alone",
      "vm": "dvm",
      "vm": "tiny",
      "vm": "vault",
$ qvm-kill --json vault 'v*' vault | grep '"vm"'
      "vm": "vault",
$ qvm-kill --all --exclude nosuch
qvm-kill: no such domain: 'nosuch'
? 4
$ qvm-kill --all vault
qvm-kill: --all and names exclude each other
usage: qvm-kill [OPTION...] VMNAME...
? 2

@ none
$ printf 'pool: fake/pool\nscratch: fake/scratch\nkernel: kernel\npreset: true\ntemplate: {name: tiny, from: tiny.tar, memory: 123}\ndomains:\n  work: {label: orange}\n  web: {netvm: sys-firewall, autostart: true}\n  box: {class: StandaloneVM, template: tiny, label: gray}\n  plain:\nstart: [work]\n' >m.yaml
$ qvm-init --file m.yaml --dry-run
VM            ACTION            OBJECT
dom0          register-pool     default: fake/pool
dom0          register-scratch  fake/scratch
dom0          register-kernel   kernel: kernel
dom0          install-policy    90-default.policy
tiny          install-template  tiny.tar
sys-net       create            AppVM, red
sys-firewall  create            AppVM, green
dom0          set-property      default_netvm: sys-firewall
default-dvm   create            AppVM, red
dom0          set-property      default_dispvm: default-dvm
work          create            AppVM, orange
personal      create            AppVM, yellow
untrusted     create            AppVM, red
vault         create            AppVM, black
web           create            AppVM, red
box           create            StandaloneVM, gray
plain         create            AppVM, red
work          start             with what it needs
$ qvm-init --file m.yaml
$ qvm-ls --raw-data --fields=name,class,label,template,netvm,state
box|StandaloneVM|gray|-|sys-firewall|Halted
default-dvm|AppVM|red|tiny|sys-firewall|Halted
dom0|AdminVM|black|-|-|Running
personal|AppVM|yellow|tiny|sys-firewall|Halted
plain|AppVM|red|tiny|sys-firewall|Halted
sys-firewall|AppVM|green|tiny|sys-net|Running
sys-net|AppVM|red|tiny|-|Running
tiny|TemplateVM|black|-|-|Halted
untrusted|AppVM|red|tiny|sys-firewall|Halted
vault|AppVM|black|tiny|-|Halted
web|AppVM|red|tiny|sys-firewall|Halted
work|AppVM|orange|tiny|sys-firewall|Running
$ qvm-prefs tiny memory; qvm-prefs web autostart
123
True
# again: nothing changes
$ sqlite3 $QVM_ROOT/var/lib/qvm/qvm.db .dump | sha256sum >before
$ qvm-init --file m.yaml --dry-run
VM        ACTION        OBJECT
work      start         with what it needs
$ qvm-init --file m.yaml
$ sqlite3 $QVM_ROOT/var/lib/qvm/qvm.db .dump | sha256sum | cmp - before
# what is wrong with a file
$ qvm-init --file nosuch.yaml
qvm-init: cannot open 'nosuch.yaml': No such file or directory
? 5
$ echo 'pool: [a' >x.yaml; qvm-init --file x.yaml
qvm-init: bad file 'x.yaml': line 2: did not find expected ',' or ']'
? 7
$ printf 'pool: a/b\npoll: c\n' >x.yaml; qvm-init --file x.yaml
qvm-init: bad file 'x.yaml': line 2: its word is not known
? 7
$ printf 'pool: [a]\n' >x.yaml; qvm-init --file x.yaml
qvm-init: bad file 'x.yaml': line 1: a single value is wanted here
? 7
$ printf 'preset: maybe\n' >x.yaml; qvm-init --file x.yaml
qvm-init: bad file 'x.yaml': line 1: true or false is wanted here
? 7
$ printf 'domains:\n  x: {class: GhostVM}\n' >x.yaml; qvm-init --file x.yaml
qvm-init: bad file 'x.yaml': line 2: there is no such class of domains
? 7
$ printf 'domains:\n  x: {memory: [1]}\n' >x.yaml; qvm-init --file x.yaml
qvm-init: bad file 'x.yaml': line 2: a single value is wanted here
? 7
$ printf 'domains: [x]\n' >x.yaml; qvm-init --file x.yaml
qvm-init: bad file 'x.yaml': line 1: names with values are wanted here
? 7
$ printf 'start: x\n' >x.yaml; qvm-init --file x.yaml
qvm-init: bad file 'x.yaml': line 1: a list is wanted here
? 7
$ : >x.yaml; qvm-init --file x.yaml
qvm-init: bad file 'x.yaml': it is empty
? 7
$ printf 'domains:\n  x: {memory: lots}\n' >x.yaml; qvm-init --file x.yaml
qvm-init: bad value 'lots' for property 'memory': a whole number from 1 to 16777216 is wanted
? 7
$ qvm-init --start nosuch
qvm-init: no such domain: 'nosuch'
? 4

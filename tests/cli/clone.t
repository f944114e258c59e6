@ base
$ qvm-clone work copy
$ qvm-prefs copy label
green
$ qvm-prefs copy template
tiny
$ qvm-tags work add blue
$ qvm-features work colour deep
$ qvm-prefs work memory 300
$ qvm-clone work second
$ qvm-tags second
blue
$ qvm-features second
colour  deep
$ qvm-prefs --hide-default second
label                   -  green
memory                  -  300
template                -  tiny
$ qvm-clone -C StandaloneVM tiny big
$ qvm-prefs big klass
StandaloneVM
$ qvm-clone --dry-run work third
VM        ACTION        OBJECT
third     register      AppVM
third     make-volume   private: 2 GiB in pool 'default', a snapshot of v8-r1
$ qvm-ls --raw-list
alone
big
copy
dom0
dvm
second
sys-net
tiny
vault
work

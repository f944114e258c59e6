@ base
# Loops, wrong targets, and settings others depend on.
$ qvm-prefs work netvm vault
qvm-prefs: 'vault' cannot be a netvm: its property provides_network is not set
? 7
$ qvm-prefs work netvm work
qvm-prefs: 'work' cannot be a netvm: its property provides_network is not set
? 7
$ qvm-create -l red --prop provides_network=True sys-fw
$ qvm-prefs work netvm sys-fw
$ qvm-prefs sys-net netvm sys-fw
qvm-prefs: netvm 'sys-fw' of 'sys-net' would make a loop
? 7
$ qvm-prefs sys-fw netvm sys-fw
qvm-prefs: netvm 'sys-fw' of 'sys-fw' would make a loop
? 7
$ qvm-prefs sys-fw provides_network False
qvm-prefs: 'sys-fw' must provide network: it is the netvm of 'work'
? 10
$ qvm-prefs sys-net provides_network False
qvm-prefs: 'sys-net' must provide network: it is the netvm of 'alone'
? 10
$ qvm-ls --tree --fields name,netvm
NAME      NETVM
dom0      -
sys-net   -
`-alone   sys-net
`-dvm     sys-net
`-sys-fw  sys-net
  `-work  sys-fw
tiny      -
vault     -
$ qubes-prefs default_netvm vault
qubes-prefs: 'vault' cannot be a netvm: its property provides_network is not set
? 7
$ qubes-prefs default_netvm nosuch
qubes-prefs: bad value for property 'default_netvm': no such domain: 'nosuch'
? 4
$ qubes-prefs default_netvm none
$ qvm-prefs sys-net provides_network False

@ base
$ qvm-remove --all
These domains will be moved to the trash:
  alone
  dvm
  sys-net
  tiny
  vault
  work
Type IKNOWWHATIAMDOING to go on: qvm-remove: cancelled, nothing is removed
? 20
$ echo y | qvm-remove --all
These domains will be moved to the trash:
  alone
  dvm
  sys-net
  tiny
  vault
  work
Type IKNOWWHATIAMDOING to go on: qvm-remove: cancelled, nothing is removed
? 20
$ qvm-remove --all -f
qvm-remove: cannot remove 'sys-net': it is global property 'default_netvm'
? 10
$ qubes-prefs -D default_netvm
$ qubes-prefs -D default_template
$ echo IKNOWWHATIAMDOING | qvm-remove --all
These domains will be moved to the trash:
  alone
  dvm
  sys-net
  tiny
  vault
  work
Type IKNOWWHATIAMDOING to go on: 
$ qvm-ls --raw-list
dom0

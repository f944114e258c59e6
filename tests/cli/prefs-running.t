@ base
$ qvm-start vault
$ qvm-prefs vault template tiny
qvm-prefs: cannot change template of 'vault': it is running
? 8
$ qvm-prefs vault memory 300
$ qvm-prefs vault label red
$ qvm-prefs vault xid
1

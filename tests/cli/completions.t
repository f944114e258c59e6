@ base
# What bash offers for the last word.
$ completed qvm-prefs v
vault
$ completed qvm-prefs work default_
default_user
default_dispvm
$ completed qvm-create --class S
StandaloneVM
$ completed qvm-create --class = Disp
DispVM
$ completed qvm-create -l b
blue
black
$ completed qvm-create --prop mem
memory=
$ completed qvm-create -p r
root=
$ completed qvm-create one --dis
--disp
$ completed qvm-start work va
vault
$ completed qvm-tags work l
list
$ completed qvm-service work clocksync o
on
off
$ completed qvm-ls --class AppVM,T
AppVM,TemplateVM
$ completed qvm-ls --format n
network
$ completed qubes-prefs default_d
default_dispvm
$ completed qvm pre
prefs
$ completed qvm prefs work netv
netvm
$ completed qvm qvm-kill wor
work
$ completed qvm help rena
rename
$ completed qvm-template install new kern
kernel
$ completed qvm-init --scr
--scratch
--scratch-size
$ completed qvm-recover x

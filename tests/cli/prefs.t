@ base
$ qvm-prefs work memory
400
$ qvm-prefs work memory 512
$ qvm-prefs work memory
512
$ qvm-prefs --json work memory
{
  "schema": "qvm-prefs/1",
  "vm": "work",
  "properties": [
    {
      "name": "memory",
      "flag": "-",
      "value": 512
    }
  ]
}
$ qvm-prefs -D work memory
$ qvm-prefs work memory
400
$ qvm-prefs work netvm
sys-net
$ qvm-prefs work netvm none
$ qvm-prefs work netvm
$ qvm-prefs work netvm ''
$ qvm-prefs --unset work netvm
$ qvm-prefs work qrexec-timeout 90
$ qvm-prefs work qrexec_timeout
90
$ qvm-prefs -s work debug on
$ qvm-prefs -g work debug
True
$ qvm-prefs --hide-default work
debug                   -  True
label                   -  green
qrexec_timeout          -  90
template                -  tiny
$ qvm-prefs --dry-run work debug off
VM        ACTION        OBJECT
work      set-property  debug = off
$ qvm-prefs work debug
True
$ qvm-prefs -- work kernelopts -quiet
$ qvm-prefs work kernelopts
-quiet
$ qvm-prefs dom0
default_dispvm          D  -
devices_denied          D
include_in_backups      D  True
klass                   D  AdminVM
label                   D  black
name                    D  dom0
qid                     D  0
updateable              D  True
uuid                    D  UUID
xid                     D  0
$ qvm-prefs --json tiny netvm
{
  "schema": "qvm-prefs/1",
  "vm": "tiny",
  "properties": [
    {
      "name": "netvm",
      "flag": "D",
      "value": null
    }
  ]
}

@ base
# Text goes through here only by command; tests/peers/clip.sh moves some.
$ qvm-clip
qvm-clip: too few arguments
usage: qvm-clip [OPTION...] ACTION [VMNAME]
? 2
$ qvm-clip move work
qvm-clip: 'move' is not copy, paste, status or clear
usage: qvm-clip [OPTION...] ACTION [VMNAME]
? 2
$ qvm-clip copy
qvm-clip: copy takes one domain
usage: qvm-clip [OPTION...] ACTION [VMNAME]
? 2
$ qvm-clip copy work vault
qvm-clip: too many arguments: 'vault'
usage: qvm-clip [OPTION...] ACTION [VMNAME]
? 2
$ qvm-clip clear work
qvm-clip: clear takes no domain
usage: qvm-clip [OPTION...] ACTION [VMNAME]
? 2
$ qvm-clip paste --timeout 9 vault
qvm-clip: --timeout goes with copy only
usage: qvm-clip [OPTION...] ACTION [VMNAME]
? 2
$ qvm-clip copy --timeout 0 work
qvm-clip: --timeout takes a number from 1 to 3600, not '0'
usage: qvm-clip [OPTION...] ACTION [VMNAME]
? 2
$ qvm-clip copy --timeout 3601 work
qvm-clip: --timeout takes a number from 1 to 3600, not '3601'
usage: qvm-clip [OPTION...] ACTION [VMNAME]
? 2
$ qvm-clip copy --show work
qvm-clip: --show and --json go with status only
usage: qvm-clip [OPTION...] ACTION [VMNAME]
? 2
$ qvm-clip copy --json work
qvm-clip: --show and --json go with status only
usage: qvm-clip [OPTION...] ACTION [VMNAME]
? 2
$ qvm-clip status
SOURCE  BYTES  SECONDS
$ qvm-clip status --json
{
  "schema": "qvm-clip/1",
  "texts": [
  ]
}
$ qvm-clip clear
$ qvm-clip paste vault
qvm-clip: there is no text to paste
? 5
$ qvm-clip copy nosuch
qvm-clip: no such domain: 'nosuch'
? 4
$ qvm-clip copy ../x
qvm-clip: bad domain name '../x': it must begin with a letter
? 7
$ qvm-clip copy work
qvm-clip: 'work' is Halted
? 9
$ qvm-clip copy dom0
qvm-clip: 'dom0' is the AdminVM: run it here
? 7
# what somebody else put there is not taken
$ printf 'qvm-clip/1 work 99999999999999 token\ntext' >$QVM_ROOT/run/qvm/clip; qvm-clip status
qvm-clip: cannot take the text from 'ROOT/run/qvm/clip': Operation not permitted
? 1
$ chmod 600 $QVM_ROOT/run/qvm/clip; qvm-clip status --show | sed 's/[0-9]*  text/SECONDS  text/'
SOURCE  BYTES  SECONDS  TEXT
work        4  SECONDS  text
$ printf 'qvm-clip/1 work 1 token\ntext' >$QVM_ROOT/run/qvm/clip; qvm-clip paste vault
qvm-clip: the text has been cleared: its time is over
? 5
$ ls $QVM_ROOT/run/qvm
fake-xen
fill
$ (umask 077; printf 'nonsense' >$QVM_ROOT/run/qvm/clip); qvm-clip status
qvm-clip: cannot take the text from 'ROOT/run/qvm/clip': Bad message
? 1
$ ln -s /etc/passwd $QVM_ROOT/run/qvm/clip; qvm-clip status
qvm-clip: cannot take the text from 'ROOT/run/qvm/clip': Too many levels of symbolic links
? 1

@ init
# What can be said before a domain is started for it.
$ qvm-disp run
qvm-disp: run takes COMMAND [ARG...]
usage: qvm-disp [OPTION...] [ACTION [ARG...]]
? 2
$ qvm-disp run --view-only true
qvm-disp: --view-only goes with open only
usage: qvm-disp [OPTION...] [ACTION [ARG...]]
? 2
$ qvm-disp list --template base
qvm-disp: --template goes with run, shell and open only
usage: qvm-disp [OPTION...] [ACTION [ARG...]]
? 2
$ qvm-disp list --keep-open
qvm-disp: --keep-open goes with run, shell and open, and with --owner
usage: qvm-disp [OPTION...] [ACTION [ARG...]]
? 2
$ qvm-run --keep-open work true
qvm-run: --keep-open goes with --dispvm only
usage: qvm-run [OPTION...] VMNAME[,VMNAME...] [COMMAND [ARG...]]
? 2
$ qvm-disp open nosuch.txt
qvm-disp: cannot read 'nosuch.txt': No such file or directory
? 1
$ mkdir folder && qvm-disp open folder
qvm-disp: 'folder' is not a regular file
? 7
$ echo text >letter && qvm-disp open letter
qvm-disp: no template was named and there is no default_dispvm
? 5
$ qvm-disp run --template nosuch true
qvm-disp: no such domain: 'nosuch'
? 4
$ qvm-ls --raw-data --fields=name
dom0
# Images: there are none, and what is no action of theirs.
$ qvm-disp image
TEMPLATE  NAME  CURRENT  SIZE
$ qvm-disp image make
qvm-disp: image takes list, make TEMPLATE or drop TEMPLATE
usage: qvm-disp [OPTION...] [ACTION [ARG...]]
? 2
$ qvm-disp image drop nosuch
qvm-disp: no such domain: 'nosuch'
? 4

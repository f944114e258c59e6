@ none
$ qvm
usage: qvm COMMAND [ARGUMENT...]   (or qvm-COMMAND [ARGUMENT...])
Commands:
  commands                    list the names of the commands that exist as links to qvm
  help                        list the commands, or show the help of one
  qubes-policy                list, print, replace and remove files of the call policy
  qubes-prefs                 show and change the properties of the system
  qvm-apps                    list the applications of a domain, and start them
  qvm-ask                     answer what the call policy asks
  qvm-backup                  save domains in an encrypted file that Qubes reads, too
  qvm-backup-restore          restore domains from a backup, or check it
  qvm-block                   give dom0's block devices to running domains
  qvm-check                   test whether domains exist, run, are templates, ...
  qvm-clip                    move text from one domain to another
  qvm-clone                   copy a domain with its disks and settings
  qvm-console                 attach to the text console of a running domain
  qvm-copy-to-vm              copy files of dom0 into a domain
  qvm-create                  make a new domain
  qvm-disp                    use, list and start disposables, and keep some ready
  qvm-events                  tell what happens to domains, as it happens
  qvm-features                show and change the features of a domain
  qvm-firewall                show and change what a domain may reach, and what reaches it
  qvm-init                    set up the registry, the storage and a kernel
  qvm-kernel                  kernels that domains boot: list, add, remove them
  qvm-kill                    destroy running domains at once
  qvm-ls                      list domains
  qvm-move-to-vm              move files of dom0 into a domain
  qvm-net                     show the tree of networks: addresses, links, bytes, rules
  qvm-pause                   freeze running domains
  qvm-pci                     give PCI devices of the machine to domains
  qvm-policy                  explain what the call policy decides, and check it
  qvm-pool                    show and change the storage pools
  qvm-prefs                   show and change the properties of a domain
  qvm-recover                 finish or undo what a crash has left behind
  qvm-remove                  remove domains with their disks
  qvm-rename                  give a domain another name
  qvm-restart                 power domains off and start them again
  qvm-run                     run a command or a service in domains
  qvm-service                 switch services of a domain on and off
  qvm-shutdown                power domains off
  qvm-start                   start domains
  qvm-stats                   show what domains take of the machine
  qvm-tags                    show and change the tags of a domain
  qvm-template                templates: make them of images, list, export, remove them
  qvm-top                     the dashboard: all domains, and what can be done with them
  qvm-trash                   bring back removed domains, or remove them for good
  qvm-unpause                 let paused domains run again
  qvm-vault                   save domains in a repository, only what has changed
  qvm-volume                  show, keep, revert, resize and copy the volumes of domains
'qvm help COMMAND' shows the options and examples of one.
? 2
$ qvm --version
qvm 0.1
$ qvm nosuch
qvm: there is no command 'nosuch'; 'qvm help' lists them
? 2
$ qvm help nosuch
qvm: there is no command 'nosuch'
usage: qvm help [OPTION...] [COMMAND]
? 2
$ qvm commands
qubes-policy
qubes-prefs
qvm-apps
qvm-ask
qvm-backup
qvm-backup-restore
qvm-block
qvm-check
qvm-clip
qvm-clone
qvm-console
qvm-copy-to-vm
qvm-create
qvm-disp
qvm-events
qvm-features
qvm-firewall
qvm-init
qvm-kernel
qvm-kill
qvm-ls
qvm-move-to-vm
qvm-net
qvm-pause
qvm-pci
qvm-policy
qvm-pool
qvm-prefs
qvm-recover
qvm-remove
qvm-rename
qvm-restart
qvm-run
qvm-service
qvm-shutdown
qvm-start
qvm-stats
qvm-tags
qvm-template
qvm-top
qvm-trash
qvm-unpause
qvm-vault
qvm-volume
$ qvm create
qvm-create: the domain has no name
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm qvm-create
qvm-create: the domain has no name
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-rename --help
usage: qvm-rename [OPTION...] VMNAME NEWNAME
give a domain another name
Options:
  --dry-run                   print what would be done, and stop
  --json                      print JSON (qvm(1) describes the schemas)
  -v, --verbose               say more (may be repeated)
  -q, --quiet                 say less
  -h, --help                  show this help
  --version                   show the version
Examples:
  qvm-rename work office
      give a halted domain another name
Exit codes: 0 done, 2 usage; the table is in qvm(1).
$ qvm help rename
usage: qvm-rename [OPTION...] VMNAME NEWNAME
give a domain another name
Options:
  --dry-run                   print what would be done, and stop
  --json                      print JSON (qvm(1) describes the schemas)
  -v, --verbose               say more (may be repeated)
  -q, --quiet                 say less
  -h, --help                  show this help
  --version                   show the version
Examples:
  qvm-rename work office
      give a halted domain another name
Exit codes: 0 done, 2 usage; the table is in qvm(1).
$ qvm-rename --version
qvm 0.1
$ qvm-rename --force-root --root nosuch a b
qvm-rename: cannot use the root folder 'nosuch': No such file or directory
? 1
$ qvm __selfcheck
52 commands, 0 faults
$ qvm __complete tcsh
qvm: 'tcsh' is not bash, zsh or fish
usage: qvm __complete [OPTION...] SHELL
? 2
$ qvm __man nosuch
qvm: 'nosuch' is not NAME.SECTION.in
usage: qvm __man [OPTION...] FILE
? 2
$ qvm __man ./nosuch.1.in
qvm: cannot read './nosuch.1.in': No such file or directory
? 1
$ qvm __watch x start
qvm: 'x' is no number of a domain
usage: qvm __watch [OPTION...] ID MODE
? 2
$ qvm __watch 1 sit
qvm: 'sit' is no mode
usage: qvm __watch [OPTION...] ID MODE
? 2

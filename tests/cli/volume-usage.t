@ base
$ qvm-volume paint
qvm-volume: there is no action 'paint'
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume info
qvm-volume: info takes VMNAME:VOLUME [PROPERTY]
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume info vault
qvm-volume: 'vault' is not VMNAME:VOLUME
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume info vault:
qvm-volume: 'vault:': volumes are root, private and volatile
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume config vault:private rw
qvm-volume: config takes VMNAME:VOLUME PROPERTY VALUE
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume snapshot vault:private
qvm-volume: snapshot takes VMNAME:VOLUME NAME
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume revert -p default vault:private
qvm-volume: --pool, --all, --exclude and --raw-list go with list only
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume info --size 1 vault:private
qvm-volume: --size and --no-resize go with import only
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume info -r 1 vault:private
qvm-volume: --revision goes with export only
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume info -f vault:private
qvm-volume: --force goes with resize, clear, export and clone only
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume list --all vault
qvm-volume: --all and names exclude each other
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume list --dry-run
qvm-volume: --dry-run goes with a change only
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ unprivileged qvm-volume list --root= vault 2>&1 | head -n 1
qvm-volume: there is no database in '/var/lib/qvm': run qvm-init
$ qvm volume --help | head -n 3
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
show, keep, revert, resize and copy the volumes of domains

@ base
$ qvm-create
qvm-create: the domain has no name
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create -l red one two
qvm-create: too many arguments: 'two'
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create --no-such-option one
qvm-create: unknown option '--no-such-option'
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create -C
qvm-create: option '-C' needs a value
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create --dry-run=yes one
qvm-create: option '--dry-run=yes' takes no value
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create -C AppVM --standalone one
qvm-create: options contradict each other
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create -l red -p root one
qvm-create: 'root' is not VOLUME=VALUE
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create -l red -p kernel=default one
qvm-create: 'kernel=default': volumes are root, private and volatile
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create -l red --size root=10X one
qvm-create: '10X' is not a size (as in 10GiB)
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create -l red --size root= one
qvm-create: 'root=' is not VOLUME=VALUE
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create -l red --size private=99999999T one
qvm-create: '99999999T' is too large a size
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create -l red -r tiny.tar one
qvm-create: a domain of class AppVM has the root of its template
usage: qvm-create [OPTION...] NEWNAME
? 2
$ qvm-create --standalone -l red -r a -R b one
qvm-create: options contradict each other
usage: qvm-create [OPTION...] NEWNAME
? 2

@ base
# Names are checked before anything else happens.
$ qvm-create -l red ''
qvm-create: the name of a domain is empty
? 7
$ qvm-create -l red a2345678901234567890123456789012
qvm-create: bad domain name 'a2345678901234567890123456789012': longer than 31 characters
? 7
$ qvm-create -l red a234567890123456789012345678901
$ qvm-create -l red -- -dash
qvm-create: bad domain name '-dash': it must begin with a letter
? 7
$ qvm-create -l red .hidden
qvm-create: bad domain name '.hidden': it must begin with a letter
? 7
$ qvm-create -l red ../x
qvm-create: bad domain name '../x': it must begin with a letter
? 7
$ qvm-create -l red a/b
qvm-create: bad domain name 'a/b': only letters, digits, '_', '.' and '-'
? 7
$ qvm-create -l red 'a b'
qvm-create: bad domain name 'a b': only letters, digits, '_', '.' and '-'
? 7
$ qvm-create -l red "$(printf 'caf\303\251')"
qvm-create: bad domain name 'caf??': only letters, digits, '_', '.' and '-'
? 7
$ qvm-create -l red "$(printf 'a\033[31mb')"
qvm-create: bad domain name 'a?[31mb': only letters, digits, '_', '.' and '-'
? 7
$ qvm-create -l red 1first
qvm-create: bad domain name '1first': it must begin with a letter
? 7
$ qvm-create -l red Domain-0
qvm-create: bad domain name 'Domain-0': it is reserved
? 7
$ qvm-create -l red dom0
qvm-create: bad domain name 'dom0': it is reserved
? 7
$ qvm-create -l red none
qvm-create: bad domain name 'none': it is reserved
? 7
$ qvm-create -l red default
qvm-create: bad domain name 'default': it is reserved
? 7
$ qvm-create -l red work
qvm-create: cannot create 'work': the name is taken
? 6
$ qvm-create -l red 'a*'
qvm-create: bad domain name 'a*': only letters, digits, '_', '.' and '-'
? 7

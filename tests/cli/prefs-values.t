@ base
$ qvm-prefs work memory 0
qvm-prefs: bad value '0' for property 'memory': a whole number from 1 to 16777216 is wanted
? 7
$ qvm-prefs work memory -- -5
qvm-prefs: bad value '-5' for property 'memory': a whole number from 1 to 16777216 is wanted
? 7
$ qvm-prefs work memory 010
$ qvm-prefs work memory
10
$ qvm-prefs work memory 1e3
qvm-prefs: bad value '1e3' for property 'memory': a whole number from 1 to 16777216 is wanted
? 7
$ qvm-prefs work memory 99999999999999999999
qvm-prefs: bad value '99999999999999999999' for property 'memory': a whole number from 1 to 16777216 is wanted
? 7
$ qvm-prefs work memory ''
qvm-prefs: bad value '' for property 'memory': it is empty
? 7
$ qvm-prefs work vcpus 0
qvm-prefs: bad value '0' for property 'vcpus': a whole number from 1 to 128 is wanted
? 7
$ qvm-prefs work vcpus 100000
qvm-prefs: bad value '100000' for property 'vcpus': a whole number from 1 to 128 is wanted
? 7
$ qvm-prefs work debug maybe
qvm-prefs: bad value 'maybe' for property 'debug': True or False is wanted
? 7
$ qvm-prefs work label mauve
qvm-prefs: bad value 'mauve' for property 'label': red, orange, yellow, green, gray, blue, purple and black are known
? 7
$ qvm-prefs work ip 10.0.0.300
qvm-prefs: bad value '10.0.0.300' for property 'ip': an IPv4 address is wanted
? 7
$ qvm-prefs work ip 10.20.0.77
$ qvm-prefs vault ip 10.20.0.77
qvm-prefs: bad value '10.20.0.77' for property 'ip': 'work' has it
? 7
$ qvm-prefs work mac zz
qvm-prefs: bad value 'zz' for property 'mac': six pairs of hexadecimal digits are wanted
? 7
$ qvm-prefs work virt_mode xen
qvm-prefs: bad value 'xen' for property 'virt_mode': one of pvh, pv, hvm
? 7
$ qvm-prefs work default_user 'a b'
qvm-prefs: bad value 'a b' for property 'default_user': only letters, digits and '_-+,.'
? 7
$ qvm-prefs work kernelopts "$(printf 'a\nb')"
qvm-prefs: bad value 'a?b' for property 'kernelopts': only printable ASCII is allowed
? 7
$ qvm-prefs work name other
qvm-prefs: property 'name' cannot be changed
? 7
$ qvm-prefs work qid 7
qvm-prefs: property 'qid' cannot be changed
? 7
$ qvm-prefs work xid 7
qvm-prefs: property 'xid' cannot be changed
? 7
$ qvm-prefs work label none
qvm-prefs: bad value 'none' for property 'label': red, orange, yellow, green, gray, blue, purple and black are known
? 7
$ qvm-prefs -D work template
qvm-prefs: property 'template' cannot be unset
? 7
$ qvm-prefs work template vault
qvm-prefs: 'vault' cannot be the template of an AppVM: its class is AppVM
? 7
$ qvm-prefs work template sys-net
qvm-prefs: 'sys-net' cannot be the template of an AppVM: its class is AppVM
? 7
$ qvm-prefs work template nosuch
qvm-prefs: bad value for property 'template': no such domain: 'nosuch'
? 4
$ qvm-create --disp -t dvm one
$ qvm-prefs dvm template_for_dispvms False
qvm-prefs: 'dvm' must serve disposables: it is template of 'one'
? 10
$ qvm-prefs one template work
qvm-prefs: 'work' cannot be the template of a DispVM: its property template_for_dispvms is not set
? 7
$ qvm-remove -f one
$ qvm-prefs dvm template_for_dispvms False

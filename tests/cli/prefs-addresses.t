@ base
# Two domains never have one address, and none has one that cannot be a domain's.
$ qvm-prefs work ip 10.20.0.3
$ qvm-prefs alone ip 10.20.0.3
qvm-prefs: bad value '10.20.0.3' for property 'ip': 'work' has it
? 7
$ qvm-prefs alone ip 10.137.0.3
qvm-prefs: bad value '10.137.0.3' for property 'ip': it is kept for the domain of that number
? 7
$ qvm-prefs alone ip 10.138.0.1
qvm-prefs: bad value '10.138.0.1' for property 'ip': it is kept for the domain of that number
? 7
$ qvm-prefs alone ip 10.137.0.5
$ qvm-prefs alone ip 10.139.1.1
qvm-prefs: bad value '10.139.1.1' for property 'ip': no domain can have it
? 7
$ qvm-prefs alone ip 127.0.0.1
qvm-prefs: bad value '127.0.0.1' for property 'ip': no domain can have it
? 7
$ qvm-prefs alone ip 0.0.0.0
qvm-prefs: bad value '0.0.0.0' for property 'ip': no domain can have it
? 7
$ qvm-prefs alone ip 169.254.1.1
qvm-prefs: bad value '169.254.1.1' for property 'ip': no domain can have it
? 7
$ qvm-prefs alone ip 224.0.0.1
qvm-prefs: bad value '224.0.0.1' for property 'ip': no domain can have it
? 7
$ qvm-prefs alone ip6 fd09:24ef:4179::a89:7
qvm-prefs: bad value 'fd09:24ef:4179::a89:7' for property 'ip6': it is kept for the domain of that number
? 7
$ qvm-prefs alone ip6 fd00::1
$ qvm-prefs work ip6 fd00:0:0::1
qvm-prefs: bad value 'fd00:0:0::1' for property 'ip6': 'alone' has it
? 7
$ qvm-prefs work mac 00:16:3E:5E:00:05
qvm-prefs: bad value '00:16:3e:5e:00:05' for property 'mac': 'alone' has it
? 7
$ qvm-prefs alone ip6 fe80::1
qvm-prefs: bad value 'fe80::1' for property 'ip6': no domain can have it
? 7
$ qvm-prefs alone ip6 ff02::1
qvm-prefs: bad value 'ff02::1' for property 'ip6': no domain can have it
? 7
$ qvm-prefs alone ip6 ::1
qvm-prefs: bad value '::1' for property 'ip6': no domain can have it
? 7
$ qvm-prefs alone mac 00:16:3e:5e:00:03
qvm-prefs: bad value '00:16:3e:5e:00:03' for property 'mac': 'work' has it
? 7
$ qvm-prefs alone mac 00:16:3e:5e:10:03
qvm-prefs: bad value '00:16:3e:5e:10:03' for property 'mac': it is kept for the domain of that number
? 7
$ qvm-prefs alone mac 00:16:3e:5e:00:05
$ qvm-prefs alone mac 00:16:3e:11:22:33
$ qvm-prefs work mac 00:16:3e:11:22:33
qvm-prefs: bad value '00:16:3e:11:22:33' for property 'mac': 'alone' has it
? 7
$ qvm-prefs work mac fe:ff:ff:ff:ff:ff
qvm-prefs: bad value 'fe:ff:ff:ff:ff:ff' for property 'mac': it is that of all network domains
? 7

@ base
$ qvm-volume resize vault:private 3GiB
$ qvm-volume info vault:private size
3221225472
$ qvm-volume resize vault:private 3GiB
$ qvm-volume resize vault:private 1GiB
qvm-volume: cannot resize 'vault:private': it has 3 GiB: shrinking cuts off what lies behind (--force)
? 7
$ qvm-volume resize -f vault:private 1GiB
$ qvm-volume info vault:private size
1073741824
$ qvm-volume resize --dry-run vault:private 4GiB
VM        ACTION         OBJECT
vault     resize-volume  private to 4 GiB
$ qvm-volume resize vault:private 1073741825
qvm-volume: cannot resize 'vault:private': a size is a multiple of 512 bytes, and at least 1 MiB
? 7
$ qvm-volume resize -f vault:private 10
qvm-volume: cannot resize 'vault:private': a size is a multiple of 512 bytes, and at least 1 MiB
? 7
$ qvm-volume resize vault:private big
qvm-volume: 'big' is not a size (as in 10GiB)
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume resize vault:private 0
qvm-volume: '0' is not a size (as in 10GiB)
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
# What is made at each start: never smaller than what it is made over.
$ qvm-volume resize -f vault:root 5GiB
qvm-volume: cannot resize 'vault:root': 'tiny:root' beneath it has 10 GiB
? 7
$ qvm-volume resize vault:root 12GiB
$ qvm-volume info vault:root size
12884901888
$ qvm-volume resize -f vault:volatile 1GiB
$ qvm-volume resize tiny:root 15GiB
$ qvm-volume info vault:root size
16106127360
$ qvm-volume info work:root size
16106127360
$ qvm-start vault
$ qvm-volume resize vault:private 2GiB
qvm-volume: warning: 'vault' is not told: the file system of its private volume grows at the next start, or by hand
$ qvm-volume resize -f vault:private 1GiB
qvm-volume: cannot resize 'vault:private': it is running and cannot shrink
? 8
$ qvm-kill --wait vault
$ qvm-volume info vault:private size
2147483648
$ echo 'fail resize no such luck' >$QVM_ROOT/var/lib/qvm/fake-storage
$ qvm-volume resize work:private 9GiB
qvm-volume: cannot resize 'work:private': no such luck
? 17
$ qvm-volume info work:private size
2147483648

@ base
$ qvm-recover
$ qvm-recover --json
{
  "schema": "qvm-recover/1",
  "found": [
  ]
}
$ touch $QVM_ROOT/var/lib/qvm/fake-pool/default/v99-g1
$ qvm-recover --dry-run
KIND      OBJECT  ACTION
volume    v99-g1  removed
$ qvm-recover
KIND      OBJECT  ACTION
volume    v99-g1  removed
$ qvm-recover
$ qvm-recover extra
qvm-recover: too many arguments: 'extra'
usage: qvm-recover [OPTION...]
? 2

@ base
$ qvm-pool
NAME     DRIVER
default  lvm
$ qvm-pool list --json
{
  "schema": "qvm-pool/1",
  "pools": [
    {
      "name": "default",
      "driver": "lvm"
    }
  ]
}
$ qvm-pool ls --raw-list
default
$ qvm-pool info default | grep -v usage
name                default
driver              lvm
level               ok
location            fake/pool
revisions_to_keep   1
size                107374182400
trash               0
volumes             8
$ qvm-pool info default --json | grep -v -e usage -e trash
{
  "schema": "qvm-pool-info/1",
  "name": "default",
  "driver": "lvm",
  "level": "ok",
  "location": "fake/pool",
  "revisions_to_keep": 1,
  "size": 107374182400,
  "volumes": 8,
  "used_by": [
    {
      "vm": "alone",
      "name": "root"
    },
    {
      "vm": "alone",
      "name": "private"
    },
    {
      "vm": "dvm",
      "name": "private"
    },
    {
      "vm": "sys-net",
      "name": "private"
    },
    {
      "vm": "tiny",
      "name": "root"
    },
    {
      "vm": "tiny",
      "name": "private"
    },
    {
      "vm": "vault",
      "name": "private"
    },
    {
      "vm": "work",
      "name": "private"
    }
  ]
}
$ qvm-pool info nosuch
qvm-pool: no such pool: 'nosuch'
? 5
$ qvm-pool drivers
DRIVER   OPTIONS                                            DESCRIPTION
lvm      location,volume_group,thin_pool,revisions_to_keep  thin volumes of LVM; location is VG/POOL
thin     location,revisions_to_keep                         volumes of a block device that is the pool's own; no LVM
reflink  location,dir_path,revisions_to_keep                files in a folder on btrfs or XFS
$ qvm-pool drivers --json | head -n 3
{
  "schema": "qvm-pool-drivers/1",
  "drivers": [
$ qvm-pool add --dry-run fast lvm -o volume_group=fake -o thin_pool=fast
VM        ACTION         OBJECT
dom0      register-pool  fast: fake/fast
$ qvm-pool add fast lvm -o volume_group=fake -o thin_pool=fast
$ qvm-pool add fast lvm -o location=fake/other
qvm-pool: cannot add pool 'fast': there is a pool 'fast' already
? 6
$ qvm-pool add other lvm -o location=fake/fast
qvm-pool: cannot add pool 'other': 'fake/fast' is pool 'fast' already
? 6
$ qvm-pool add other lvm
qvm-pool: cannot add pool 'other': its location is missing (location,volume_group,thin_pool,revisions_to_keep)
usage: qvm-pool [OPTION...] [ACTION [POOL...]]
? 2
$ qvm-pool add other lvm -o colour=red
qvm-pool: driver 'lvm' has no option 'colour': it has location,volume_group,thin_pool,revisions_to_keep
? 7
$ qvm-pool add other lvm -o location
qvm-pool: option 'location' is not NAME=VALUE
usage: qvm-pool [OPTION...] [ACTION [POOL...]]
? 2
$ qvm-pool add other zfs -o location=x
qvm-pool: there is no storage driver 'zfs': known are lvm, thin, reflink
? 5
$ qvm-pool add .x lvm -o location=fake/x
qvm-pool: cannot add pool '.x': bad pool name '.x': a letter, then letters, digits, '_', '.' and '-', at most 31
? 7
$ qvm-pool add other reflink -o dir_path=/srv/a -o dir_path=/srv/b -o revisions_to_keep=4
$ qvm-pool info other | grep -e location -e keep
location            /srv/b
revisions_to_keep   4
$ qvm-pool set other -o revisions_to_keep=2
$ qvm-pool set other -o revisions_to_keep=lots
qvm-pool: revisions_to_keep is a number from -1 to 1000, not 'lots'
? 7
$ qvm-pool set other -o location=x
qvm-pool: of pool 'other' only revisions_to_keep can be set
? 7
$ qvm-pool set other
qvm-pool: nothing is to be set: -o is missing
usage: qvm-pool [OPTION...] [ACTION [POOL...]]
? 2
$ qvm-pool set nosuch -o revisions_to_keep=1
qvm-pool: no such pool: 'nosuch'
? 5
$ qvm-create -l red -P other one
$ qvm-volume info one:private revisions_to_keep
2
$ qvm-pool remove other
qvm-pool: cannot remove pool 'other': it is used by 'one:root', 'one:private', 'one:volatile'
? 10
$ qvm-pool remove --json default
qvm-pool: cannot remove pool 'default': it is used by 'alone:root', 'alone:private', 'alone:volatile', 'dvm:root' and 14 more
{
  "schema": "qvm-result/1",
  "results": [
    {
      "vm": null,
      "result": "in-use",
      "code": 10,
      "message": "cannot remove pool 'default': it is used by 'alone:root', 'alone:private', 'alone:volatile', 'dvm:root' and 14 more"
    }
  ]
}
? 10
$ qvm-remove -f one
$ qvm-pool remove other
qvm-pool: cannot remove pool 'other': it is used by 'one:root' in the trash, 'one:private' in the trash, 'one:volatile' in the trash
? 10
$ qvm-trash empty
$ qvm-pool remove --dry-run other
VM        ACTION        OBJECT
dom0      forget-pool   other
$ qvm-pool remove other fast
$ qvm-pool
NAME     DRIVER
default  lvm
$ qvm-pool remove other
qvm-pool: no such pool: 'other'
? 5
# what lives for one run is in a folder or on a device of a pool, or beside one of LVM
$ mkdir -m 700 own
$ qvm-pool add own reflink -o dir_path=$PWD/own
$ scratch() { sqlite3 $QVM_ROOT/var/lib/qvm/qvm.db "UPDATE setting SET value = '$1' WHERE name = 'scratch'"; }; scratch $PWD/own/qvm-scratch; qvm-pool remove own; code=$?; scratch fake/scratch; exit $code
qvm-pool: cannot remove pool 'own': it is used by the scratch store
? 10
$ qvm-pool remove own
$ qvm-pool extend --dry-run default 10GiB
VM        ACTION        OBJECT
dom0      extend-pool   default by 10 GiB
$ qvm-pool extend default 10GiB
$ qvm-pool info default | grep ^size
size                118111600640
$ qvm-pool extend default much
qvm-pool: 'much' is not a size (as in 10GiB)
usage: qvm-pool [OPTION...] [ACTION [POOL...]]
? 2
$ qvm-pool extend nosuch 1GiB
qvm-pool: no such pool: 'nosuch'
? 5
$ qvm-pool paint
qvm-pool: there is no action 'paint'
usage: qvm-pool [OPTION...] [ACTION [POOL...]]
? 2
$ qvm-pool info | grep -v usage
name                default
driver              lvm
level               ok
location            fake/pool
revisions_to_keep   1
size                118111600640
trash               0
volumes             8
$ qvm-pool info --json
qvm-pool: info --json is about one pool
usage: qvm-pool [OPTION...] [ACTION [POOL...]]
? 2
$ qvm-pool info -o a=b default
qvm-pool: -o goes with add and set only
usage: qvm-pool [OPTION...] [ACTION [POOL...]]
? 2
$ qvm-pool info --raw-list default
qvm-pool: --raw-list goes with list only
usage: qvm-pool [OPTION...] [ACTION [POOL...]]
? 2

@ base
$ qvm-volume
POOL:VOLUME          VMNAME   VOLUME_NAME  REVERT_POSSIBLE
default:v13-g1       alone    root         No
default:v14-g1       alone    private      No
default:r5-volatile  alone    volatile     No
default:r6-root      dvm      root         No
default:v17-g1       dvm      private      No
default:r6-volatile  dvm      volatile     No
default:r2-root      sys-net  root         No
default:v5-g1        sys-net  private      No
default:r2-volatile  sys-net  volatile     No
default:v1-g1        tiny     root         No
default:v2-g1        tiny     private      No
default:r1-volatile  tiny     volatile     No
default:r4-root      vault    root         No
default:v11-g1       vault    private      No
default:r4-volatile  vault    volatile     No
default:r3-root      work     root         No
default:v8-g1        work     private      No
default:r3-volatile  work     volatile     No
$ qvm-volume list work vault
POOL:VOLUME          VMNAME  VOLUME_NAME  REVERT_POSSIBLE
default:r4-root      vault   root         No
default:v11-g1       vault   private      No
default:r4-volatile  vault   volatile     No
default:r3-root      work    root         No
default:v8-g1        work    private      No
default:r3-volatile  work    volatile     No
$ qvm-volume ls 'w*'
POOL:VOLUME          VMNAME  VOLUME_NAME  REVERT_POSSIBLE
default:r3-root      work    root         No
default:v8-g1        work    private      No
default:r3-volatile  work    volatile     No
$ qvm-volume list --exclude 'w*' --exclude tiny --exclude 'd*' --exclude alone --exclude sys-net
POOL:VOLUME          VMNAME  VOLUME_NAME  REVERT_POSSIBLE
default:r4-root      vault   root         No
default:v11-g1       vault   private      No
default:r4-volatile  vault   volatile     No
$ qvm-volume list -p nosuch
qvm-volume: no such pool: 'nosuch'
? 5
$ qvm-volume list nosuch
qvm-volume: no such domain: 'nosuch'
? 4
$ qvm-volume list --raw-list vault
vault:root
vault:private
vault:volatile
$ qvm-volume list --json vault
{
  "schema": "qvm-volume/1",
  "volumes": [
    {
      "volume": "default:r4-root",
      "vm": "vault",
      "name": "root",
      "revertible": false
    },
    {
      "volume": "default:v11-g1",
      "vm": "vault",
      "name": "private",
      "revertible": false
    },
    {
      "volume": "default:r4-volatile",
      "vm": "vault",
      "name": "volatile",
      "revertible": false
    }
  ]
}
$ qvm-volume info vault:private | sed 's/2[0-9-]*T[0-9:]*Z/DATE                /'
pool                default
vid                 v11-g1
rw                  True
source              -
save_on_stop        True
snap_on_start       False
size                2147483648
usage               0
revisions_to_keep   1
ephemeral           False
is_outdated         False
REVISION  CREATED               NAME  CURRENT  PINNED  LIVE         SIZE  USED  DIFF
       1  DATE                  -     True     False   False  2147483648     0     0
$ qvm-volume i vault:root
pool                default
vid                 r4-root
rw                  True
source              tiny:root
save_on_stop        False
snap_on_start       True
size                10737418240
usage               -
revisions_to_keep   1
ephemeral           True
is_outdated         False
$ qvm-volume info vault:root source
tiny:root
$ qvm-volume info tiny:root revisions
1
$ qvm-volume info vault:private size
2147483648
$ qvm-volume info vault:volatile usage
$ qvm-volume info --json vault:private | sed 's/2[0-9-]*T[0-9:]*Z/DATE/'
{
  "schema": "qvm-volume-info/1",
  "vm": "vault",
  "name": "private",
  "pool": "default",
  "vid": "v11-g1",
  "rw": true,
  "source": null,
  "save_on_stop": true,
  "snap_on_start": false,
  "size": 2147483648,
  "usage": 0,
  "revisions_to_keep": 1,
  "ephemeral": false,
  "is_outdated": false,
  "revisions": [
    {
      "revision": 1,
      "created": "DATE",
      "name": null,
      "current": true,
      "pinned": false,
      "live": false,
      "size": 2147483648,
      "used": 0,
      "diff": 0
    }
  ]
}
$ qvm-volume info vault:private colour
qvm-volume: volumes have no property 'colour'
? 5
$ qvm-volume info vault:swap
qvm-volume: 'vault:swap': volumes are root, private and volatile
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume info nosuch:private
qvm-volume: no such domain: 'nosuch'
? 4
$ qvm-volume info dom0:private
qvm-volume: 'dom0' has no private volume
? 5
# Settings.
$ qvm-volume config vault:private revisions_to_keep 3
$ qvm-volume info vault:private revisions_to_keep
3
$ qvm-volume set vault:private rw False
$ qvm-volume info vault:private rw
False
$ qvm-volume config --dry-run vault:private rw True
VM        ACTION            OBJECT
vault     configure-volume  private: rw=True
$ qvm-volume config vault:private rw maybe
qvm-volume: cannot configure 'vault:private': rw is True or False, not 'maybe'
? 7
$ qvm-volume config vault:private revisions_to_keep -- -2
qvm-volume: cannot configure 'vault:private': revisions_to_keep is a number from -1 to 1000, not '-2'
? 7
$ qvm-volume config vault:private revisions_to_keep many
qvm-volume: cannot configure 'vault:private': revisions_to_keep is a number from -1 to 1000, not 'many'
? 7
$ qvm-volume config vault:root revisions_to_keep 2
qvm-volume: cannot keep revisions of 'vault:root': it is made anew at each start
? 7
$ qvm-volume config vault:private ephemeral True
qvm-volume: volumes have no setting 'ephemeral': rw and revisions_to_keep can be set
? 5
# Without revisions nothing is made over it.
$ qvm-volume config tiny:root revisions_to_keep -- -1
qvm-volume: cannot configure 'tiny:root': other domains are made over it
? 10
$ qvm-volume config vault:private revisions_to_keep -- -1
$ qvm-volume info vault:private revisions
$ qvm-volume export vault:private >/dev/null
qvm-volume: cannot export 'vault:private': it has no revision (revisions_to_keep is -1)
? 5
$ qvm-clone vault copy
qvm-clone: cannot clone 'vault': its private volume has no revision
? 17
$ qvm-volume snapshot vault:private one
qvm-volume: cannot snapshot 'vault:private': it keeps no revisions (revisions_to_keep is -1)
? 7
$ qvm-volume config vault:private revisions_to_keep 0
$ qvm-volume info vault:private revisions
1
$ qvm-clone vault copy

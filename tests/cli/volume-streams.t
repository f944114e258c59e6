@ base
$ printf content >data
$ qvm-volume import vault:private data
$ qvm-volume export vault:private image && head -c 7 image; echo
content
$ qvm-volume export vault:private image
qvm-volume: cannot export 'vault:private': the file 'image' exists (--force)
? 6
$ qvm-volume export -f vault:private image
$ qvm-volume export --dry-run vault:private image
VM        ACTION         OBJECT
vault     export-volume  private: v11-r2
$ qvm-volume export vault:private nosuch/image
qvm-volume: cannot write 'nosuch/image': No such file or directory
? 1
$ qvm-volume export vault:private -r nosuch new; ls new
qvm-volume: cannot export 'vault:private': there is no revision 'nosuch'
ls: cannot access 'new': No such file or directory
? 2
$ qvm-volume export --json vault:private
qvm-volume: a volume goes to a file or a pipe, not together with JSON
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume export vault:volatile out2
qvm-volume: cannot export 'vault:volatile': it is made anew at each start
? 7
$ qvm-volume info vault:private size
2147483648
# Sizes: it grows where it has to; --size is exact.
$ truncate -s 3G large
$ qvm-volume import --no-resize vault:private large
qvm-volume: cannot import 'vault:private': the data are larger than its 2 GiB
? 7
$ qvm-volume import --dry-run vault:private large
VM        ACTION         OBJECT
vault     import-volume  private of 3 GiB
$ qvm-volume import vault:private large
$ qvm-volume info vault:private size
3221225472
$ qvm-volume import vault:private data
$ qvm-volume info vault:private size
3221225472
$ qvm-volume import --size 1MiB vault:private - <data
qvm-volume: cannot import 'vault:private': the data end after 7 B of 1 MiB
? 7
$ head -c 1M /dev/zero | qvm-volume import --size 1MiB vault:private -
$ qvm-volume info vault:private size
1048576
$ head -c 2M /dev/zero | qvm-volume import vault:private -
qvm-volume: cannot import 'vault:private': there are more than 1 MiB of data
? 7
$ qvm-volume import --size 2 vault:private data
qvm-volume: 'data' is larger than --size says
? 7
$ qvm-volume import vault:private nosuch
qvm-volume: cannot open 'nosuch': No such file or directory
? 1
$ qvm-volume import vault:private .
qvm-volume: cannot import '.': Is a directory
? 1
$ qvm-volume import vault:root data
qvm-volume: cannot import 'vault:root': it is made anew at each start
? 7
# From one to another.
$ qvm-volume clone --dry-run vault:private work:private
VM        ACTION        OBJECT
work      clone-volume  private from 'vault:private'
$ qvm-volume clone vault:private work:private
$ qvm-volume clone vault:private vault:private
qvm-volume: cannot clone 'vault:private' onto itself
? 7
$ qvm-volume clone vault:root work:private
qvm-volume: cannot clone 'vault:root': it is made anew at each start
? 7
$ qvm-volume clone vault:private
qvm-volume: clone takes VMNAME:VOLUME VMNAME:VOLUME
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume clear vault:private
qvm-volume: clear empties the volume: it wants --force
usage: qvm-volume [OPTION...] [ACTION [VMNAME:VOLUME...]]
? 2
$ qvm-volume clear -f vault:private
$ qvm-volume export vault:private | tr -d '\0'
# To another pool, with all that it has.
$ qvm-pool add second lvm -o location=fake/second
$ qvm-volume snapshot work:private name
$ qvm-volume import work:private data
$ qvm-volume move --dry-run work:private second
VM        ACTION        OBJECT
work      move-volume   private from pool 'default' to 'second', 3 revisions with it
$ qvm-volume move work:private second
$ qvm-volume move work:private second
$ qvm-volume move work:volatile second
$ qvm-volume move work:private nosuch
qvm-volume: no such pool: 'nosuch'
? 5
$ qvm-volume list work
POOL:VOLUME         VMNAME  VOLUME_NAME  REVERT_POSSIBLE
default:r3-root     work    root         No
second:v8-g4        work    private      Yes
second:r3-volatile  work    volatile     No
$ qvm-volume export -f work:private got && head -c 1M got | tr -d '\0'; echo
content
$ qvm-volume revert work:private name
$ qvm-volume export work:private | tr -d '\0'
$ qvm-volume revert work:private
$ qvm-volume export -f work:private got && head -c 1M got | tr -d '\0'; echo
content
$ qvm-clone -P default work copy
$ qvm-volume export -f copy:private got && head -c 1M got | tr -d '\0'; echo
content
$ qvm-create -C StandaloneVM -t tiny -l red -P second own
$ qvm-volume list own
POOL:VOLUME         VMNAME  VOLUME_NAME  REVERT_POSSIBLE
second:v22-g1       own     root         No
second:v23-g1       own     private      No
second:r8-volatile  own     volatile     No
$ qvm-volume clone vault:private work:private
# What a running domain is made over stays where it is.
$ qvm-start vault
$ qvm-volume move tiny:root second
qvm-volume: cannot move 'tiny:root': revision 1 is beneath a running domain, or being copied
? 10
$ qvm-volume info vault:root is_outdated
False
$ echo new | qvm-volume import tiny:root -
$ qvm-volume info vault:root is_outdated
True
$ qvm-kill --wait vault
$ qvm-recover

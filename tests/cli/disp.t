@ base
$ qvm-prefs work template_for_dispvms True
$ qvm-disp start
qvm-disp: no template was named and there is no default_dispvm
? 5
$ qubes-prefs default_dispvm work
$ qvm-tags work add papers
$ printf 41 >$QVM_ROOT/run/qvm/disp-last
$ qvm-disp start
disp42
$ qvm-disp start work
disp43
$ qvm-disp
NAME    STATE    TEMPLATE  USE  UNNAMED     MEMORY
disp42  Running  work           True     419430400
disp43  Running  work           True     419430400
$ qvm-disp list --json
{
  "schema": "qvm-disp/1",
  "disposables": [
    {
      "name": "disp42",
      "state": "Running",
      "template": "work",
      "use": "",
      "auto_cleanup": true,
      "memory": 419430400
    },
    {
      "name": "disp43",
      "state": "Running",
      "template": "work",
      "use": "",
      "auto_cleanup": true,
      "memory": 419430400
    }
  ]
}
$ qvm-ls --fields=name,class,state,label,template,ip disp42
NAME    CLASS   STATE    LABEL  TEMPLATE  IP
disp42  DispVM  Running  green  work      10.138.0.42
$ qvm-tags disp42
papers
$ qvm-prefs disp42 auto_cleanup
True
# nothing of them is in the registry on disk
$ grep -c disp42 $QVM_ROOT/var/lib/qvm/qvm.db $QVM_ROOT/var/lib/qvm/qvm.db-wal
ROOT/var/lib/qvm/qvm.db:0
ROOT/var/lib/qvm/qvm.db-wal:0
? 1
$ qvm-remove -f work
qvm-remove: cannot remove 'work': it is template of 'disp42', template of 'disp43', global property 'default_dispvm'
? 10
$ qvm-kill --wait disp42 disp43
$ sleep 1; qvm-disp
NAME  STATE  TEMPLATE  USE  UNNAMED  MEMORY
$ qvm-disp start nosuch
qvm-disp: no such domain: 'nosuch'
? 4
$ qvm-disp start tiny
qvm-disp: 'tiny' cannot be the template of a DispVM: its property template_for_dispvms is not set
? 7
$ qvm-disp warm --owner 1
qvm-disp: --owner goes with start only
usage: qvm-disp [OPTION...] [ACTION [ARG...]]
? 2
$ qvm-disp start --for nosuch
qvm-disp: no such domain: 'nosuch'
? 4
# a caller without network makes none with it
$ qvm-prefs vault netvm none
$ qvm-create -t tiny -l red bare && qvm-prefs bare netvm none
$ qvm-disp start --for bare
disp44
$ qvm-prefs disp44 netvm
# Where the host holds anything about one.
$ name=$(qvm-disp start); qvm-disp audit $name | awk '!/console/ { print $1, $2 }' | sed -E "s,/vm/.*-.*,/vm/UUID,; s,/vm/[0-9]+/,/vm/N/,; s,/(domain|libxl)/[0-9]+,/\1/N,; s/:r[0-9]+-/:rN-/; s/domain +[0-9]+/domain N/" | LC_ALL=C sort; qvm-kill --wait $name
WHAT WHERE
domain N
file ROOT/run/qvm/vm/N/op.lock
file ROOT/run/qvm/vm/N/owner
file ROOT/run/qvm/vm/N/running.lock
file ROOT/run/qvm/vm/N/state
node /libxl/N
node /local/domain/N
node /vm/UUID
registry ROOT/run/qvm/disp.db
volume fake/scratch:rN-private
volume fake/scratch:rN-root
volume fake/scratch:rN-volatile
$ qvm-disp audit vault | awk '{ print $1, $2 }'
WHAT WHERE
registry ROOT/var/lib/qvm/qvm.db
volume default:v11-g1
$ qvm-disp audit nosuch
qvm-disp: no such domain: 'nosuch'
? 4

@ base
# One that ends with a process, and one that nobody ends.
$ qvm-prefs work template_for_dispvms True
$ printf 41 >$QVM_ROOT/run/qvm/disp-last
$ sleep 1000 >&- 2>&- & echo $! >owner; qvm-disp start --owner $(cat owner) work; qvm-disp start work
disp42
disp43
$ kill $(cat owner); while qvm-check -q disp42; do sleep 0.1; done; qvm-disp
NAME    STATE    TEMPLATE  USE  UNNAMED     MEMORY
disp43  Running  work           True     419430400
# Kept open, but there are no calls in it.
$ sleep 1000 >&- 2>&- & echo $! >owner; qvm-disp start --owner $(cat owner) --keep-open work
disp44
$ kill $(cat owner); while qvm-check -q disp44; do sleep 0.1; done; qvm-disp
NAME    STATE    TEMPLATE  USE  UNNAMED     MEMORY
disp43  Running  work           True     419430400
# Time without a call: its template's, or its own.
$ qvm-prefs work disp_idle 600; qvm-prefs disp43 disp_idle
600
$ qvm-prefs disp43 disp_idle 0; qvm-prefs disp43 disp_idle
0
# Its watcher and the domain are gone at once: recovery removes it as the watcher had.
$ awk -v lock=":$(stat -c %i $QVM_ROOT/run/qvm/vm/10043/running.lock)" 'index($6, lock) { print $5 }' /proc/locks >watcher
$ kill -9 $(cat watcher); while kill -0 $(cat watcher) 2>/dev/null; do sleep 0.1; done
$ sed -i '/^domain/d' $QVM_ROOT/run/qvm/fake-xen; qvm-recover --json | grep -c disp43
1
$ qvm-disp; test ! -e $QVM_ROOT/run/qvm/vm/10043
NAME  STATE  TEMPLATE  USE  UNNAMED  MEMORY
# One whose maker was killed before it had an intent.
$ sleep 1000 >&- 2>&- & echo $! >owner; qvm-disp start --owner $(cat owner) work
disp45
$ awk -v lock=":$(stat -c %i $QVM_ROOT/run/qvm/vm/10045/running.lock)" 'index($6, lock) { print $5 }' /proc/locks >watcher
$ kill -9 $(cat watcher owner); while kill -0 $(cat watcher) 2>/dev/null; do sleep 0.1; done
$ sed -i '/^domain/d' $QVM_ROOT/run/qvm/fake-xen; sqlite3 $QVM_ROOT/run/qvm/disp.db 'DELETE FROM intent'
$ qvm-recover --json | grep -A 1 '"disposable"'
      "kind": "disposable",
      "object": "disp45",
$ qvm-disp; test ! -e $QVM_ROOT/run/qvm/vm/10045
NAME  STATE  TEMPLATE  USE  UNNAMED  MEMORY

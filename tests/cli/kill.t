@ base
# Killed is who will not run again; what it had is waited for by who needs it. Its watcher is
# held, so that this can be seen.
$ mkdir -p $QVM_ROOT/run/qvm; echo 'host 500MiB' >>$QVM_ROOT/run/qvm/fake-xen; qvm-prefs alone netvm none
$ id=$(sqlite3 $QVM_ROOT/var/lib/qvm/qvm.db "SELECT id FROM domain WHERE name = 'tiny'"); echo $id >id
$ qvm-start tiny; awk -v lock=":$(stat -c %i $QVM_ROOT/run/qvm/vm/$(cat id)/running.lock)" 'index($6, lock) { print $5 }' /proc/locks >watcher
$ kill -STOP $(cat watcher); qvm-kill tiny
$ qvm-ls --fields name,state,xid tiny
NAME  STATE    XID
tiny  Halting    1
$ qvm-check --quiet --running tiny
? 1
# For its revision, for its memory, for its end, and for its locks.
$ printf '%s\n' 'clone tiny second' 'start alone' 'shutdown --wait tiny' 'volume resize tiny:private 3GiB' >waiting
$ n=0; while read -r line; do n=$((n + 1)); { qvm $line >out.$n 2>&1; echo "$line: $?" >>out.$n; } </dev/null & done <waiting; sleep 0.5; cat out.*; kill -CONT $(cat watcher); wait; cat out.*
clone tiny second: 0
start alone: 0
shutdown --wait tiny: 0
volume resize tiny:private 3GiB: 0
$ qvm-ls --fields name,state tiny second alone
NAME    STATE
alone   Running
second  Halted
tiny    Halted
# And its next start, whose memory is that of one killed a moment ago.
$ qvm-kill alone; qvm-start vault; id=$(sqlite3 $QVM_ROOT/var/lib/qvm/qvm.db "SELECT id FROM domain WHERE name = 'vault'"); echo $id >id
$ awk -v lock=":$(stat -c %i $QVM_ROOT/run/qvm/vm/$(cat id)/running.lock)" 'index($6, lock) { print $5 }' /proc/locks >watcher
$ kill -STOP $(cat watcher); qvm-kill vault
$ (sleep 0.3; kill -CONT $(cat watcher)) & qvm-start vault; wait; qvm-ls --fields name,state,xid vault
NAME   STATE    XID
vault  Running    4
$ qvm-kill vault; qvm-kill --wait vault; qvm-ls --fields name,state vault
NAME   STATE
vault  Halted
$ qvm-start vault; qvm-kill vault; qvm-remove -f vault

@ base
$ log=log; seen() { i=0; until grep -q "$1" $log 2>/dev/null; do i=$((i + 1)); [ $i -lt 300 ] || { echo "never seen: $1"; break; }; sleep 0.1; done; }; qvm-events --json --timeout 60 >log 2>&1 & pid=$!; seen ready; qvm-prefs work memory 500; qvm-tags work add t; qvm-features work f 1; qvm-start work; seen '"vm":"work".*"after":"Running"'; qvm-kill work; seen '"vm":"work".*"after":"Halt'; qvm-rename vault safe; qvm-create -l red new; seen '"created"'; qvm-remove -f new; seen '"removed"'; kill $pid; wait $pid
$ sed 's/"time":[0-9.]*,//' log | grep -v -e Transient -e '"volume"' | LC_ALL=C sort
{"schema":"qvm-events/1","event":"created","vm":"new","label":"red","what":null,"before":null,"after":"AppVM"}
{"schema":"qvm-events/1","event":"feature","vm":"work","label":"green","what":"f","before":null,"after":"1"}
{"schema":"qvm-events/1","event":"property","vm":"work","label":"green","what":"memory","before":"400","after":"500"}
{"schema":"qvm-events/1","event":"ready"}
{"schema":"qvm-events/1","event":"removed","vm":"new","label":"red","what":null,"before":"AppVM","after":null}
{"schema":"qvm-events/1","event":"renamed","vm":"safe","label":"black","what":null,"before":"vault","after":"safe"}
{"schema":"qvm-events/1","event":"state","vm":"sys-net","label":"red","what":null,"before":"Halted","after":"Running"}
{"schema":"qvm-events/1","event":"state","vm":"work","label":"green","what":null,"before":"Halted","after":"Running"}
{"schema":"qvm-events/1","event":"state","vm":"work","label":"green","what":null,"before":"Running","after":"Halted"}
{"schema":"qvm-events/1","event":"tag","vm":"work","label":"green","what":null,"before":null,"after":"t"}
$ log=log2; seen() { i=0; until grep -q "$1" $log 2>/dev/null; do i=$((i + 1)); [ $i -lt 300 ] || { echo "never seen: $1"; break; }; sleep 0.1; done; }; qvm-events --type state,call --timeout 30 'v*' 's[af]*' >log2 2>&1 & pid=$!; sleep 1; qvm-start work; qvm-start safe; seen Running; kill $pid; wait $pid; sed 's/^..:..:../TIME/; s/Transient/Halted/' log2 | tail -n 1
TIME  safe              state      Halted -> Running
$ qvm-events --type state -n 1 --timeout 1 work
? 19
$ qvm-events --type nonsense
qvm-events: there are no events of type 'nonsense'
usage: qvm-events [OPTION...] [VMNAME...]
? 2

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

@ base
# The dashboard gives the terminal back, with its modes, however it ends.
$ printf '%s\n' '#!/bin/sh' 'echo $PPID >terminal; stty rows 24 cols 100; stty -g >before' 'sh -c "echo \$\$ >pid; exec qvm-top --mono --ascii"' 'echo "ended with $?"; stty -g >after' >top; chmod +x top
$ printf '%s\n' '#!/bin/sh' 'cmp before after && grep -o "ended with [0-9]*\$" log; grep -c "1049l" log' >given-back; chmod +x given-back
$ TERM=xterm talk ./top 'alone' '!kill -TERM $(cat pid)' >log; ./given-back
ended with 0
1
$ TERM=xterm talk ./top 'alone' '!kill -QUIT $(cat pid)' >log; ./given-back
ended with 0
1
# a crash of the dashboard itself
$ TERM=xterm talk ./top 'alone' '!kill -SEGV $(cat pid)' >log; ./given-back
ended with 139
1
# one of what it runs: it goes on, and says so
$ ASAN_OPTIONS=${ASAN_OPTIONS-}:handle_segv=0 TERM=xterm talk ./top 'alone' '!pkill -SEGV -P $(cat pid) qvm-stats' 'qvm-stats has ended with 139' 'q' >log; ./given-back
ended with 0
1
# one that had the terminal, and left it in its own modes
$ mkdir bin; printf '%s\n' '#!/bin/sh' 'stty raw -echo; printf "[mine]\033[?1000h\033[?25l"; kill -SEGV $$' >bin/qvm-run; chmod +x bin/qvm-run
$ PATH=$PWD/bin:$PATH TERM=xterm talk ./top 'alone' 't' 'qvm-run ended with 139' 'q' >log; ./given-back
ended with 0
1
# suspended: given back meanwhile; and the whole picture afterwards
$ TERM=xterm talk ./top 'alone' '!kill -TSTP $(cat pid)' '1049l' '!sleep 0.3; stty -g <$(readlink -f /proc/$(cat pid)/fd/0) >meanwhile; kill -CONT $(cat pid)' 'sys-net' 'q' >log; ./given-back; cmp before meanwhile
ended with 0
1
# a connection that is lost: nothing is left
$ TERM=xterm talk ./top 'alone' '!sleep 0.3; pgrep -P $(cat pid) | wc -l >had; { cat pid; pgrep -P $(cat pid); } >all; kill -KILL $(cat terminal)' >log 2>&1; cat had; for i in $(seq 100); do left=0; for pid in $(cat all); do kill -0 $pid 2>/dev/null && left=$((left + 1)); done; [ $left = 0 ] && break; sleep 0.1; done; echo "$left left"
3
0 left

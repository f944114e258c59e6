@ base
# Frames, options, and sessions on a terminal, as far as their last words.
$ qvm-start work && printf 'cpu 2 12\nio 2 1048576 2048 0 5120\n' >>$QVM_ROOT/run/qvm/fake-xen
$ qvm-top --batch --ascii
qvm-top  7 domains, 3 run  cpu 0% of 400%  memory 5% of 16 GiB, 15.2 GiB free
list
  NAME+                               STATE       CPU%                MEM       MAX    DISK/S     NET/S CLASS        TEMPLATE         NETVM            LABEL
  alone                               Halted                                                            StandaloneVM -                sys-net          blue
  dom0                                Running      0.0 ________        0B        0B                     AdminVM      -                -                black
  dvm                                 Halted                                                            AppVM        tiny             sys-net          gray
  sys-net                             Running      0.0 ________      400M      400M                     AppVM        tiny             -                red
  tiny                                Halted                                                            TemplateVM   -                -                black
  vault                               Halted                                                            AppVM        tiny             -                black
  work                                Running      0.0 ________      400M      400M        0B        0B AppVM        tiny             sys-net          green
$ qvm-top --batch --json -n 2 | grep -c '"name":"work"'
2
$ qvm-top -n 2
qvm-top: --count goes with --batch only
usage: qvm-top [OPTION...]
? 2
$ qvm-top </dev/null
qvm-top: this is no terminal that can show it; --batch and --plain need none
? 1
$ printf 'start vault\nls vault\nnonsense\nprefs work memory\nquit\n' | qvm-top --plain | sed 's/^..:..:../TIME/' | grep -v '^TIME'
qvm-top, plain. Commands: ls, start NAME, ..., help, quit.
NAME   STATE    CLASS  LABEL  TEMPLATE  NETVM
vault  Running  AppVM  black  tiny      -
there is no such command; help tells what there is
400
# keys: the second domain is chosen by a filter, started, its end confirmed
$ TERM=xterm talk 'stty rows 24 cols 100; qvm-top --mono --ascii' 'alone' '/vault' 'vault' '\rS' 'done' 'q' >log; qvm-ls --raw-data -O state vault
Halted
$ TERM=xterm talk 'stty rows 24 cols 100; qvm-top --mono --ascii' 'alone' '/vault\rK' 'kill' 'y\r' 'done' 'n' 'name:' 'fresh\004' 'done: qvm-create' 'q' >log; qvm-ls --raw-data -O name,state vault fresh
fresh|Halted
vault|Halted
$ TERM=xterm talk 'stty rows 24 cols 100; qvm-top --mono --ascii' 'alone' '/fresh\rx' '(yes)' 'y\r' 'not done' 'x' '(yes)' 'yes\r' 'done' 'q' >log; qvm-ls --raw-list fresh; qvm-trash list | cut -d' ' -f1
qvm-ls: no such domain: 'fresh'
NAME
fresh
$ TERM=xterm talk 'stty rows 10 cols 40; qvm-top --mono --ascii' 'please make it' 'q' | grep -o 'please.*x24'
please make it 80x24
$ mkdir -p .config/qvm; echo 'key start W' >.config/qvm/top.conf; echo 'sort nosuch' >>.config/qvm/top.conf; HOME=$PWD TERM=xterm talk 'qvm-top' | sed 's/.*top.conf/TOP.CONF/'
TOP.CONF:2: not understood: 'sort nosuch'
# the form: fields with completion; what is empty is left out
$ TERM=xterm talk 'stty rows 24 cols 100; qvm-top --mono --ascii' 'alone' 'nlost\r' 'options of' 't\t\033' 'MEM' 'n' 'options of' 'made\rt\t\r\025o\t\rn\t\r300\r3GiB\r--prop vcpus=1\r' 'done: qvm-create' 'q' >log; grep -o 'done: qvm-create.*made' log; qvm-ls --raw-data -O template,label,netvm made; qvm-prefs made memory; qvm-prefs made vcpus; qvm-volume info made:private size
done: qvm-create made
tiny|orange|-
300
1
3221225472
# a property: its name and what it may be; several ways are shown
$ TERM=xterm talk 'stty rows 24 cols 100; qvm-top --mono --ascii' 'alone' '/made\revirt_mode p\t' 'pvh pv' '\025net\t sys\t\r' 'done: qvm-prefs' 'q' >log; qvm-prefs made netvm
sys-net
# a plan instead of the thing itself
$ TERM=xterm talk 'stty rows 24 cols 100; qvm-top --mono --ascii' 'alone' '/made\rP' 'PLAN' 'x' 'done: qvm-remove --dry-run' 'q' 'MEM' 'q' >log; grep -c 'done: qvm-remove --dry-run' log; qvm-ls --raw-list made
1
made
# snapshot, revert, removal and its undoing
$ TERM=xterm talk 'stty rows 24 cols 100; qvm-top --mono --ascii' 'alone' '/made\rzone\r' 'done: qvm-volume snapshot' 'Zone\r' '(y)' 'y\r' '?qvm-volume info made:private | grep -q "^ *2 "' 'x' '(yes)' 'yes\r' '?qvm-trash list | grep -q made' 'U\r' '?qvm-check made' 'q' >log; qvm-ls --raw-list made; qvm-volume info made:private | tail -n 2 | cut -c1-8,33-46
made
       1one   False   
       2-     True    
# what has the terminal for itself; and what is only shown
$ mkdir bin; printf '%s\n' '#!/bin/sh' 'echo "[${0##*/} $*]"; read answer' >bin/qvm-backup; chmod +x bin/qvm-backup
$ PATH=$PWD/bin:$PATH TERM=xterm talk 'stty rows 24 cols 100; qvm-top --mono --ascii' 'alone' '/made\r b/mnt\r' 'qvm-backup /mnt made' '\r' 'help' 'i' 'fake/pool' 'q' 'MEM' 'q' >log; grep -c fake/pool log
1
# block devices
$ printf '%s\n' '#!/bin/sh' 'echo "asked to $*" >>asked; echo "fake/$1"' >bin/qvm-block; chmod +x bin/qvm-block; PATH=$PWD/bin:$PATH TERM=xterm talk 'stty rows 24 cols 100; qvm-top --mono --ascii' 'alone' '/made\rAsdb1\r' 'fake/attach' 'G\ry\rB' 'q back' 'q' 'MEM' 'q' >log; LC_ALL=C sort asked
asked to 
asked to attach made sdb1
asked to detach made
# all of one domain, with what has happened to it
$ mkdir -p $QVM_ROOT/var/log/qvm; echo 'said on its console' >$QVM_ROOT/var/log/qvm/guest-made.log; TERM=xterm talk 'stty rows 50 cols 100; qvm-top --mono --ascii' 'alone' '/made\rs' 'done: qvm-start' 'E' 'Halted ->' 'q\r' 'autostart' '\033OF' 'as long as' 'q' 'MEM' 'q' >log; grep -o 'as long as this looks' log; grep -o 'said on its console' log
as long as this looks
said on its console
# the mouse: a row, and its wheel
$ TERM=xterm talk 'stty rows 24 cols 100; qvm-top --mono --ascii' 'alone' '\033[<0;9;7MK' '(y)' '\033' 'help' '\033[<65;9;9M\033[<65;9;9MK' '(y)' '\033' 'help' 'q' >log; grep -o "kill '[a-z-]*'" log
kill 'made'
kill 'tiny'
# colours: as the terminal can, and as they are configured
$ for term in xterm xterm-256color; do TERM=$term talk 'stty rows 24 cols 100; qvm-top --ascii' 'alone' 'q' | grep -o '\^\[\[[0-9:;]*mmade' | head -n 1; done
^[[33mmade
^[[38;5;208mmade
$ printf '%s\n' 'direct|eight colours by number and the others by their parts,' '	colors#0x1000000, pairs#0x10000, RGB,' '	setaf=\E[%?%p1%{8}%<%t3%p1%d%e38:2::%p1%{65536}%/%d:%p1%{256}%/%{255}%&%d:%p1%{255}%&%d%;m,' '	use=xterm,' >direct; tic -x -o terminfo direct; TERMINFO=$PWD/terminfo TERM=direct talk 'stty rows 24 cols 100; qvm-top --ascii' 'alone' 'q' | grep -o '\^\[\[[0-9:;]*mmade'
^[[38:2::255:135:0mmade
$ echo 'colour orange 99' >.config/qvm/top.conf; HOME=$PWD TERM=xterm-256color talk 'stty rows 24 cols 100; qvm-top --ascii' 'alone' 'q' | grep -o '\^\[\[[0-9:;]*mmade'
^[[38;5;99mmade
$ echo 'colour orange 256' >.config/qvm/top.conf; HOME=$PWD TERM=xterm talk qvm-top | sed 's/.*top.conf/TOP.CONF/'
TOP.CONF:1: not understood: 'colour orange 256'
# another size while it runs
$ TERM=xterm talk 'stty rows 10 cols 40; readlink -f /proc/self/fd/0 >tty; qvm-top --mono --ascii' 'make it' '!stty -F $(cat tty) rows 30 cols 120' 'CLASS' '!stty -F $(cat tty) rows 24 cols 80' 'help' 'q' >log; grep -o 'please make it 80x24' log | head -n 1
please make it 80x24

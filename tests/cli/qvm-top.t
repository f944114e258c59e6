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
$ TERM=xterm talk 'stty rows 24 cols 100; qvm-top --mono --ascii' 'alone' '/vault\rK' 'kill' 'y\r' 'done' 'n' 'qvm-create' 'fresh\r' 'done: qvm-create' 'q' >log; qvm-ls --raw-data -O name,state vault fresh
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

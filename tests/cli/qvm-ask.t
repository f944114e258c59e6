@ base
# A person answers; qvm-policy asks as a call does.
$ printf 'q * work @anyvm ask default_target=vault\nq * work @dispvm:dvm ask\nq * alone vault deny\nq * sys-net vault allow notify=yes\n' | qubes-policy -r 30-user
$ qvm-ask </dev/null
qvm-ask: a person answers at a terminal; --json is for programs
usage: qvm-ask [OPTION...]
? 2
$ qvm-policy explain --ask -q q work @default
decision          deny
reason            nobody is there to be asked
decided_by        /etc/qubes/policy.d/30-user.policy:1
requested_target  @default
targets           @dispvm:dvm alone dvm sys-net tiny vault
default_target    vault
notify            no
? 126
$ TERM=xterm talk 'qvm-ask --once' 'waiting' '!qvm-policy explain --ask -q q+argument work @default >said' 'or no: ' 'vault\n' 'y or no: ' 'y\n'
qvm-ask: waiting for questions; ^C ends it
-- question, 60 s to answer
   from      ^[[1;32mwork^[[0m (green)
   service   q
   argument  argument
   asks for  @default
   may reach 1  ^[[1;37m@dispvm:dvm^[[0m (gray)
             2  ^[[1;34malone^[[0m (blue)
             3  ^[[1;37mdvm^[[0m (gray)
             4  ^[[1;31msys-net^[[0m (red)
             5  ^[[1;90mtiny^[[0m (black)
             6  ^[[1;90mvault^[[0m (black), the usual one
number or name, or no: vault
let work call q in vault? y or no: y
-- q of work: allowed, in vault
$ cat said
decision          allow
reason            the user allowed it
decided_by        /etc/qubes/policy.d/30-user.policy:1
requested_target  @default
target            vault
targets           @dispvm:dvm alone dvm sys-net tiny vault
default_target    vault
notify            no
autostart         yes
# by number; what is none of them, an empty line and a missing y change nothing
$ talk 'qvm-ask --once' 'waiting' '!qvm-policy explain --ask -q q work @default >said' 'or no: ' '\n' 'or no: ' 'work\n' 'or no: ' '99\n' 'or no: ' '1\n' 'y or no: ' '\n' 'name, or no: ' '@dispvm:dvm\n' 'y or no: ' 'y\n'
qvm-ask: waiting for questions; ^C ends it
-- question, 60 s to answer
   from      work (green)
   service   q
   asks for  @default
   may reach 1  @dispvm:dvm (gray)
             2  alone (blue)
             3  dvm (gray)
             4  sys-net (red)
             5  tiny (black)
             6  vault (black), the usual one
number or name, or no: 
number or name, or no: work
'work' is none of them
number or name, or no: 99
'99' is none of them
number or name, or no: 1
let work call q in @dispvm:dvm? y or no: 
number or name, or no: @dispvm:dvm
let work call q in @dispvm:dvm? y or no: y
-- q of work: allowed, in @dispvm:dvm
$ cat said
decision          allow
reason            the user allowed it
decided_by        /etc/qubes/policy.d/30-user.policy:1
requested_target  @default
target            @dispvm:dvm
dispvm_template   dvm
targets           @dispvm:dvm alone dvm sys-net tiny vault
default_target    vault
notify            no
autostart         yes
$ talk 'qvm-ask --once' 'waiting' '!qvm-policy explain --ask -q q work @default >said' 'or no: ' 'no\n'
qvm-ask: waiting for questions; ^C ends it
-- question, 60 s to answer
   from      work (green)
   service   q
   asks for  @default
   may reach 1  @dispvm:dvm (gray)
             2  alone (blue)
             3  dvm (gray)
             4  sys-net (red)
             5  tiny (black)
             6  vault (black), the usual one
number or name, or no: no
-- q of work: denied
$ cat said
decision          deny
reason            the user denied it
decided_by        /etc/qubes/policy.d/30-user.policy:1
requested_target  @default
targets           @dispvm:dvm alone dvm sys-net tiny vault
default_target    vault
notify            no
# what was typed ahead is no confirmation
$ talk 'qvm-ask --once' 'waiting' '!qvm-policy explain --ask -q q work @default >said' 'or no: ' 'vault\ny\n' 'y or no: ' 'no\n' 'name, or no: ' 'no\n' | tail -n 6
number or name, or no: vault
y
let work call q in vault? y or no: no
number or name, or no: no
-- q of work: denied
# what was typed before the question does not answer it, and nobody answers in time
$ talk 'qvm-ask --once' 'waiting' '1\ny\n' 'y' '!qvm-policy explain --ask --timeout 3 -q q work @default >said'
qvm-ask: waiting for questions; ^C ends it
1
y
-- question, 3 s to answer
   from      work (green)
   service   q
   asks for  @default
   may reach 1  @dispvm:dvm (gray)
             2  alone (blue)
             3  dvm (gray)
             4  sys-net (red)
             5  tiny (black)
             6  vault (black), the usual one
number or name, or no: 
-- q of work: withdrawn and denied, as time is up
? 19
$ cat said
decision          deny
reason            nobody answered in time
decided_by        /etc/qubes/policy.d/30-user.policy:1
requested_target  @default
targets           @dispvm:dvm alone dvm sys-net tiny vault
default_target    vault
notify            no
# notices
$ talk qvm-ask 'waiting' '!qvm-policy explain --ask -q q sys-net vault >said; qvm-policy explain --ask -q q alone vault >said' 'denied' '\003'
qvm-ask: waiting for questions; ^C ends it
-- notice: sys-net (red) called q in vault
-- notice: alone (blue) called q in vault: denied
^C
$ qvm-policy lint --ask
qvm-policy: --ask goes with explain only
usage: qvm-policy [OPTION...] ACTION [SERVICE SOURCE TARGET] [FILE...]
? 2
$ qvm-policy explain --timeout 3 q work vault
qvm-policy: --timeout goes with --ask only
usage: qvm-policy [OPTION...] ACTION [SERVICE SOURCE TARGET] [FILE...]
? 2
$ qvm-policy explain --ask --timeout 0 q work vault
qvm-policy: --timeout takes a number from 1 to 3600, not '0'
usage: qvm-policy [OPTION...] ACTION [SERVICE SOURCE TARGET] [FILE...]
? 2
# for programs
$ mkfifo in; qvm-ask --json --once <in >asked & exec 3>in; until ls $QVM_ROOT/run/qvm/ask/*.sock >/dev/null 2>&1; do sleep 0.05; done; echo nonsense >&3; qvm-policy explain --ask -q q work @default >said & until grep -q question asked; do sleep 0.05; done; id=$(sed 's/.*"id":"\([^"]*\)".*/\1/' asked); printf '{"schema":"qvm-ask/1","answer":{"id":"%s","target":"%s"}}\n' $id work x vault $id vault >&3; wait; cat asked said
qvm-ask: what came in is no answer
qvm-ask: 'work' is none of the targets
qvm-ask: no question 'x' waits
{"schema":"qvm-ask/1","question":{"source":{"name":"work","label":"green"},"service":"q","argument":"","argument_length":0,"requested":"@default","id":"UUID","targets":[{"name":"@dispvm:dvm","label":"gray"},{"name":"alone","label":"blue"},{"name":"dvm","label":"gray"},{"name":"sys-net","label":"red"},{"name":"tiny","label":"black"},{"name":"vault","label":"black"}],"default_target":"vault","seconds":60}}
{"schema":"qvm-ask/1","end":"taken","id":"UUID"}
decision          allow
reason            the user allowed it
decided_by        /etc/qubes/policy.d/30-user.policy:1
requested_target  @default
target            vault
targets           @dispvm:dvm alone dvm sys-net tiny vault
default_target    vault
notify            no
autostart         yes

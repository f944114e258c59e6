@ base
# On a terminal: colours by label, the tree, a question, and the console.
$ TERM=xterm on-terminal qvm-ls -O name,label work sys-net
NAME     LABEL
^[[31msys-net^[[0m  ^[[31mred^[[0m
^[[32mwork^[[0m     ^[[32mgreen^[[0m
$ TERM=xterm NO_COLOR=1 on-terminal qvm-ls -O name,label work
NAME  LABEL
work  green
$ TERM=dumb on-terminal qvm-ls -O name,label work
NAME  LABEL
work  green
$ TERM=xterm on-terminal qvm-console work
qvm-console: console of 'work'; ^] leaves it
qvm-console: 'work' does not run
$ qvm-start work
$ TERM=xterm on-terminal qvm-console work
qvm-console: console of 'work'; ^] leaves it
^[[0m^[[?25h^[[?1000l^[[?1002l^[[?1003l^[[?1049l

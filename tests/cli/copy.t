@ base
$ echo hello >one
$ mkdir dir; ln -s ../.. dir/up; mkfifo dir/pipe; ln -s one link
$ qvm-copy-to-vm
qvm-copy-to-vm: too few arguments
usage: qvm-copy-to-vm [OPTION...] VMNAME FILE...
? 2
$ qvm-copy-to-vm work
qvm-copy-to-vm: too few arguments
usage: qvm-copy-to-vm [OPTION...] VMNAME FILE...
? 2
$ qvm-move-to-vm work
qvm-move-to-vm: too few arguments
usage: qvm-move-to-vm [OPTION...] VMNAME FILE...
? 2
$ qvm-copy-to-vm nosuch one
qvm-copy-to-vm: no such domain: 'nosuch'
? 4
$ qvm-copy-to-vm ../../x one
qvm-copy-to-vm: bad domain name '../../x': it must begin with a letter
? 7
$ qvm-copy-to-vm dom0 one
qvm-copy-to-vm: 'dom0' is where the files are
? 7
$ qvm-copy-to-vm -n work one
qvm-copy-to-vm: 'work' is Halted
? 9
$ qvm-copy-to-vm work absent
qvm-copy-to-vm: 'absent': No such file or directory
? 1
$ qvm-copy-to-vm work /
qvm-copy-to-vm: '/': has no name
? 1
$ qvm-copy-to-vm work link
qvm-copy-to-vm: 'link': is a symbolic link; name what it points to
? 1
$ qvm-copy-to-vm --ignore-symlinks work link
qvm-copy-to-vm: 'link': left out: is a symbolic link
qvm-copy-to-vm: nothing is left to copy
? 1
# what is left out is told, and nothing is moved that was not taken
$ qvm-prefs work qrexec_timeout 1
$ qvm-move-to-vm work one dir
qvm-move-to-vm: 'dir/pipe': left out: is no file, folder or link
qvm-move-to-vm: 'work' has no agent that answers after 1 s
? 19
! changed
$ cat one; ls dir
hello
pipe
up
$ completed qvm-copy-to-vm wo
work
$ completed qvm-copy-to-vm work on
one
$ completed qvm-move-to-vm --ig
--ignore-symlinks

@ base
# A disposable that cannot do it is gone, and so is what was begun for the template.
$ qubes-prefs default_dispvm dvm; qvm-prefs dvm qrexec_timeout 1; printf 41 >$QVM_ROOT/run/qvm/disp-last
$ qvm-template install --in-disposable apart --from tiny.tar
qvm-template: cannot install template 'apart': 'disp42' has no agent that answers after 1 s
? 19

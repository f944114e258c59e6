@ base
# what a new machine allows
$ qvm-policy lint
$ qvm-prefs vault template_for_dispvms True
$ qubes-prefs default_dispvm vault
$ for s in qubes.Filecopy qubes.OpenInVM qubes.VMShell qubes.VMRootShell qubes.ConnectTCP+22 qubes.Unknown; do echo $s $(qvm-policy -q explain $s work vault | sed -n 's/^decision *//p') $(qvm-policy -q explain $s work @dispvm | sed -n 's/^decision *//p'); done
qubes.Filecopy ask ask
qubes.OpenInVM ask allow
qubes.VMShell deny ask
qubes.VMRootShell deny deny
qubes.ConnectTCP+22 deny deny
qubes.Unknown deny deny
$ qvm-policy -q explain qubes.GetDate work @default
decision          allow
reason            the line allows it
decided_by        /etc/qubes/policy.d/90-default.policy:23
requested_target  @default
target            dom0
notify            no
autostart         yes
# what is there is left as it is
$ echo '# mine' >$QVM_ROOT/etc/qubes/policy.d/90-default.policy
$ qvm-init
$ qubes-policy -g 90-default
 # mine
$ qubes-policy -d 90-default
$ qvm-init
$ qubes-policy -g 90-default | grep -c '^qubes'
17

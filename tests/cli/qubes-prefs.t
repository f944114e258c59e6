@ base
$ qubes-prefs
check_updates_vm          D  True
clockvm                   D  -
default_dispvm            D  -
default_kernel            -  kernel
default_netvm             -  sys-net
default_pool              D  default
default_pool_kernel       D  default
default_pool_private      D  default
default_pool_root         D  default
default_pool_volatile     D  default
default_qrexec_timeout    D  60
default_shutdown_timeout  D  60
default_template          -  tiny
disp_delay                D  3
disp_memory               D  2048
management_dispvm         D  -
maxmem                    D  16384
no_cpus                   D  4
stats_interval            D  3
updatevm                  D  -
$ qubes-prefs default_kernel
kernel
$ qubes-prefs --json default_netvm
{
  "schema": "qvm-prefs/1",
  "vm": null,
  "properties": [
    {
      "name": "default_netvm",
      "flag": "-",
      "value": "sys-net"
    }
  ]
}
$ qubes-prefs default_kernel nosuch
qubes-prefs: bad value for property 'default_kernel': no such kernel: 'nosuch'
? 5
$ qubes-prefs default_template work
qubes-prefs: 'work' is no TemplateVM: its class is AppVM
? 7
$ qubes-prefs default_dispvm work
qubes-prefs: 'work' cannot serve disposables: its property template_for_dispvms is not set
? 7
$ qubes-prefs default_dispvm dvm
$ qubes-prefs default_dispvm
dvm
$ qubes-prefs -D default_dispvm
$ qubes-prefs default_qrexec_timeout 0
qubes-prefs: bad value '0' for property 'default_qrexec_timeout': a whole number from 1 to 86400 is wanted
? 7
$ qubes-prefs stats_interval x
qubes-prefs: bad value 'x' for property 'stats_interval': a whole number from 1 to 3600 is wanted
? 7
$ qubes-prefs nosuch
qubes-prefs: no such global property: 'nosuch'
? 5
$ qubes-prefs memory
qubes-prefs: no such global property: 'memory' (did you mean 'disp_memory'?)
? 5
$ qubes-prefs a b c
qubes-prefs: too many arguments: 'c'
usage: qubes-prefs [OPTION...] [GLOBAL-PROPERTY [VALUE]]
? 2
$ qvm qubes-prefs clockvm
# Only who shows what is known of the machine asks for it.
$ mkdir -p $QVM_ROOT/run/qvm; echo 'fail host "no such luck"' >>$QVM_ROOT/run/qvm/fake-xen
$ qvm-ls --raw-data --fields name,state work
work|Halted
$ qubes-prefs clockvm
$ qubes-prefs maxmem
qubes-prefs: warning: no such luck
$ qubes-prefs | grep -E 'clockvm|maxmem|no_cpus'
qubes-prefs: warning: no such luck
clockvm                   D  -
maxmem                    D  -
no_cpus                   D  -

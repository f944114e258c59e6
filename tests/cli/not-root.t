@ base
# Whoever is not root, and names no other root folder, is told so.
$ unprivileged env -u QVM_ROOT qvm-create -l red one
qvm-create: only root may do that
? 14
$ unprivileged env -u QVM_ROOT qvm-start work
qvm-start: only root may do that
? 14
$ unprivileged env -u QVM_ROOT qvm-remove -f work
qvm-remove: only root may do that
? 14
$ unprivileged env -u QVM_ROOT qvm-prefs work memory 10
qvm-prefs: only root may do that
? 14
$ unprivileged env -u QVM_ROOT qvm-features -D work x
qvm-features: only root may do that
? 14
$ unprivileged env -u QVM_ROOT qvm-recover
qvm-recover: only root may do that
? 14
$ unprivileged env -u QVM_ROOT qvm-console work
qvm-console: only root may do that
? 14
$ unprivileged env -u QVM_ROOT qvm-create --help-classes
TemplateVM      a root file system that others share
AppVM           root from a template, private data of its own
StandaloneVM    everything of its own
DispVM          disposable: keeps nothing
$ unprivileged env -u QVM_ROOT qvm-ls --help-formats
simple   NAME,STATE,CLASS,LABEL,TEMPLATE,NETVM
network  NAME,STATE,NETVM,IP,IPBACK,GATEWAY
kernel   NAME,STATE,CLASS,TEMPLATE,KERNEL,KERNELOPTS
full     NAME,STATE,CLASS,LABEL,QID,XID,UUID
prefs    NAME,LABEL,TEMPLATE,NETVM,VCPUS,INITIALMEM,MAXMEM,VIRT_MODE
disk     NAME,STATE,DISK,PRIV-CURR,PRIV-MAX,PRIV-USED,ROOT-CURR,ROOT-MAX,ROOT-USED

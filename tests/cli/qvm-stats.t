@ base
$ qvm-start work && printf 'cpu 2 12\nio 2 1048576 2048 0 5120\n' >>$QVM_ROOT/run/qvm/fake-xen
$ qvm-stats
NAME     STATE     CPU%  CPU-SEC  MEM-MIB  MAX-MIB  VCPUS  READ-KIB/S  WRITE-KIB/S  RX-KIB/S  TX-KIB/S
alone    Halted       -        -        -        -      -           -            -         -         -
dom0     Running    0.0        0        0        0      0           -            -         -         -
dvm      Halted       -        -        -        -      -           -            -         -         -
sys-net  Running    0.0        0      400      400      2           -            -         -         -
tiny     Halted       -        -        -        -      -           -            -         -         -
vault    Halted       -        -        -        -      -           -            -         -         -
work     Running    0.0       12      400      400      2           0            0         0         0
$ qvm-stats --running -n 2 'w*'
NAME  STATE     CPU%  CPU-SEC  MEM-MIB  MAX-MIB  VCPUS  READ-KIB/S  WRITE-KIB/S  RX-KIB/S  TX-KIB/S
work  Running    0.0       12      400      400      2           0            0         0         0
NAME  STATE     CPU%  CPU-SEC  MEM-MIB  MAX-MIB  VCPUS  READ-KIB/S  WRITE-KIB/S  RX-KIB/S  TX-KIB/S
work  Running    0.0       12      400      400      2           0            0         0         0
$ qvm-stats nosuch
qvm-stats: no such domain: 'nosuch'
? 4
$ qvm-stats --json work vault | sed 's/"time":[0-9.]*/"time":T/; s/"start_time":[0-9]*/"start_time":S/'
{"schema":"qvm-stats/1","time":T,"span_ms":0,"host":{"memory":17179869184,"memory_free":16341008384,"cpus":4,"xen":"4.17-fake"},"domains":[{"name":"vault","class":"AppVM","state":"Halted","label":"black","template":"tiny","netvm":null,"provides_network":false,"template_for_dispvms":false,"autostart":false,"auto_cleanup":false},{"name":"work","class":"AppVM","state":"Running","label":"green","template":"tiny","netvm":"sys-net","provides_network":false,"template_for_dispvms":false,"autostart":false,"auto_cleanup":false,"xid":2,"start_time":S,"memory":419430400,"max_memory":419430400,"vcpus":2,"cpu_ns":12000000000,"outdated":false,"orphan":false,"read_bytes":1048576,"write_bytes":2048,"rx_bytes":0,"tx_bytes":5120}]}
# a second of processor time and 1 MiB more within one interval, however long that took
$ (sleep 0.5; sed -i 's/^cpu 2 12/cpu 2 13/; s/^io 2 1048576/io 2 2097152/' $QVM_ROOT/run/qvm/fake-xen) & qvm-stats --json -n 2 work | sed -n '2s/.*"span_ms":\([0-9]*\).*"cpu":\([0-9.]*\),"read_rate":\([0-9]*\).*/\1 \2 \3/p' | awk '{ printf "%.0f %.0f\n", $1 * $2 / 100000, $1 * $3 / 1048576000 }'
1 1
$ qvm-stats -n 1 -i 0
qvm-stats: --interval takes a number from 1 to 3600, not '0'
usage: qvm-stats [OPTION...] [VMNAME...]
? 2
$ QVM_MODULES=no-xen qvm-stats 2>&1 | sed 's/module:.*/module/'
qvm-stats: cannot load the view module

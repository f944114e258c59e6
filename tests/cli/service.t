@ base
$ qvm-service work
$ qvm-service work clocksync
? 1
$ qvm-service work clocksync on
$ qvm-service work crond off
$ qvm-service work
clocksync  on
crond      off
$ qvm-service -l work
clocksync  on
crond      off
$ qvm-service work clocksync
on
$ qvm-service -d work clocksync
$ qvm-service -e work crond
$ qvm-service --json work
{
  "schema": "qvm-service/1",
  "vm": "work",
  "services": [
    {
      "name": "clocksync",
      "value": "off"
    },
    {
      "name": "crond",
      "value": "on"
    }
  ]
}
$ qvm-features work
service.clocksync
service.crond      1
$ qvm-service -D work crond
$ qvm-service work crond
? 1
$ qvm-service work crond maybe
qvm-service: a service is on or off, not 'maybe'
usage: qvm-service [OPTION...] VMNAME [SERVICE [on|off]]
? 2
$ qvm-service -e -d work crond
qvm-service: only one thing can be done at a time
usage: qvm-service [OPTION...] VMNAME [SERVICE [on|off]]
? 2
$ qvm-service -l work crond
qvm-service: the arguments do not fit the option
usage: qvm-service [OPTION...] VMNAME [SERVICE [on|off]]
? 2
$ qvm-service nosuch
qvm-service: no such domain: 'nosuch'
? 4

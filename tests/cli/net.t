@ base
# Interfaces, and what domains are told of their networks: at the start, when a network
# domain ends and is there again, and when netvm changes.
$ qvm-start --dry-run --json work | sed -n '/"nics"/,/^  }/p'
    "nics": [
    ],
    "keys": {
      "qvm/name": "sys-net",
      "qvm/type": "AppVM",
      "qvm/persistence": "rw-only",
      "qvm/default-user": "user",
      "qvm/base-template": "tiny",
      "qubes-vm-type": "NetVM",
      "qubes-netvm-network": "10.137.0.2",
      "qubes-netvm-gateway": "10.137.0.2",
      "qubes-netvm-netmask": "255.255.255.255",
      "qubes-netvm-primary-dns": "10.139.1.1",
      "qubes-netvm-secondary-dns": "10.139.1.2",
      "qubes-forward": ""
    }
  },
$ qvm-start work
$ wires
key 1 qubes-firewall-version VERSION
key 1 qubes-firewall/10-137-0-3 VERSION
key 1 qubes-firewall/10-137-0-3/0000 action=accept
key 1 qubes-firewall/10-137-0-3/policy drop
nic 2 1 00:16:3e:5e:00:03 1 10.137.0.3
$ qvm-create -l red --prop provides_network=True sys-fw
$ qvm-prefs work netvm sys-fw
$ wires | grep -v '^key 2'
key 1 qubes-firewall-version VERSION
$ qvm-start sys-fw
$ wires | grep -v '^key 2'
key 1 qubes-firewall-version VERSION
key 1 qubes-firewall/10-137-0-7 VERSION
key 1 qubes-firewall/10-137-0-7/0000 action=accept
key 1 qubes-firewall/10-137-0-7/policy drop
key 3 qubes-firewall-version VERSION
key 3 qubes-firewall/10-137-0-3 VERSION
key 3 qubes-firewall/10-137-0-3/0000 action=accept
key 3 qubes-firewall/10-137-0-3/policy drop
nic 2 3 00:16:3e:5e:00:03 3 10.137.0.3
nic 3 1 00:16:3e:5e:00:07 1 10.137.0.7
# its own are written whole
$ wires | grep '^key 2'
key 2 qubes-gateway 10.137.0.7
key 2 qubes-ip 10.137.0.3
key 2 qubes-mac 00:16:3e:5e:00:03
key 2 qubes-netmask 255.255.255.255
key 2 qubes-primary-dns 10.139.1.1
key 2 qubes-secondary-dns 10.139.1.2
key 2 qubes-vm-type AppVM
$ qvm-restart sys-net
$ wires | grep '^nic'
nic 2 3 00:16:3e:5e:00:03 3 10.137.0.3
nic 3 4 00:16:3e:5e:00:07 4 10.137.0.7
$ qvm-kill --wait sys-fw
$ wires | grep -E '^nic|firewall'
key 4 qubes-firewall-version VERSION
$ qvm-start sys-fw
$ wires | grep '^nic'
nic 2 5 00:16:3e:5e:00:03 5 10.137.0.3
nic 5 4 00:16:3e:5e:00:07 4 10.137.0.7
$ qvm-prefs work netvm none
$ wires | grep -E '^nic|firewall|^key 2'
key 2 qubes-vm-type AppVM
key 4 qubes-firewall-version VERSION
key 4 qubes-firewall/10-137-0-7 VERSION
key 4 qubes-firewall/10-137-0-7/0000 action=accept
key 4 qubes-firewall/10-137-0-7/policy drop
key 5 qubes-firewall-version VERSION
nic 5 4 00:16:3e:5e:00:07 4 10.137.0.7
$ qvm-prefs -D work netvm
$ wires | grep -E '^nic|firewall'
key 4 qubes-firewall-version VERSION
key 4 qubes-firewall/10-137-0-3 VERSION
key 4 qubes-firewall/10-137-0-3/0000 action=accept
key 4 qubes-firewall/10-137-0-3/policy drop
key 4 qubes-firewall/10-137-0-7 VERSION
key 4 qubes-firewall/10-137-0-7/0000 action=accept
key 4 qubes-firewall/10-137-0-7/policy drop
key 5 qubes-firewall-version VERSION
nic 2 4 00:16:3e:5e:00:03 4 10.137.0.3
nic 5 4 00:16:3e:5e:00:07 4 10.137.0.7
$ qubes-prefs default_netvm none
$ wires | grep -E '^nic|firewall'
key 4 qubes-firewall-version VERSION
key 5 qubes-firewall-version VERSION
# a network domain that cannot be told ends the start
$ qvm-prefs work netvm sys-fw
$ qvm-kill --wait work
$ echo 'fail set_keys "no room in xenstore"' >>$QVM_ROOT/run/qvm/fake-xen
$ qvm-start work
qvm-start: cannot start 'work': no room in xenstore
? 16
$ qvm-check --running work
NAME  MATCH  EXISTS  RUNNING
work  False  True    False
? 1

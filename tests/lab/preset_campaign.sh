# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 900
# bare
# From nothing to running domains by one command; the same again changes nothing. Then what a
# machine does at boot and at shutdown, by the lines of its unit.
. /lab/lib.sh

cat >/tmp/machine.yaml <<END
pool: qvm/pool
kernel: /usr/lib/qvm-lab/kernel
preset: true
template:
  name: tiny
  from: /usr/lib/qvm-lab/tiny.tar
  virt_mode: pv
  vcpus: 1
  memory: 128
start: [work]
END
registry() { sqlite3 /var/lib/qvm/qvm.db .dump | grep -v sqlite_sequence; }
running() { qvm-ls --raw-data --fields=name,state | sed -n 's/|Running$//p' | paste -sd' '; }

check "a machine is set up" qvm-init --file /tmp/machine.yaml
same "its domains run" "dom0 sys-firewall sys-net work" "$(running)"
check "the work domain answers" await 300 qvm-run -p work true
check "its firewall, too" await 300 qvm-run -p sys-firewall true
registry >/tmp/before
check "again" qvm-init --file /tmp/machine.yaml
check "nothing has changed" sh -c '. /lab/lib.sh; sqlite3 /var/lib/qvm/qvm.db .dump |
	grep -v sqlite_sequence | cmp - /tmp/before'
same "nor would it" 1 "$(qvm-init --file /tmp/machine.yaml --dry-run | grep -vc start)"

# --- at shutdown and at boot ---
lines() { sed -n "s/^Exec$1=//p" /usr/lib/systemd/system/qvm.service; }
lines Stop >/tmp/stop
lines Start >/tmp/start
check "all end at shutdown" sh -e /tmp/stop
same "none runs" dom0 "$(running)"
qvm-prefs work autostart True
check "and start at boot" sh -e /tmp/start
same "the network domains with it" "dom0 sys-firewall sys-net work" "$(running)"
same "they were built first" "sys-net sys-firewall work" "$(qvm-ls --raw-data \
	--fields=xid,name | grep -v '^0\|^-' | sort -n | cut -d'|' -f2 | paste -sd' ')"
check "all end again" sh -e /tmp/stop
finish

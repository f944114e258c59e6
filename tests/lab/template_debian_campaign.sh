# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 1500
# needs: build/debian.tar.zst
# A whole Debian with systemd as template, which tests/debian.sh makes.
. /lab/lib.sh

now() { date +%s%N; }
since() { awk -v t="$(($(now) - $1))" 'BEGIN { printf "%.1f", t / 1e9 }'; }
in_vm() { vm=$1; shift; qvm-run -p -u root "$vm" "$@"; }

start=$(now)
check "it is installed" qvm-template install debian --from /lab/debian.tar.zst --size 2GiB
echo "# installed in $(since "$start") s"
same "its init is systemd" systemd "$(qvm-template info debian | sed -n 's/^init *//p')"
qvm-prefs debian virt_mode pv
qvm-prefs debian vcpus 1
qvm-prefs debian qrexec_timeout 600
qvm-create -t debian -l red one
qvm-create -t debian -l blue two
for vm in one two; do
	start=$(now)
	check "$vm starts" qvm-start $vm
	made=$(since "$start")
	check "$vm answers" await 900 in_vm $vm true
	echo "# $vm: made in $made s, agent ready in $(since "$start") s"
	check "$vm is through with its start" await 300 in_vm $vm 'systemctl is-system-running'
done
# What the time is made of.
in_vm one 'systemd-analyze; systemd-analyze critical-chain --no-pager qvm-agent.service
	systemd-analyze blame --no-pager | head -n 12
	dmesg | grep -e "Run /init" -e "Freeing unused" -e "EXT4-fs (xvda" -e "systemd\[1\]: systemd " -e xvdb' |
	sed 's/^/# /'
same "nothing has failed" 0 "$(in_vm one 'systemctl list-units --state=failed --no-legend | wc -l')"
same "it has its name" one "$(in_vm one hostname)"
same "its home is on the private volume" /dev/xvdb \
	"$(in_vm one "grep ' /home ' /proc/mounts | cut -d' ' -f1")"
in_vm one 'echo kept >~user/kept; echo gone >/usr/bin/gone; sync'
check "both end" qvm-shutdown --wait one two

# what a package brings is files of the template's root
check "the template starts" qvm-start debian
check "it answers" await 900 in_vm debian true
in_vm debian 'printf "#!/bin/sh\necho from a package\n" >/usr/bin/fresh; chmod 755 /usr/bin/fresh; sync'
check "the template ends" qvm-shutdown --wait debian
for vm in one two; do
	check "$vm starts again" qvm-start $vm
	check "$vm answers again" await 900 in_vm $vm true
	same "$vm has the package" "from a package" "$(in_vm $vm fresh)"
done
same "its home stays, what was put into its root is gone" "kept no" \
	"$(in_vm one 'echo $(cat ~user/kept) $(ls /usr/bin/gone 2>/dev/null || echo no)')"
check "both end again" qvm-shutdown --wait one two
finish

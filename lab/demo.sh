# SPDX-License-Identifier: GPL-2.0-or-later
# The tour that README.md shows; lab/lab demo runs it in the lab's dom0.
set -e
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
tour()
{
	printf '\033[36m# %s\033[0m\n' "$*"
	"$@"
}

# What a person would type into qvm-console; it waits for the shell's prompt first.
type_into()
{
	until grep -q 'tiny: up' "/var/log/qvm/guest-$1.log" 2>/dev/null; do sleep 0.5; done
	printf '\033[36m# qvm-console %s   (typing: %s)\033[0m\n' "$1" "$2"
	{ sleep 2; echo "$2"; sleep 3; } | qvm-console "$1" | tr -d '\r' |
		sed '1,/^root@.*[#] .*'"${2%% *}"'/d;/^root@/d'
	echo
}

say "This is dom0 on a real Xen, with one template and no other domain."
tour xl info | grep -e '^xen_version' -e '^virt_caps' -e '^free_memory'
tour qvm-ls

say "Two domains share the template's root; each gets private data of its own."
tour qvm-create --class AppVM --template tiny --label red work
tour qvm-create --class AppVM --template tiny --label green personal
tour qvm-start work personal
tour qvm-ls
tour xl list

say "Inside, it is an ordinary Linux; what it writes to /rw lasts, what it writes to / does not."
type_into work 'echo mine >/rw/note; echo gone >/note; ls /rw; df -h / /rw | tail -n 2; sync'
tour qvm-shutdown --wait work
rm -f /var/log/qvm/guest-work.log
tour qvm-start work
type_into work 'cat /rw/note; ls /note'

say "A clone takes no time and no space; a disposable keeps nothing."
tour qvm-shutdown --wait work personal
tour qvm-clone work job
tour qvm-prefs work template_for_dispvms True
tour qvm-create --disp --template work throwaway
tour qvm-start throwaway
tour qvm-ls --json throwaway
tour qvm-kill throwaway

say "Away with them: no volume, device, domain or file is left."
tour qvm-remove --force --purge throwaway job personal work
tour qvm-ls
tour lvs --noheadings -o lv_name qvm

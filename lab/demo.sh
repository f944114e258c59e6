# SPDX-License-Identifier: GPL-2.0-or-later
# The tour that README.md shows; lab/lab demo runs it in the lab's dom0.
set -e
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
tour()
{
	printf '\033[36m# %s\033[0m\n' "$*"
	"$@"
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

say "Commands run inside; what they write to /rw lasts, what they write to / does not."
tour qvm-run -p work 'id -un; uname -sr; df -h / /rw | tail -n 2'
tour qvm-run -u root work 'echo mine >/rw/note; echo gone >/note; sync'
tour qvm-shutdown --wait work
tour qvm-run -p work 'cat /rw/note; ls /note' || true

say "A domain calls another only as the policy allows."
mkdir -p /etc/qubes/policy.d
tour qvm-run -u root personal 'mkdir -p /etc/qubes-rpc
printf "#!/bin/sh\ntr a-z A-Z\n" >/etc/qubes-rpc/test.Up; chmod +x /etc/qubes-rpc/test.Up'
tour qvm-run -p work 'echo hello | qrexec-client-vm personal test.Up' || true
echo 'test.Up * work personal allow' | tour qubes-policy --replace 30-demo
tour qvm-policy explain test.Up work personal
tour qvm-run -p work 'echo hello | qrexec-client-vm personal test.Up'

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

# SPDX-License-Identifier: GPL-2.0-or-later
# A template that mmdebstrap makes in dom0 out of a distribution's packages, which come from
# a folder here: dom0 has no network. tests/debian.sh makes it.
# timeout: 2400
# packages: mmdebstrap
# needs: build/mirror.tar
. /lab/lib.sh

in_vm() { vm=$1; shift; qvm-run -p -u root "$vm" "$@"; }
tar -C /var/tmp -xf /lab/mirror.tar
mirror='deb [trusted=yes] copy:/var/tmp/mirror ./'
before=$(traces)

refused "a suite that is none" 7 "bad suite" qvm-template build bad --suite 'a b' --mirror "$mirror"
refused "a package that is not there" 1 "mmdebstrap failed.*nosuchthing" \
	qvm-template build bad --suite bookworm --mirror "$mirror" --package nosuchthing
same "nothing is left of it" "$before" "$(traces)"
check "what would be done is said" qvm-template build debian --suite bookworm --dry-run
check "it is built" qvm-template build debian --suite bookworm --mirror "$mirror" --size 2GiB
check "nothing is left of the making" test ! -e /var/lib/qvm/build
same "its init is systemd" systemd "$(qvm-template info debian | sed -n 's/^init *//p')"
light debian
qvm-prefs debian memory 300
qvm-create -t debian -l red one
light one
qvm-prefs one memory 300
qvm-prefs one qrexec_timeout 600
check "one starts" qvm-start one
check "it answers" await 900 in_vm one true
check "it is through with its start" await 300 in_vm one 'systemctl is-system-running'
same "it is that distribution" 12 "$(in_vm one '. /etc/os-release; echo $VERSION_ID')"
same "nothing has failed" 0 "$(in_vm one 'systemctl list-units --state=failed --no-legend | wc -l')"
check "it ends" qvm-shutdown --wait one
finish

# SPDX-License-Identifier: GPL-2.0-or-later
# Run in dom0 after the current build has been installed: makes the toolkit ready to use.
command -v qvm-init >/dev/null || exit 0
qvm-init --pool qvm/pool --kernel /usr/lib/qvm-lab/kernel
qvm-template install tiny /usr/lib/qvm-lab/tiny.tar
# Under emulation PV boots three times as fast as PVH; what tests PVH says so.
qvm-prefs tiny virt_mode pv
qvm-prefs tiny vcpus 1
qvm-prefs tiny memory 128
# A boot of ten seconds is one of minutes where other work has the processors.
qubes-prefs default_qrexec_timeout 300

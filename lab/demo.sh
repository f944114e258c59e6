# SPDX-License-Identifier: GPL-2.0-or-later
# The tour that README.md shows; lab/lab demo runs it in the lab's dom0.
tour()
{
	printf '\n# %s\n' "$*"
	"$@"
}

set -e
tour qvm-create --class AppVM --template tiny --label red work
tour qvm-start work
tour qvm-ls
tour qvm-shutdown --wait work
tour qvm-remove -f work

# SPDX-License-Identifier: GPL-2.0-or-later
# marks.sh TOKEN TOKEN: in dom0, for amnesia.sh: an AppVM and a disposable write them to each of
# their volumes, and run on.
. /lab/lib.sh
. /lab/storage_lib.sh
qvm-create -t tiny -l red work
qvm-prefs work template_for_dispvms True
qvm-create --disp -t work disposable
check "boot" boot work
check "marks of an AppVM" mark work "$1"
check "boot of a disposable" boot disposable
check "marks of a disposable" mark disposable "$2"
sync
[ "$failures" = 0 ] || exit 1
echo marked
sleep 1000

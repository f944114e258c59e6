# SPDX-License-Identifier: GPL-2.0-or-later
# What a guest writes so that it can be searched for on the raw disk, and that search.

# mark VM TOKEN: 1 MiB of a line of its own on each volume; the guest must have read each back
# from the disk. Only the start of the line is told to it in one piece, so that no log can
# hold what is searched for.
mark()
{
	guest "$1" "t=\$(echo $2 | tr a-z A-Z); { ! grep -q xvdc /proc/swaps || swapoff /dev/xvdc; }" \
		"&& yes \$t-ROOT | head -c 1048576 >/marker" \
		"&& yes \$t-VOLATILE | head -c 1048576 |" \
		"dd of=/dev/xvdc bs=65536 seek=16 conv=notrunc,fsync 2>/dev/null" \
		"&& yes \$t-PRIVATE | head -c 1048576 >/rw/marker && sync" \
		"&& echo 3 >/proc/sys/vm/drop_caches && grep -q \$t-ROOT /marker" \
		"&& dd if=/dev/xvdc bs=65536 skip=16 count=16 2>/dev/null | grep -q \$t-VOLATILE" \
		"&& grep -q \$t-PRIVATE /rw/marker"
}

upper() { echo "$1" | tr a-z A-Z; }
token() { echo "m$1$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n' | tr 0-9 g-p)"; }

# on_disk FILE: which of FILE's lines are on the raw disk below the pool and the ephemeral store,
# each behind how often. Both take the lowest free blocks, so all that ever was is in their
# first GiB.
on_disk()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	for device in qvm-pool_tdata qvm-qvm--scratch; do
		start=$(dmsetup table $device | awk '{ print int($5 / 2048) }')
		dd if=/dev/vdb bs=1M iflag=direct skip="$start" count=1024 status=none |
			grep -zaoF -f "$1"
	done | tr '\0' '\n' | sort | uniq -c
}

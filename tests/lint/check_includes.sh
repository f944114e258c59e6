# SPDX-License-Identifier: GPL-2.0-or-later
# Rooms include only lower ones, and each foreign library has its one place.
. tests/lint/files.sh

sources c h | xargs awk '
BEGIN {
	may["lib"] = "lib"
	may["core"] = "core lib"
	split("storage xen netvm templates dispvm backup", mid)
	for (i in mid) may[mid[i]] = mid[i] " core lib"
	may["qrexec"] = "qrexec core lib"
	may["ops"] = "ops templates netvm dispvm backup qrexec core lib"
	may["qvm-tools"] = "qvm-tools ops core lib"
	may["tui"] = "tui core lib"
	may["agent"] = "agent qrexec lib"
	where["libxl.h"] = where["xenctrl.h"] = "^xen/"
	where["xenstore.h"] = where["xentoollog.h"] = "^(xen/|agent/|qrexec/vchan_xen.c)"
	where["libdevmapper.h"] = "^storage/dm.c$"
	where["popt.h"] = "^qvm-tools/opt.c$"
	where["curses.h"] = where["ncurses.h"] = "^tui/term.c$"
	where["sqlite3.h"] = "^core/store_db.h$"
	where["archive.h"] = where["archive_entry.h"] = "^(templates/|backup/v4_inner.c)"
	where["sodium.h"] = "^backup/vault_crypt.c$"
	where["libxenvchan.h"] = "^qrexec/vchan_"
}
/^#[ \t]*include[ \t]*"/ {
	split($0, part, "\"")
	room = FILENAME; sub("/.*", "", room)
	from = part[2]
	if (!sub("/.*", "", from)) { print FILENAME ":" FNR ": give " part[2] " with its room"; next }
	if (room == "qvm-tools" && part[2] ~ "^qrexec/(policy(_load|_world)?|ask|tell|pty)\\.h$")
		next # public: policy and formats are pure, and ops adds nothing to questions
	if (room == "qvm-tools" && part[2] ~ "^netvm/(rule|store)\\.h$")
		next # public: rules are pure
	if (room == "agent" && part[2] ~ "^netvm/(rule|nft)\\.h$")
		next # what both sides read and write; it knows of no domain
	if (index(" " may[room] " ", " " from " ") == 0)
		print FILENAME ":" FNR ": " room " may not include " part[2]
	if (room == "qvm-tools" && from == "ops" && part[2] !~ "^ops/(ops|volumes|backup|vault|call|audit|copy|disp|open|apps|monitor|netstat|block|pci)\\.h$")
		print FILENAME ":" FNR ": only ops.h, volumes.h, backup.h, vault.h, call.h, audit.h, copy.h, disp.h, open.h, apps.h, monitor.h, netstat.h, block.h and pci.h of ops, not " part[2]
}
/^#[ \t]*include[ \t]*</ {
	name = $0; sub(/^[^<]*</, "", name); sub(/>.*/, "", name)
	if (name in where && FILENAME !~ where[name])
		print FILENAME ":" FNR ": <" name "> has its place elsewhere"
}' | grep . && exit 1
exit 0

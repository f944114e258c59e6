# SPDX-License-Identifier: GPL-2.0-or-later
# JSON lines of the bench → a table; exit status 1 when a target is missed.
function field(name,    at) {
	at = "\"" name "\": *\"?[^,\"}]*"
	if (!match($0, at))
		return ""
	at = substr($0, RSTART, RLENGTH)
	sub(/^[^:]*: *"?/, "", at)
	return at
}

# What each figure may be at the most.
BEGIN {
	target["ls-1"] = target["ls-10"] = target["ls-40"] = 0.5
	target["top-40"] = target["top-200"] = 0.5
	target["key-median-ms"] = target["key-processor-worst-ms"] = 16
	target["start"] = 1.0
	target["processes-per-start"] = 2
	target["lvm-commands-per-start"] = 0
	target["xenstore-operations-per-start"] = 1.0
	target["syncs-per-start"] = 3
	target["call"] = 1.5
	target["call-64-at-once"] = 0.5
	target["call-in-64m"] = target["call-out-64m"] = 1.11 # time: 0.9 of the rate
	target["copy-64m"] = 1.25 # 0.8
	target["copy-2000-small"] = 1.43 # 0.7
	target["processes-per-call"] = 1
	target["xenstore-operations-per-call"] = 5
	target["resident-kib-per-domain"] = 8192
	target["disp-pool-cold-pvh"] = target["disp-pool-cold-pv"] = 0.05
	target["disp-image-cold-pvh"] = target["disp-image-cold-pv"] = 0.25
	target["disp-pool-call"] = 2.0
	target["disp-ten-at-once"] = 3.0
	target["disp-left-volumes-devices"] = target["disp-left-nodes"] = 0
	target["disp-left-files-processes"] = target["disp-left-registry-bytes"] = 0
	target["storage-start"] = 0.05
	target["storage-stop"] = 0.1
	target["storage-clone-10g"] = target["storage-clone-10g-reflink"] = 0.01
	target["storage-clone-10g-thin"] = 0.01
	target["storage-start-40-of-them"] = 1.2
	target["lvm-programs-per-stop"] = 0
	target["import"] = 1.11 # 0.9 of the rate
	target["vault-full"] = 1.11 # time: 0.9 of the rate
	target["vault-restore"] = 1.25 # 0.8
	target["vault-again"] = 0.01
	target["vault-unchanged"] = 0.01
	target["vault-hundredth"] = 0.03
	target["v4-full"] = 1.11
	printf "%-32s %10s %10s %8s %8s\n", "FIGURE", "OURS", "PEER", "VALUE", "TARGET"
}

{
	name = field("name")
	if (name ~ /^(layer|guest)-(seq|rand)/)
		target[name] = 1.3
	if (name ~ /^layer-plain-(seq|rand)/)
		target[name] = 1.1
	# A new connection has no target: what the peer lacks, knowing connections and rules, is all in it.
	if (name ~ /^network-/ && name !~ /^network-open-/)
		target[name] = name == "network-attach" ? 1.0 : 1.053 # time: 0.95 of the rate
	# Work that takes all processors, on the machine itself, whatever else runs there.
	value = field(name ~ /^(vault|v4)-/ ? "cpu_ratio" : "ratio")
	if (value == "")
		value = field("count")
	missed = name in target && value + 0 > target[name]
	bad += missed
	printf "%-32s %10s %10s %8s %8s%s\n", name, field("ms"), field("peer_ms"), value, \
		(name in target ? target[name] : "-"), (missed ? "  MISSED" : "")
}

END { exit bad > 0 }

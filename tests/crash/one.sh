# SPDX-License-Identifier: GPL-2.0-or-later
# One operation of the crash tests; run.sh sources it for each in a process of its own, with
# `build`, `points`, `flags` and `CRASH_TOP` set.

# --- the operations, upon `work` with a revision `one`, `other`, and `gone` in the trash --

declare -A operations=(
	[start]='qvm-start work'
	[stop]='qvm-kill work'
	[snapshot]='qvm-volume snapshot work:private two'
	[revert]='qvm-volume revert work:private one'
	[clear]='qvm-volume clear -f work:private'
	[create]='qvm-create -t tiny -l red --size private=2MiB new'
	[clone]='qvm-clone work new'
	[copy]='qvm-volume clone work:private other:private'
	[resize]='qvm-volume resize work:private 3MiB'
	[shrink]='qvm-volume resize -f work:private 1MiB'
	[import]='qvm-volume import work:private third'
	[export]='qvm-volume export -f work:private out'
	[remove]='qvm-remove -f --purge work'
	[trash]='qvm-remove -f work'
	[restore]='qvm-trash restore gone'
	[move]='qvm-volume move work:private second'
	[drop]='qvm-volume drop work:private one'
	[backup]='qvm-vault backup -y -p pass repo work'
	[unpack]='qvm-vault restore --rename-conflicting -p pass repo work'
)

# --- the state ---------------------------------------------------------------------------

query() { sqlite3 -batch -cmd ".timeout 10000" "$QVM_ROOT/var/lib/qvm/qvm.db" "$1"; }

# Of all volumes that last: domain, role, size, dirty; files of its own and of its readers.
volumes()
{
	query "SELECT d.name, v.role, v.size, v.dirty,
		p.location || '/v' || v.id || '-g' || v.generation || '.img',
		p.location || '/v' || v.id || '-r' || (SELECT max(serial) FROM revision r
			WHERE r.volume = v.id AND NOT r.live) || '.img'
		FROM volume v JOIN domain d ON d.id = v.domain JOIN pool p ON p.name = v.pool
		WHERE v.persistent AND d.visible ORDER BY d.id, v.role"
}

hash() { sha256sum <"$1" | cut -c1-16; }

contents()
{
	volumes | while IFS='|' read -r vm role size dirty own newest; do
		echo "$vm $role $size $dirty $(stat -c %s "$own") $(hash "$own") $(hash "$newest")"
	done
}

processes() { find /proc/[0-9]*/exe -maxdepth 0 -lname "$top/bin/qvm" -printf '%h\n' 2>/dev/null | sed 's|/proc/||'; }
loops() { losetup -nl -O NAME,BACK-FILE | awk -v at="$state/" 'index($2, at) == 1'; }

# All that the registry names must be there, and nothing else.
strays()
{
	{
		query "SELECT p.location || '/v' || v.id || '-g' || v.generation || '.img'
			FROM volume v JOIN pool p ON p.name = v.pool WHERE v.persistent"
		query "SELECT p.location || '/v' || v.id || '-r' || r.serial || '.img' FROM revision r
			JOIN volume v ON v.id = r.volume JOIN pool p ON p.name = v.pool"
	} | sort >"$top/named"
	find "$state/pool" "$state/second" -type f | sort >"$top/there"
	diff "$top/named" "$top/there" | sed -n 's/^< /missing: /p; s/^> /left: /p'
	query "SELECT 'left: intent ' || op FROM intent"
	query "SELECT 'left: hidden domain ' || name FROM domain
		WHERE NOT visible AND id NOT IN (SELECT domain FROM trash)"
	find "$QVM_ROOT/run/qvm/fake-scratch" -type f -printf 'left: scratch %f\n' 2>/dev/null
	find "$QVM_ROOT" -type f ! -name '*.lock' ! -name 'qvm.db*' ! -name 'guest-*.log' -printf '%P\n' | sort >"$top/files"
	comm -13 "$top/known-files" "$top/files" | sed 's/^/left: /'
	loops | sed 's/^/left: loop device /'
	processes | sed 's/^/left: process /'
	grep -s '^domain' "$QVM_ROOT/run/qvm/fake-xen" | sed 's/^/left: /'
}

fingerprint()
{
	query .dump | grep -v sqlite_sequence
	find "$state" -type f ! -name 'qvm.db*' -printf '%p %s %T@\n' | sort
}

reset()
{
	local pid device
	for pid in $(processes); do kill -9 "$pid" 2>/dev/null; done
	for device in $(loops | cut -d' ' -f1); do losetup -d "$device"; done
	rm -rf "$state"
	cp -a --reflink=always "$top/mnt/base" "$state"
	cd "$state" || exit 1
	[ "$op" != stop ] || run_and_write
}

run_and_write()
{
	local own
	qvm-start work
	own=$(volumes | awk -F'|' '$1 == "work" && $2 == 1 { print $5 }')
	cat third 1<>"$own"
}

# A start whose command was killed may still be under way, and is killed when it has run.
quiesce()
{
	local i
	for i in $(seq 500); do
		((i % 25 != 1)) || qvm-kill --all >/dev/null 2>&1
		[ "$(processes)" ] || return 0
		sleep 0.02
	done
	echo "processes do not end"
}

# --- the repository `repo`, which has `work` as it was first ---------------------------------

vault_hash() { qvm-vault export -p pass repo latest work:private 2>&1 | sha256sum; }
volume_hash() { qvm-volume export work:private 2>&1 | sha256sum; }

# What the killed run saved is there wholly or not at all, and the next one goes on from there.
repository()
{
	local n
	n=$(qvm-vault list -p pass repo 2>/dev/null | sed 1d | wc -l)
	case $n in
	1) [ "$(vault_hash)" = "$(cat first.hash)" ] || echo "what was saved before is another" ;;
	2) [ "$(vault_hash)" = "$(volume_hash)" ] || echo "what it has saved is another" ;;
	*) echo "$n snapshots" ;;
	esac
	qvm-vault verify -p pass repo >"$top/vault" 2>&1 || echo "damaged: $(tail -n 1 "$top/vault")"
	qvm-vault backup -y -p pass repo work >"$top/vault" 2>&1 || echo "no other run: $(tail -n 1 "$top/vault")"
	[ "$(vault_hash)" = "$(volume_hash)" ] || echo "what the next run has saved is another"
	qvm-vault verify -p pass repo >"$top/vault" 2>&1 || echo "damaged then: $(tail -n 1 "$top/vault")"
}

# --- one operation -------------------------------------------------------------------------

save_first()
{
	echo 'battery staple' >pass
	qvm-vault init --key-memory 1MiB -p pass repo && qvm-vault backup -y -p pass repo work &&
		volume_hash >first.hash
}

prepare()
{
	local command
	mkdir -p "$top/bin" "$top/modules" "$top/mnt" "$top/kernel" "$top/tree/etc"
	cp "$build/qvm" "$top/bin/qvm"
	for command in $("$build/qvm" commands); do ln -s qvm "$top/bin/$command"; done
	cp "$build"/modules/{qvm-fill,qvm-chunks,hv-fake.so,view-fake.so,scratch-fake.so} "$top/modules"
	cp "$build/modules/pool-reflink.so" "$top/modules/pool-fake.so"
	cp -r "$build/modules/guest" "$top/modules"
	truncate -s 600M "$top/disk"
	mkfs.xfs -q "$top/disk" && mount -o loop "$top/disk" "$top/mnt" || return
	state=$top/mnt/state
	export PATH=$top/bin:$PATH QVM_BACKEND=fake QVM_MODULES=$top/modules QVM_ROOT=$state/root
	mkdir -p "$state" && cd "$state" && mkdir -m 700 pool second root || return
	printf '\177ELF' >"$top/kernel/vmlinux"
	echo initramfs >"$top/kernel/initramfs"
	echo tiny >"$top/tree/name"
	tar -C "$top/tree" -cf tiny.tar .
	for command in first second third; do yes $command | head -c 1M >$command.tmp; done
	mv third.tmp third
	qvm-init --pool "$state/pool" --scratch fake/scratch --kernel "$top/kernel" &&
		qvm-pool add second reflink -o location="$state/second" &&
		qvm-template install --size 8MiB tiny tiny.tar && qvm-volume resize -f tiny:private 1MiB &&
		qvm-create -t tiny -l red --size private=2MiB work &&
		qvm-create -t tiny -l red --size private=2MiB other &&
		qvm-create -t tiny -l red --size private=2MiB gone &&
		qvm-volume import gone:private third && qvm-remove -f gone &&
		qvm-volume import work:private first.tmp && save_first && qvm-volume snapshot work:private one &&
		qvm-volume import work:private second.tmp || return
	qvm-start work && qvm-kill work && quiesce || return
	find "$QVM_ROOT" -type f ! -name '*.lock' ! -name 'qvm.db*' ! -name 'guest-*.log' -printf '%P\n' | sort >"$top/known-files"
	cp -a --reflink=always "$state" "$top/mnt/base"
}

# Runs it and is killed before its call number $1; 0: it is not killed.
run_until()
{
	local -a how=("${flags[@]}" -l 60)
	reset
	if [ "$op" = stop ]; then
		how=("${flags[@]}" -w -l 400)
		for pid in $(processes); do how+=(-p "$pid"); done
	fi
	# shellcheck disable=SC2086
	timeout 90 "$killat" "${how[@]}" "$1" ${operations[$op]} >"$top/said" 2>&1 </dev/null ||
		echo "it did not end: $(tail -n 3 "$top/said" | tr "\n" " ")"
}

# Each domain's lines are those of before or those of after; what ran has written.
compare()
{
	local vm
	cut -d' ' -f1 "$top/before" "$top/after" "$top/is" | sort -u | while read -r vm; do
		grep "^$vm " "$top/is" >"$top/is.vm"
		grep "^$vm " "$top/after" | cmp -s - "$top/is.vm" && continue
		grep "^$vm " "$top/before" | cmp -s - "$top/is.vm" && continue
		echo "'$vm' is neither as before nor as after: $(cat "$top/is.vm")"
	done
}

judge()
{
	qvm-recover >"$top/recovered" 2>&1 ||
		echo "qvm-recover: $(tail -n 1 "$top/recovered")"
	quiesce
	contents >"$top/is" 2>&1
	compare
	strays
	fingerprint >"$top/one"
	qvm-recover 2>&1 | sed 's/^/a second recovery says: /'
	fingerprint >"$top/two"
	diff "$top/one" "$top/two" | sed -n 's/^[<>]/a second recovery changed: &/p'
	[ "$op" != backup ] || repository
}

# Without a kill: what is before and after, and how many calls there are.
rehearse()
{
	reset
	contents >"$top/before"
	run_until 0
	total=$(tail -n 1 "$top/said")
	quiesce
	contents >"$top/after"
	[ "$op" != stop ] || cp "$top/after" "$top/before"
}

one_operation()
{
	local n=$points i at wrong problems
	op=$1
	top=$(mktemp -d "$CRASH_TOP/op.XXXXXX") || exit 1
	state=$top/mnt/state killat=$CRASH_TOP/killat
	trap clean EXIT
	trap 'exit 130' INT TERM HUP
	prepare >"$top/log" 2>&1 || { echo "not ok $op: cannot prepare: $(tail -n 2 "$top/log")"; return 1; }
	rehearse
	[ "$n" -gt 0 ] && [ "$n" -lt "$total" ] || n=$total
	problems=$(for ((i = 0; i < n; i++)); do
		at=$((1 + i * total / n))
		wrong=$(run_until $at; judge)
		[ -z "$wrong" ] || echo "$wrong" | sed "s/^/# $op, call $at: /"
	done)
	reset
	if [ -z "$problems" ]; then
		echo "ok $op, killed at $n of its $total calls"
	else
		echo "not ok $op, killed at $n of its $total calls"
		echo "$problems"
	fi
}

clean()
{
	cd /
	for pid in $(processes); do kill -9 "$pid" 2>/dev/null; done
	for device in $(loops | cut -d' ' -f1); do losetup -d "$device"; done
	umount "$top/mnt" 2>/dev/null || umount -l "$top/mnt" 2>/dev/null
	rm -rf "$top"
}

# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the checks: which files are looked at. Rooms may be missing.
rooms='lib core storage xen netvm templates dispvm backup qrexec ops qvm-tools tui agent'

existing()
{
	for existing_name in "$@"; do
		[ ! -e "$existing_name" ] || echo "$existing_name"
	done
}

# sources EXTENSION...: of the product
sources()
{
	for sources_room in $rooms; do
		for sources_ext in "$@"; do
			existing "$sources_room"/*."$sources_ext"
		done
	done
}

test_sources()
{
	for sources_ext in "$@"; do
		existing tests/unit/*."$sources_ext" tests/fake/*."$sources_ext"
	done
}

# SPDX-License-Identifier: GPL-2.0-or-later
# What is shared and what is not: one template under two AppVMs, and a standalone copy.
# timeout: 900
. /lab/lib.sh

qvm-create -t tiny -l red a && qvm-create -t tiny -l green b || exit 1
check "both boot" sh -c '. /lab/lib.sh; boot a && boot b'
guest a 'echo only-a >/only-a; echo kept >/rw/kept; sync' || not_ok "writing in a"
refused_in_b=$(guest b 'ls /only-a /rw/kept 2>/dev/null | wc -l')
same "b does not see what a wrote" 0 "$refused_in_b"
same "both have the template's root" "$(guest a cat /etc/inittab)" "$(guest b cat /etc/inittab)"

# A change of the template, while both run.
check "the template boots" boot tiny
guest tiny 'echo new >/from-template; sync'
same "not before the template has ended" "" "$(guest a 'cat /from-template 2>/dev/null')"
check "the template ends" qvm-shutdown --wait tiny
same "a running child does not see it" "" "$(guest a 'cat /from-template 2>/dev/null')"
check "a ends" qvm-shutdown --wait a
check "a boots again" boot a
same "the next start shows the template's change" new "$(guest a cat /from-template)"
same "private data has survived" kept "$(guest a cat /rw/kept)"
same "changes of root have not" "" "$(guest a 'cat /only-a 2>/dev/null')"
same "b, started before, still does not see it" "" \
	"$(guest b 'cat /from-template 2>/dev/null')"
check "both end" qvm-shutdown --wait a b

# Clones have lives of their own.
check "clone of an AppVM" qvm-clone a c
check "the clone boots" boot c
same "it has the private data" kept "$(guest c cat /rw/kept)"
guest c 'echo changed >/rw/kept; sync'
check "the clone ends" qvm-shutdown --wait c
check "the source boots" boot a
same "the source has its own data" kept "$(guest a cat /rw/kept)"
check "the source ends" qvm-shutdown --wait a
check "standalone from the template" qvm-create -C StandaloneVM -t tiny -l blue own
same "it has the template's settings" pv "$(qvm-prefs own virt_mode)"
check "the standalone boots" boot own
guest own 'echo mine >/mine; sync'
check "the standalone ends" qvm-shutdown --wait own
check "and boots again" boot own
same "its root lasts" mine "$(guest own cat /mine)"
check "it ends" qvm-shutdown --wait own
check "a template whose children are gone can go" \
	sh -c 'qvm-remove -f --purge a b c && qubes-prefs default_template none && qvm-remove -f --purge tiny'
check "the standalone does not miss it" boot own
finish

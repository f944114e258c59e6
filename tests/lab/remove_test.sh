# SPDX-License-Identifier: GPL-2.0-or-later
# Removal leaves nothing: what the machine holds is compared before and after.
# timeout: 600
. /lab/lib.sh

# The first start of a boot makes the scratch store, which stays.
qvm-create -t tiny -l red first && qvm-start first && qvm-kill first && qvm-remove -f --purge first
await 60 quiet
traces >/tmp/before
qvm-create -t tiny -l red work && qvm-start work && qvm-shutdown --wait work &&
	qvm-clone work copy && qvm-start copy && qvm-kill copy &&
	qvm-create -C StandaloneVM -t tiny -l blue own && qvm-rename own mine
check "three domains lived" qvm-check work copy mine
traces >/tmp/while
check "the comparison can fail" sh -c '! cmp -s /tmp/before /tmp/while'
check "removal" qvm-remove -f --purge work copy mine
await 60 quiet
traces >/tmp/after
same "no volume, device, domain, node, file or process is left" "" \
	"$(diff /tmp/before /tmp/after)"
same "recovery finds nothing to do" "" "$(qvm-recover)"
finish

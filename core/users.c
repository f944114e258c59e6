/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who needs a domain: found by walking the property table, so new references are seen. */
#include "core/prop.h"

void vm_users(const struct world *w, const struct vm *vm, struct strv *ret)
{
	for (int id = 0; id < PROP_COUNT; id++) {
		if (prop_defs[id].type != PT_VM)
			continue;
		if (prop_defs[id].classes & CLASS_GLOBAL) {
			if (w->globals[id].ref == vm->id)
				strv_addf(ret, "global property '%s'", prop_defs[id].name);
			continue;
		}
		for (size_t i = 0; i < w->vm_count; i++)
			if (w->vms[i].props[id].ref == vm->id && w->vms[i].id != vm->id)
				strv_addf(ret, "%s of '%s'", prop_defs[id].name,
					  w->vms[i].name);
	}
}

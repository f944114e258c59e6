/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who needs a domain: found by walking the property table, so new references are seen. */
#include "core/prop.h"
#include "lib/alloc.h"

static void add_user(struct vm_user **users, size_t *n, enum prop_id prop,
		     const struct vm *vm)
{
	array_grow(*users, *n) = (struct vm_user){prop, vm};
	++*n;
}

void vm_users(const struct world *w, const struct vm *vm, struct vm_user **ret,
	      size_t *ret_n)
{
	*ret = NULL;
	*ret_n = 0;
	for (int id = 0; id < PROP_COUNT; id++) {
		if (prop_defs[id].type != PT_VM)
			continue;
		if (prop_defs[id].classes & CLASS_GLOBAL) {
			if (w->globals[id].ref == vm->id)
				add_user(ret, ret_n, (enum prop_id)id, NULL);
			continue;
		}
		for (size_t i = 0; i < w->vm_count; i++)
			if (w->vms[i].props[id].ref == vm->id && w->vms[i].id != vm->id)
				add_user(ret, ret_n, (enum prop_id)id, &w->vms[i]);
	}
}

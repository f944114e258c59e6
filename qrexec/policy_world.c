/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/policy_world.h"

#include <stdlib.h>
#include <string.h>

#include "core/prop.h"
#include "lib/alloc.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct policy_domain *)a)->name,
		      ((const struct policy_domain *)b)->name);
}

static struct policy_domain domain_of(const struct world *w, const struct vm *vm)
{
	const struct vm *dispvm = prop_applies(PROP_DEFAULT_DISPVM, vm)
					  ? prop_vm(w, vm, PROP_DEFAULT_DISPVM)
					  : NULL;

	return (struct policy_domain){
		.name = vm->name,
		.type = vm_classes[vm->klass].name,
		.tags = (const char *const *)vm->tags.v,
		.tag_count = vm->tags.n,
		.default_dispvm = dispvm ? dispvm->name : NULL,
		.template_for_dispvms = prop_applies(PROP_TEMPLATE_FOR_DISPVMS, vm) &&
					prop_bool(w, vm, PROP_TEMPLATE_FOR_DISPVMS),
		.running = vm->klass == CLASS_ADMIN || vm->live.state == STATE_RUNNING,
		.uuid = vm->uuid,
	};
}

struct policy_system *policy_system_new(const struct world *w)
{
	struct policy_system *sys = xcalloc(1, sizeof(*sys));
	struct policy_domain *domains =
		xcalloc(w->vm_count ? w->vm_count : 1, sizeof(*domains));

	for (size_t i = 0; i < w->vm_count; i++)
		domains[i] = domain_of(w, &w->vms[i]);
	qsort(domains, w->vm_count, sizeof(*domains), by_name);
	sys->domains = domains;
	sys->count = w->vm_count;
	return sys;
}

void policy_system_free(struct policy_system *sys)
{
	if (!sys)
		return;
	free((void *)sys->domains);
	free(sys);
}

const char *policy_world_label(void *world, const char *name)
{
	const struct vm *vm = world_vm(world, name);
	const struct vm_label *label;
	struct prop_value value;

	if (!vm)
		return NULL;
	prop_get(world, vm, PROP_LABEL, &value);
	label = value.text ? label_find(value.text) : NULL;
	return label ? label->name : NULL;
}

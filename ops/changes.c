/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is different between two looks at all domains. */
#include <stdio.h>
#include <string.h>

#include "core/prop.h"
#include "lib/alloc.h"
#include "ops/monitor.h"

const char *const change_names[CHANGE_KIND_COUNT] = {
	[CHANGE_STATE] = "state",	[CHANGE_CREATED] = "created",
	[CHANGE_REMOVED] = "removed",	[CHANGE_RENAMED] = "renamed",
	[CHANGE_PROPERTY] = "property", [CHANGE_FEATURE] = "feature",
	[CHANGE_TAG] = "tag",		[CHANGE_FIREWALL] = "firewall",
	[CHANGE_VOLUME] = "volume",
};

/* Two worlds, and a domain that is in one or both of them. */
struct diff {
	const struct world *before, *after;
	const struct vm *old, *new; /* NULL: not there; both NULL: the system */
	void (*fn)(void *arg, const struct change *c);
	void *arg;
};

static bool differs(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) != 0 : a != b;
}

static void tell(const struct diff *d, enum change_kind kind, const char *what,
		 const char *before, const char *after)
{
	const struct vm *vm = d->new ? d->new : d->old;
	struct prop_value label = {0};
	struct change c = {kind, vm ? vm->name : NULL, NULL, what, before, after};

	if (vm)
		prop_get(d->new ? d->after : d->before, vm, PROP_LABEL, &label);
	c.label = label.text;
	d->fn(d->arg, &c);
}

static void compare_prop(const struct diff *d, enum prop_id id, const struct vm_prop *a,
			 const struct vm_prop *b)
{
	struct prop_value before = {0}, after = {0};

	if (a->set == b->set && a->ref == b->ref && !differs(a->text, b->text))
		return;
	prop_get(d->before, d->old, id, &before);
	prop_get(d->after, d->new, id, &after);
	tell(d, CHANGE_PROPERTY, prop_defs[id].name, before.text, after.text);
}

static void compare_features(const struct diff *d)
{
	for (size_t i = 0; i < d->old->feature_count; i++) {
		const struct vm_feature *f = &d->old->features[i];
		const char *now = vm_feature(d->new, f->name);

		if (differs(f->value, now))
			tell(d, CHANGE_FEATURE, f->name, f->value, now);
	}
	for (size_t i = 0; i < d->new->feature_count; i++) {
		const struct vm_feature *f = &d->new->features[i];

		if (!vm_feature(d->old, f->name))
			tell(d, CHANGE_FEATURE, f->name, NULL, f->value);
	}
}

static void compare_tags(const struct diff *d)
{
	for (size_t i = 0; i < d->old->tags.n; i++)
		if (!strv_has(&d->new->tags, d->old->tags.v[i]))
			tell(d, CHANGE_TAG, NULL, d->old->tags.v[i], NULL);
	for (size_t i = 0; i < d->new->tags.n; i++)
		if (!strv_has(&d->old->tags, d->new->tags.v[i]))
			tell(d, CHANGE_TAG, NULL, NULL, d->new->tags.v[i]);
}

static bool has_revision(const struct vm_volume *vol, int64_t id)
{
	for (size_t i = 0; i < vol->revision_count; i++)
		if (vol->revisions[i].id == id)
			return true;
	return false;
}

static void tell_number(const struct diff *d, enum vol_role role, const char *what,
			uint64_t before, uint64_t after)
{
	cleanup_free char *which = xasprintf("%s %s", vol_role_names[role], what);
	char texts[2][24];

	if (before == after)
		return;
	snprintf(texts[0], sizeof(texts[0]), "%llu", (unsigned long long)before);
	snprintf(texts[1], sizeof(texts[1]), "%llu", (unsigned long long)after);
	/* serials and generations begin with 1 */
	tell(d, CHANGE_VOLUME, which, before ? texts[0] : NULL, after ? texts[1] : NULL);
}

static void compare_volume(const struct diff *d, enum vol_role role)
{
	const struct vm_volume *a = &d->old->volumes[role], *b = &d->new->volumes[role];

	if (!d->old->has_volume[role] || !d->new->has_volume[role])
		return;
	tell_number(d, role, "size", a->size, b->size);
	tell_number(d, role, "generation", a->generation, b->generation);
	for (size_t i = 0; i < a->revision_count; i++)
		if (!has_revision(b, a->revisions[i].id))
			tell_number(d, role, "revision", a->revisions[i].serial, 0);
	for (size_t i = 0; i < b->revision_count; i++)
		if (!has_revision(a, b->revisions[i].id))
			tell_number(d, role, "revision", 0, b->revisions[i].serial);
}

static void compare_vm(const struct diff *d)
{
	const struct vm *a = d->old, *b = d->new;

	if (strcmp(a->name, b->name) != 0)
		tell(d, CHANGE_RENAMED, NULL, a->name, b->name);
	if (a->live.state != b->live.state)
		tell(d, CHANGE_STATE, NULL, vm_state_name(a->live.state),
		     vm_state_name(b->live.state));
	for (int id = 0; id < PROP_G_FIRST; id++)
		compare_prop(d, (enum prop_id)id, &a->props[id], &b->props[id]);
	compare_features(d);
	compare_tags(d);
	if (differs(a->firewall, b->firewall) || differs(a->forwards, b->forwards))
		tell(d, CHANGE_FIREWALL, NULL, NULL, NULL);
	for (int role = 0; role < VOL_ROLE_COUNT; role++)
		compare_volume(d, (enum vol_role)role);
}

/* The same id may have been given to another domain since. */
static const struct vm *same_vm(const struct world *w, const struct vm *vm)
{
	const struct vm *found = world_vm_by_id(w, vm->id);

	return found && uuid_equal(&found->uuid, &vm->uuid) ? found : NULL;
}

void world_changes(const struct world *before, const struct world *after,
		   void (*fn)(void *arg, const struct change *c), void *arg)
{
	struct diff d = {before, after, NULL, NULL, fn, arg};

	for (int id = PROP_G_FIRST; id < PROP_COUNT; id++)
		compare_prop(&d, (enum prop_id)id, &before->globals[id],
			     &after->globals[id]);
	for (size_t i = 0; i < before->vm_count; i++) {
		d.old = &before->vms[i];
		d.new = same_vm(after, d.old);
		if (d.new)
			compare_vm(&d);
		else
			tell(&d, CHANGE_REMOVED, NULL, vm_classes[d.old->klass].name,
			     NULL);
	}
	for (size_t i = 0; i < after->vm_count; i++) {
		d.old = NULL;
		d.new = &after->vms[i];
		if (!same_vm(before, d.new)) {
			tell(&d, CHANGE_CREATED, NULL, NULL,
			     vm_classes[d.new->klass].name);
			if (d.new->live.state != STATE_HALTED)
				tell(&d, CHANGE_STATE, NULL, vm_state_name(STATE_HALTED),
				     vm_state_name(d.new->live.state));
		}
	}
}

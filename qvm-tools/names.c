/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/names.h"

#include <fnmatch.h>
#include <string.h>

bool name_is_pattern(const char *name)
{
	return name[strcspn(name, "*?[")] != '\0';
}

bool name_matches(const char *pattern, const char *name)
{
	return fnmatch(pattern, name, FNM_NOESCAPE) == 0;
}

int names_verify(const struct inv *inv, struct qvm_err *err)
{
	if (inv->exclude.n && !inv->all)
		return usage_error(err, "--exclude goes with --all only");
	if (inv->all && inv->args.n)
		return usage_error(err, "--all and names exclude each other");
	if (!inv->all && !inv->args.n && !(inv->cmd->flags & (CMD_VMS_ALL | CMD_VMS_OPT)))
		return usage_error(err, "no domain is named");
	return 0;
}

static void add_once(struct strv *names, const char *name)
{
	if (!strv_has(names, name))
		strv_add(names, name);
}

static void add_matching(struct inv *inv, const char *pattern)
{
	for (size_t i = 0; i < inv->world->vm_count; i++) {
		const struct vm *vm = &inv->world->vms[i];

		if (vm->klass == CLASS_ADMIN && !(inv->cmd->flags & CMD_VMS_ALL))
			continue;
		if (!pattern || name_matches(pattern, vm->name))
			add_once(&inv->names, vm->name);
	}
}

static bool excluded(const struct inv *inv, const char *name)
{
	for (size_t i = 0; i < inv->exclude.n; i++)
		if (name_matches(inv->exclude.v[i], name))
			return true;
	return false;
}

static int add_all(struct inv *inv, struct qvm_err *err)
{
	for (size_t i = 0; i < inv->exclude.n; i++) {
		const char *name = inv->exclude.v[i];
		struct vm *vm;
		int r;

		if (name_is_pattern(name))
			continue;
		r = vm_find(inv->world, name, &vm, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < inv->world->vm_count; i++) {
		const struct vm *vm = &inv->world->vms[i];

		if (vm->klass != CLASS_ADMIN && !excluded(inv, vm->name))
			strv_add(&inv->names, vm->name);
	}
	return 0;
}

static int add_literal(struct inv *inv, const char *name, struct qvm_err *err)
{
	struct vm *vm;
	int r;

	if (!(inv->cmd->flags & CMD_VMS_ANY)) {
		r = vm_find(inv->world, name, &vm, err);
		if (r < 0)
			return r;
	}
	add_once(&inv->names, name);
	return 0;
}

/* One literal name is left to the operation, which has to look it up anyway. */
static bool needs_world(const struct inv *inv)
{
	return inv->cmd->flags & CMD_VMS_ALL || inv->live || inv->args.n != 1 ||
	       name_is_pattern(inv->args.v[0]);
}

int names_resolve(struct inv *inv, struct qvm_err *err)
{
	int r;

	if (!inv->all && !inv->args.n && inv->cmd->flags & CMD_VMS_OPT)
		return 0;
	if (!needs_world(inv)) {
		strv_add(&inv->names, inv->args.v[0]);
		return 0;
	}
	r = inv_world(inv, err);
	if (r < 0)
		return r;
	if (inv->all)
		return add_all(inv, err);
	if (!inv->args.n)
		add_matching(inv, NULL);
	for (size_t i = 0; i < inv->args.n; i++) {
		if (name_is_pattern(inv->args.v[i])) {
			add_matching(inv, inv->args.v[i]);
			continue;
		}
		r = add_literal(inv, inv->args.v[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

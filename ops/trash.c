/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trash: a removed domain keeps its record and its volumes, hidden, until it expires,
 * room is needed, or somebody wants it back. Its name is free meanwhile.
 */
#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "ops/volume.h"

#define DAY 86400

int vm_check_unread(struct store *s, const struct vm *vm, struct qvm_err *err)
{
	cleanup(intent_dispose) struct intent own = {0};
	struct intent *all = NULL;
	size_t n = 0;
	int r = intent_list(s, &all, &n, err);

	vm_volume_items(vm, &own);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (!intent_owner_alive(&all[i]))
			continue;
		for (size_t k = 0; k < own.item_count; k++)
			if (vol_is_read(&all[i], 1, own.items[k].pool, own.items[k].name))
				r = err_set(err, QVM_E_BUSY,
					    "cannot remove '%s': its volumes are being "
					    "read",
					    vm->name);
	}
	intents_free(all, n);
	return r;
}

int trash_put(struct store *s, const struct vm *vm, int days, struct qvm_err *err)
{
	int64_t now = (int64_t)time(NULL);

	return store_trash_put(s, vm, now, now + (int64_t)days * DAY, err);
}

int vm_hide(struct store *s, const struct vm *vm, struct intent *in, struct qvm_err *err)
{
	int r;

	vm_volume_items(vm, in);
	r = store_begin(s, err);
	if (r == 0)
		r = store_vm_publish(s, vm->id, false, err);
	if (r == 0)
		r = store_trash_forget(s, vm->id, err);
	if (r == 0)
		r = intent_begin(s, in, err);
	return tx_end(s, r, err);
}

int trash_purge(struct qvm_ctx *ctx, struct store *s, const struct vm *seen,
		struct qvm_err *err)
{
	cleanup(intent_dispose) struct intent in = {.vm_id = seen->id,
						    .op = INTENT_REMOVE};
	cleanup_hold struct vm_hold hold = VM_HOLD_INIT;
	cleanup(vm_dispose) struct vm vm = {0};
	int r = vm_hold_halted(ctx, s, seen, "remove", &hold, err);

	if (r < 0)
		return r;
	r = store_vm_load(s, seen->id, &vm, err);
	if (r == -QVM_E_NO_VM)
		return 0; /* somebody was faster */
	if (r == 0)
		r = vm_check_unread(s, &vm, err);
	if (r == 0)
		r = vm_hide(s, &vm, &in, err);
	if (r < 0)
		return r;
	r = intent_resolve(ctx, s, &in, err);
	return r < 0 ? err_wrap(err, "'%s' is removed, but not all that it held",
				seen->name)
		     : 0;
}

void trash_expire(struct qvm_ctx *ctx, struct store *s)
{
	cleanup_world struct world *w = NULL;
	int64_t now = (int64_t)time(NULL);
	struct qvm_err err;
	int r = store_load(s, &w, &err);

	for (size_t i = 0; r == 0 && i < w->trash_count; i++) {
		struct qvm_err one;

		if (w->trash[i].expires > now)
			continue;
		if (trash_purge(ctx, s, &w->trash[i].vm, &one) < 0)
			ctx_log(ctx, QVM_LEVEL_WARN, "%s stays in the trash: %s",
				w->trash[i].vm.name, one.text);
		else
			ctx_log(ctx, QVM_LEVEL_INFO, "'%s' has expired in the trash",
				w->trash[i].vm.name);
	}
	if (r < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "cannot look into the trash: %s", err.text);
}

/* ---- bringing back ---- */

static const struct world_trash *find_newest(const struct world *w, const char *name)
{
	const struct world_trash *found = NULL;

	for (size_t i = 0; i < w->trash_count; i++)
		if (strcmp(w->trash[i].vm.name, name) == 0 &&
		    (!found || w->trash[i].removed >= found->removed))
			found = &w->trash[i];
	return found;
}

static int not_there(const char *name, struct qvm_err *err)
{
	return err_set(err, QVM_E_NO_VM, "there is no '%s' in the trash", name);
}

/* What it needs comes back before it. */
static int check_needs(const struct world *w, const struct vm *vm, struct qvm_err *err)
{
	for (int id = 0; id < PROP_G_FIRST; id++) {
		int64_t ref = vm->props[id].ref;

		for (size_t i = 0; ref && i < w->trash_count; i++)
			if (w->trash[i].vm.id == ref && ref != vm->id)
				return err_set(err, QVM_E_IN_USE,
					       "its %s '%s' is in the trash: restore "
					       "that first",
					       prop_defs[id].name, w->trash[i].vm.name);
	}
	return 0;
}

static int restore(struct qvm_ctx *ctx, struct store *s, const struct vm *vm,
		   const char *name, struct qvm_err *err)
{
	cleanup_hold struct vm_hold hold = VM_HOLD_INIT;
	cleanup_world struct world *w = NULL;
	bool there = false;
	int r = vm_hold_halted(ctx, s, vm, "restore", &hold, err);

	if (r == 0)
		r = store_begin(s, err);
	if (r < 0)
		return r;
	r = store_load(s, &w, err);
	for (size_t i = 0; r == 0 && i < w->trash_count; i++)
		there |= w->trash[i].vm.id == vm->id;
	if (r == 0)
		r = there ? check_needs(w, vm, err) : not_there(vm->name, err);
	if (r == 0)
		r = store_trash_restore(s, vm->id, name, err);
	return tx_end(s, r, err);
}

int op_trash_restore(struct qvm_ctx *ctx, const char *name, const char *new_name,
		     struct plan *plan, struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	const struct world_trash *found;
	const char *as = new_name ? new_name : name;
	int r = store_open(ctx, plan ? STORE_READ : STORE_WRITE, &s, err);

	if (r == 0)
		r = store_load(s, &w, err);
	if (r < 0)
		return r;
	found = find_newest(w, name);
	if (!found)
		return not_there(name, err);
	r = vm_name_check(as, err);
	if (r == 0 && world_vm(w, as))
		r = err_set(err, QVM_E_EXISTS, "the name '%s' is taken", as);
	if (r == 0)
		r = check_needs(w, &found->vm, err);
	if (r == 0 && plan)
		plan_add(plan, as, "restore", "%s", vm_classes[found->vm.klass].name);
	else if (r == 0)
		r = restore(ctx, s, &found->vm, as, err);
	return r < 0 ? err_wrap(err, "cannot restore '%s'", name) : 0;
}

/* ---- emptying ---- */

static bool is_named(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return n == 0;
}

int op_trash_empty(struct qvm_ctx *ctx, const char *const *names, size_t n,
		   struct plan *plan, const struct op_report *report, struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	struct tally t = {.report = report};
	int r = store_open(ctx, plan ? STORE_READ : STORE_MAKE_ROOM, &s, err);

	if (r == 0)
		r = store_load(s, &w, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (!find_newest(w, names[i]))
			r = not_there(names[i], err);
	for (size_t i = 0; r == 0 && i < w->trash_count; i++) {
		const struct vm *vm = &w->trash[i].vm;
		struct qvm_err one = QVM_ERR_INIT;

		if (!is_named(names, n, vm->name))
			continue;
		if (plan)
			plan_add(plan, vm->name, "remove", "%s and its volumes",
				 vm_classes[vm->klass].name);
		else
			tally_add(&t, vm->name, trash_purge(ctx, s, vm, &one), &one);
	}
	return r < 0 ? r : tally_result(&t, err);
}

uint64_t op_trash_usage(struct qvm_ctx *ctx, const struct world *w,
			const struct world_trash *trash)
{
	uint64_t total = 0;

	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &trash->vm.volumes[i];
		cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
		struct qvm_err unknown;
		struct vol_stat st;
		char id[POOL_ID_MAX];

		if (!trash->vm.has_volume[i] || !vol->persistent ||
		    pool_open(ctx, w, vol->pool, &pool, &unknown) < 0)
			continue;
		vol_live_id(vol, id);
		if (pool.ops->stat(pool.pool, id, &st, &unknown) == 0)
			total += st.used;
	}
	return total;
}

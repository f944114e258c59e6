/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving devices back. A driver may have to make something for a volume to be a device (a
 * loop device, for a file), and only here is it known when nobody needs it any more: what
 * no intent names, of a domain that has no run. Both are recorded before a device is asked
 * for, so within a transaction that writes nobody can be about to ask.
 */
#include <stdio.h>
#include <string.h>

#include "ops/volume.h"

static bool has_run(const struct intent *all, size_t n, int64_t vm_id)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].vm_id == vm_id && all[i].op == INTENT_RUN)
			return true;
	return false;
}

static bool is_named(const struct intent *all, size_t n, const char *pool, const char *id)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all[i].item_count; k++) {
			const struct intent_item *item = &all[i].items[k];

			if (item->pool && strcmp(item->pool, pool) == 0 &&
			    strcmp(item->name, id) == 0)
				return true;
		}
	return false;
}

struct releasing {
	const struct intent *all;
	size_t n;
	bool runs;
};

static int release_one(const struct releasing *rl, const struct pool_handle *pool,
		       const char *pool_name, const char *id, struct qvm_err *err)
{
	if (is_named(rl->all, rl->n, pool_name, id))
		return 0;
	return pool->ops->release(pool->pool, id, err);
}

static int release_volume(const struct releasing *rl, const struct pool_handle *pool,
			  const struct vm_volume *vol, struct qvm_err *err)
{
	char id[POOL_ID_MAX];
	int r = 0;

	vol_live_id(vol, id);
	if (!rl->runs)
		r = release_one(rl, pool, vol->pool, id, err);
	for (size_t i = 0; r == 0 && i < vol->revision_count; i++) {
		vol_revision_id(vol, vol->revisions[i].serial, id);
		r = release_one(rl, pool, vol->pool, id, err);
	}
	return r;
}

static int release_all(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		       const struct releasing *rl, struct qvm_err *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++) {
		cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
		const struct vm_volume *vol = &vm->volumes[i];

		if (!vm->has_volume[i] || !vol->persistent)
			continue;
		r = pool_open(ctx, w, vol->pool, &pool, err);
		if (r == 0 && pool.ops->release)
			r = release_volume(rl, &pool, vol, err);
	}
	return r;
}

/* Is it worth a look? Of most drivers it is not. */
static bool is_wanted(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm)
{
	const struct pool_ops *ops;
	struct qvm_err unknown;

	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct world_pool *pool;

		if (!vm->has_volume[i] || !vm->volumes[i].persistent)
			continue;
		pool = world_pool(w, vm->volumes[i].pool);
		if (pool && ctx->load_pool(ctx, pool->driver, &ops, &unknown) == 0 &&
		    ops->release)
			return true;
	}
	return false;
}

void vm_devices_release(struct qvm_ctx *ctx, struct store *s, const struct world *w,
			int64_t vm_id)
{
	cleanup(vm_dispose) struct vm vm = {0};
	struct intent *all = NULL;
	struct releasing rl = {0};
	struct qvm_err err;
	int r = store_vm_load(s, vm_id, &vm, &err);

	if (r < 0 || !is_wanted(ctx, w, &vm))
		return;
	r = store_begin(s, &err);
	if (r < 0)
		return;
	r = intent_list(s, &all, &rl.n, &err);
	rl.all = all;
	rl.runs = has_run(all, rl.n, vm_id);
	if (r == 0)
		r = release_all(ctx, w, &vm, &rl, &err);
	store_rollback(s);
	intents_free(all, rl.n);
	/* It costs a device, no more: recovery and the next use look again. */
	if (r < 0)
		ctx_log(ctx, QVM_LEVEL_INFO, "not released: %s", err.text);
}

static bool owns(const struct vm *vm, const struct intent_item *item)
{
	char lead[POOL_ID_MAX];

	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		if (!vm->has_volume[i] || !vm->volumes[i].persistent)
			continue;
		snprintf(lead, sizeof(lead), "v%lld-", (long long)vm->volumes[i].id);
		if (strncmp(item->name, lead, strlen(lead)) == 0)
			return true;
	}
	return false;
}

void devices_release(struct qvm_ctx *ctx, struct store *s, const struct world *w,
		     const struct intent *in)
{
	vm_devices_release(ctx, s, w, in->vm_id);
	for (size_t i = 0; i < in->item_count; i++)
		for (size_t k = 0; k < w->vm_count; k++)
			if (strcmp(in->items[i].kind, "origin") == 0 &&
			    w->vms[k].id != in->vm_id && owns(&w->vms[k], &in->items[i]))
				vm_devices_release(ctx, s, w, w->vms[k].id);
}

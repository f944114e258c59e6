/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard: pools are looked at before anything that could fill them. Thin pools that run
 * full take running domains with them, so there is a rest that only what ends or removes
 * something may use. The drivers refuse at the same limits; here the trash goes first.
 */
#include <inttypes.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/volume.h"

#define WARN_PERCENT 80
#define DATA_LIMIT 95
#define META_LIMIT 90

static bool past(uint64_t used, uint64_t size, unsigned percent)
{
	return size && used / percent >= size / 100 &&
	       used * 100.0 > size * (double)percent;
}

enum pool_level pool_level(uint64_t size, uint64_t used, uint64_t meta_size,
			   uint64_t meta_used, uint64_t need)
{
	uint64_t total = need > UINT64_MAX - used ? UINT64_MAX : used + need;

	if (past(total, size, DATA_LIMIT) || past(meta_used, meta_size, META_LIMIT))
		return POOL_FULL;
	if (past(total, size, WARN_PERCENT) || past(meta_used, meta_size, WARN_PERCENT))
		return POOL_WARN;
	return POOL_OK;
}

static unsigned percent_of(uint64_t used, uint64_t size)
{
	return size ? (unsigned)((double)used * 100 / (double)size) : 0;
}

/* "97 % of 8 GiB, 12 % of the metadata" */
static void describe(const struct pool_usage *u, struct buf *ret)
{
	char size[32];

	size_format(u->size, size);
	buf_addf(ret, "%u %% of its %s are used", percent_of(u->used, u->size), size);
	if (u->meta_size)
		buf_addf(ret, ", %u %% of its metadata",
			 percent_of(u->meta_used, u->meta_size));
}

static int usage_of(struct qvm_ctx *ctx, const struct world *w, const char *name,
		    struct pool_usage *ret, struct qvm_err *err)
{
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	int r = pool_open(ctx, w, name, &pool, err);

	return r < 0 ? r : pool.ops->usage(pool.pool, ret, err);
}

static enum pool_level level_of(const struct pool_usage *u, uint64_t need)
{
	return pool_level(u->size, u->used, u->meta_size, u->meta_used, need);
}

/* Removed first is what was removed first, if it holds something in that pool. */
static const struct vm *oldest_in_trash(const struct world *w, const char *pool)
{
	const struct world_trash *oldest = NULL;

	for (size_t i = 0; i < w->trash_count; i++)
		for (int k = 0; k < VOL_ROLE_COUNT; k++) {
			const struct vm *vm = &w->trash[i].vm;

			if (vm->has_volume[k] && vm->volumes[k].persistent &&
			    strcmp(vm->volumes[k].pool, pool) == 0 &&
			    (!oldest || w->trash[i].removed < oldest->removed))
				oldest = &w->trash[i];
		}
	return oldest ? &oldest->vm : NULL;
}

/* 1: something was removed, 0: nothing is left there. */
static int empty_one(struct qvm_ctx *ctx, const char *pool, struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	const struct vm *vm;
	int r = store_open(ctx, STORE_WRITE, &s, err);

	if (r == 0)
		r = store_load(s, &w, err);
	if (r < 0)
		return r;
	vm = oldest_in_trash(w, pool);
	if (!vm)
		return 0;
	ctx_log(ctx, QVM_LEVEL_WARN,
		"pool '%s' is full: '%s' is removed from the trash to make room", pool,
		vm->name);
	r = trash_purge(ctx, s, vm, err);
	return r < 0 ? r : 1;
}

/* More than what all of the trash takes there does not come back. */
static bool trash_may_help(struct qvm_ctx *ctx, const struct world *w, const char *pool,
			   const struct pool_usage *u, uint64_t need)
{
	struct pool_usage without = *u;
	uint64_t trash = 0;

	for (size_t i = 0; i < w->trash_count; i++)
		if (oldest_in_trash(
			    &(struct world){.trash = &w->trash[i], .trash_count = 1},
			    pool))
			trash += op_trash_usage(ctx, w, &w->trash[i]);
	without.used -= trash < without.used ? trash : without.used;
	/* How much metadata come back is not known beforehand. */
	without.meta_used = 0;
	return level_of(&without, need) != POOL_FULL;
}

int pool_guard(struct qvm_ctx *ctx, const struct world *w, const char *pool,
	       uint64_t need, bool dry_run, struct qvm_err *err)
{
	cleanup_buf struct buf figures = BUF_INIT;
	struct pool_usage u;
	int r = reserve_check(ctx, err);

	if (r < 0)
		return r;
	do {
		r = usage_of(ctx, w, pool, &u, err);
		if (r < 0 || level_of(&u, need) != POOL_FULL)
			return r;
		r = trash_may_help(ctx, w, pool, &u, need);
		if (r && dry_run)
			return 0; /* it would be emptied */
		if (r)
			r = empty_one(ctx, pool, err);
	} while (r > 0);
	if (r < 0)
		return r;
	describe(&u, &figures);
	if (need) {
		char more[32];

		size_format(need, more);
		buf_addf(&figures, ", and %s are wanted", more);
	}
	return err_set(err, QVM_E_NO_SPACE,
		       "pool '%s' is full: %s; removing domains or revisions makes room, "
		       "or qvm-pool extend",
		       pool, buf_str(&figures));
}

int pool_guard_vm(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		  bool dry_run, struct qvm_err *err)
{
	cleanup_strv struct strv seen = STRV_INIT;
	int r = reserve_check(ctx, err);

	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &vm->volumes[i];

		if (!vm->has_volume[i] || !vol->persistent || strv_has(&seen, vol->pool))
			continue;
		strv_add(&seen, vol->pool);
		r = pool_guard(ctx, w, vol->pool, 0, dry_run, err);
	}
	return r;
}

void op_pools_warn(struct qvm_ctx *ctx, const struct world *w)
{
	for (size_t i = 0; i < w->pool_count; i++) {
		const char *name = w->pools[i].name;
		cleanup_buf struct buf figures = BUF_INIT;
		struct qvm_err unknown;
		struct pool_usage u;

		/* Not knowing is a matter for whoever needs the pool. */
		if (usage_of(ctx, w, name, &u, &unknown) < 0)
			continue;
		describe(&u, &figures);
		if (level_of(&u, 0) == POOL_FULL)
			ctx_log(ctx, QVM_LEVEL_WARN,
				"pool '%s' is full: %s; nothing new is made in it", name,
				buf_str(&figures));
		else if (level_of(&u, 0) == POOL_WARN)
			ctx_log(ctx, QVM_LEVEL_WARN, "pool '%s' fills up: %s", name,
				buf_str(&figures));
	}
}

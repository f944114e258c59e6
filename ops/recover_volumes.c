/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/alloc.h"
#include "ops/recover.h"

/* "default/v3-r2": the same id in another pool is another volume. */
static void add_items(const struct intent *in, struct strv *ret)
{
	for (size_t i = 0; i < in->item_count; i++)
		strv_addf(ret, "%s/%s", in->items[i].pool ? in->items[i].pool : "",
			  in->items[i].name);
}

static void add_volume_ids(const struct vm *vm, struct strv *ret)
{
	cleanup(intent_dispose) struct intent in = {0};

	vm_volume_items(vm, &in);
	add_items(&in, ret);
}

static bool is_known(const struct strv *known, const char *pool, const char *id)
{
	cleanup_free char *full = xasprintf("%s/%s", pool, id);

	return strv_has(known, full);
}

/*
 * All ids that the registry or an intent names by now. Asked for after a store was listed:
 * whatever was made in between has had its intent before. Both in one transaction: a volume
 * goes from the one to the other when its maker commits, and what neither would seem to
 * name is removed.
 */
static int known_ids(struct recovering *rc, struct strv *ret, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	struct intent *all = NULL;
	size_t n = 0;
	int r = store_begin(rc->s, err);

	if (r < 0)
		return r;
	r = store_load(rc->s, &w, err);
	if (r == 0)
		r = intent_list(rc->s, &all, &n, err);
	store_rollback(rc->s);
	for (size_t i = 0; r == 0 && i < w->vm_count; i++)
		add_volume_ids(&w->vms[i], ret);
	for (size_t i = 0; r == 0 && i < w->trash_count; i++)
		add_volume_ids(&w->trash[i].vm, ret);
	for (size_t i = 0; r == 0 && i < n; i++)
		add_items(&all[i], ret);
	intents_free(all, n);
	return r;
}

/*
 * Volumes of the pool that belong to nobody. Those that went between list and registry did
 * so by somebody's hand, so a second list tells.
 */
static int list_orphans(struct recovering *rc, const struct pool_handle *pool,
			const char *name, struct strv *ret, struct qvm_err *err)
{
	cleanup_strv struct strv ids = STRV_INIT, known = STRV_INIT, later = STRV_INIT;
	cleanup_strv struct strv unknown = STRV_INIT;
	int r = pool->ops->list(pool->pool, &ids, err);

	if (r == 0)
		r = known_ids(rc, &known, err);
	for (size_t i = 0; r == 0 && i < ids.n; i++)
		if (!is_known(&known, name, ids.v[i]))
			strv_add(&unknown, ids.v[i]);
	if (r == 0 && unknown.n)
		r = pool->ops->list(pool->pool, &later, err);
	for (size_t i = 0; r == 0 && i < unknown.n; i++)
		if (strv_has(&later, unknown.v[i]))
			strv_add(ret, unknown.v[i]);
	return r;
}

static int recover_pool(struct recovering *rc, const struct world *w, const char *name,
			struct qvm_err *err)
{
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	cleanup_strv struct strv ids = STRV_INIT;
	int r = pool_open(rc->ctx, w, name, &pool, err);

	if (r == 0)
		r = list_orphans(rc, &pool, name, &ids, err);
	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		struct pool_step step = {.kind = POOL_REMOVE};

		if (strlen(ids.v[i]) >= sizeof(step.to))
			continue;
		memcpy(step.to, ids.v[i], strlen(ids.v[i]));
		if (!rc->dry_run)
			r = pool.ops->apply(pool.pool, &step, 1, err);
		if (r == 0)
			recover_note(rc, "volume", ids.v[i], "removed");
	}
	return r;
}

/* One that is not there today keeps nobody from clearing up in the others. */
int recover_pools(struct recovering *rc, const struct world *w, struct qvm_err *err)
{
	for (size_t i = 0; i < w->pool_count; i++) {
		struct qvm_err why;
		int r = recover_pool(rc, w, w->pools[i].name, &why);

		if (r == -QVM_E_DATABASE) {
			*err = why;
			return r;
		}
		if (r < 0)
			ctx_log(rc->ctx, QVM_LEVEL_WARN, "not looked at: %s", why.text);
	}
	return 0;
}

int recover_scratch(struct recovering *rc, const struct world *w, struct qvm_err *err)
{
	cleanup_strv struct strv names = STRV_INIT, known = STRV_INIT;
	int r;

	if (!w->scratch)
		return 0;
	r = scratch_get(rc->ctx, w->scratch, err);
	if (r == 0)
		r = rc->ctx->scratch->list(rc->ctx->scratch_handle, &names, err);
	if (r == 0)
		r = known_ids(rc, &known, err);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		const char *name = names.v[i];

		if (is_known(&known, "", name))
			continue;
		if (!rc->dry_run)
			r = rc->ctx->scratch->remove(rc->ctx->scratch_handle, &name, 1,
						     err);
		if (r == 0)
			recover_note(rc, "scratch", name, "removed");
	}
	return r;
}

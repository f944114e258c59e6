/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/alloc.h"
#include "ops/internal.h"

int pool_open(struct qvm_ctx *ctx, const struct world *w, const char *name,
	      struct pool_handle *ret, struct qvm_err *err)
{
	const struct world_pool *pool = world_pool(w, name);
	struct pool_handle handle = POOL_HANDLE_INIT;
	struct pool_config config;
	int r;

	if (!pool)
		return err_set(err, QVM_E_NOT_FOUND, "no such pool: '%s'", name);
	config = (struct pool_config){pool->name, pool->driver, pool->location};
	r = ctx->load_pool(ctx, pool->driver, &handle.ops, err);
	if (r == 0)
		r = handle.ops->open(ctx, &config, &handle.pool, err);
	if (r < 0)
		return err_wrap(err, "cannot open pool '%s'", name);
	*ret = handle;
	return 0;
}

int pool_prepare(struct qvm_ctx *ctx, const struct world_pool *pool, bool dry_run,
		 struct qvm_err *err)
{
	const struct world draft = {.pools = (struct world_pool *)pool, .pool_count = 1};
	const struct pool_config config = {pool->name, pool->driver, pool->location};
	cleanup_pool struct pool_handle handle = POOL_HANDLE_INIT;
	const struct pool_ops *ops;
	struct pool_usage usage;
	int r = ctx->load_pool(ctx, pool->driver, &ops, err);

	if (r == 0 && ops->make)
		r = ops->make(ctx, &config, dry_run, err);
	if (r < 0 || (ops->make && dry_run))
		return r;
	r = pool_open(ctx, &draft, pool->name, &handle, err);
	return r < 0 ? r : handle.ops->usage(handle.pool, &usage, err);
}

void pool_close(struct pool_handle *p)
{
	if (p->ops)
		p->ops->close(p->pool);
	*p = (struct pool_handle)POOL_HANDLE_INIT;
}

int pool_hide(struct qvm_ctx *ctx, const struct world *w, const char *name,
	      struct qvm_err *err)
{
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	int r = pool_open(ctx, w, name, &pool, err);

	return r < 0 || !pool.ops->hide ? r : pool.ops->hide(pool.pool, err);
}

const struct vm_volume *volume_source(const struct world *w, const struct vm *vm,
				      enum vol_role role, const struct vm **ret_owner)
{
	/* Templates do not nest deeper than DispVM, AppVM, TemplateVM. */
	for (int hops = 0; vm && hops < CLASS_COUNT; hops++) {
		const struct vm_volume *vol = &vm->volumes[role];

		if (!vm->has_volume[role])
			return NULL;
		if (vol->persistent) {
			*ret_owner = vm;
			return vol;
		}
		if (!vol->snapshot)
			return NULL;
		vm = prop_vm(w, vm, PROP_TEMPLATE);
	}
	return NULL;
}

void batch_add(struct batch *b, const char *pool, const struct pool_step *step)
{
	struct batch_step *added = &array_grow(b->steps, b->count);

	b->count++;
	added->pool = pool;
	added->step = *step;
}

void batch_intent(const struct batch *b, struct intent *in)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->steps[i].step.kind != POOL_RESIZE)
			intent_item_add(in, "volume", b->steps[i].pool,
					b->steps[i].step.to);
}

/* The run of steps from AT that go to one pool. */
static size_t run_length(const struct batch *b, size_t at)
{
	size_t n = 1;

	while (at + n < b->count && strcmp(b->steps[at + n].pool, b->steps[at].pool) == 0)
		n++;
	return n;
}

int batch_apply(struct qvm_ctx *ctx, const struct world *w, const struct batch *b,
		struct qvm_err *err)
{
	for (size_t at = 0, n; at < b->count; at += n) {
		cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
		cleanup_free struct pool_step *steps = NULL;
		int r = pool_open(ctx, w, b->steps[at].pool, &pool, err);

		if (r < 0)
			return r;
		n = run_length(b, at);
		steps = xcalloc(n, sizeof(*steps));
		for (size_t i = 0; i < n; i++)
			steps[i] = b->steps[at + i].step;
		r = pool.ops->apply(pool.pool, steps, n, err);
		if (r < 0)
			return r;
	}
	return 0;
}

void batch_dispose(struct batch *b)
{
	free(b->steps);
	*b = (struct batch){0};
}

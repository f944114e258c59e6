/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "qvm-tools/ls.h"

static int pool_open(struct ls *ls, struct ls_pool *pool, struct qvm_err *err)
{
	const struct world_pool *known = world_pool(ls->world, pool->name);
	struct pool_config config;
	int r;

	if (!known)
		return err_set(err, QVM_E_NOT_FOUND, "it is not registered");
	config = (struct pool_config){
		.name = known->name,
		.driver = known->driver,
		.location = known->location,
	};
	r = ls->ctx->load_pool(ls->ctx, known->driver, &pool->ops, err);
	if (r < 0)
		return r;
	return pool->ops->open(ls->ctx, &config, &pool->handle, err);
}

static const struct ls_pool *pool_of(struct ls *ls, const char *name)
{
	struct qvm_err err = QVM_ERR_INIT;
	struct ls_pool *pool;

	for (size_t i = 0; i < ls->disks.n; i++)
		if (strcmp(ls->disks.pools[i].name, name) == 0)
			return &ls->disks.pools[i];
	pool = &array_grow(ls->disks.pools, ls->disks.n);
	pool->name = name;
	ls->disks.n++;
	if (pool_open(ls, pool, &err) < 0) {
		pool->handle = NULL;
		ctx_log(ls->ctx, QVM_LEVEL_WARN, "cannot look into the pool '%s': %s",
			name, err.text);
	}
	return pool;
}

bool ls_volume_stat(struct ls *ls, const struct vm *vm, enum vol_role role,
		    struct vol_stat *ret)
{
	const struct vm_volume *volume = &vm->volumes[role];
	struct qvm_err err = QVM_ERR_INIT;
	const struct ls_pool *pool;
	char id[POOL_ID_MAX];

	if (!vm->has_volume[role] || !volume->persistent || !volume->pool)
		return false;
	pool = pool_of(ls, volume->pool);
	if (!pool->handle)
		return false;
	vol_live_id(volume, id);
	return pool->ops->stat(pool->handle, id, ret, &err) == 0;
}

void ls_disks_dispose(struct ls_disks *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->pools[i].handle)
			d->pools[i].ops->close(d->pools[i].handle);
	free(d->pools);
	*d = (struct ls_disks){0};
}

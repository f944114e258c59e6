/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pool is forgotten, once nothing uses it. */
#include <string.h>

#include "lib/alloc.h"
#include "ops/volume.h"

#define NAMED_AT_MOST 4

struct users {
	struct buf text;
	size_t n;
};

static void users_dispose(struct users *u)
{
	buf_dispose(&u->text);
}

static void add_user(struct users *u, const char *fmt, const char *name, const char *role)
{
	if (u->n++ < NAMED_AT_MOST) {
		buf_add(&u->text, u->n > 1 ? ", " : "");
		buf_addf(&u->text, "'%s%s%s'%s", name, *role ? ":" : "", role, fmt);
	}
}

static void add_vm_users(struct users *u, const struct vm *vm, const char *pool,
			 const char *where)
{
	for (int i = 0; i < VOL_ROLE_COUNT; i++)
		if (vm->has_volume[i] && strcmp(vm->volumes[i].pool, pool) == 0)
			add_user(u, where, vm->name, vol_role_names[i]);
}

static void add_default_users(struct users *u, const struct world *w, const char *pool)
{
	for (int id = PROP_G_DEFAULT_POOL; id <= PROP_G_DEFAULT_POOL_VOLATILE; id++) {
		struct prop_value value;

		prop_get(w, NULL, (enum prop_id)id, &value);
		if (w->globals[id].set && value.text && strcmp(value.text, pool) == 0)
			add_user(u, " (global property)", prop_defs[id].name, "");
	}
}

/* What lives for one run is beside its volumes, and will be after the next boot. */
static void add_store(struct users *u, const struct world *w, const char *pool)
{
	const char *location = world_pool(w, pool)->location;
	size_t len = strlen(location);

	if (w->scratch && strncmp(w->scratch, location, len) == 0 &&
	    (!w->scratch[len] || w->scratch[len] == '/') && u->n++ < NAMED_AT_MOST)
		buf_addf(&u->text, "%sthe scratch store", u->n > 1 ? ", " : "");
}

static int check_unused(struct store *s, const struct world *w, const char *pool,
			struct qvm_err *err)
{
	cleanup(users_dispose) struct users u = {.text = BUF_INIT};
	struct intent *all = NULL;
	size_t n = 0;
	int r = intent_list(s, &all, &n, err);

	for (size_t i = 0; i < w->vm_count; i++)
		add_vm_users(&u, &w->vms[i], pool, "");
	for (size_t i = 0; i < w->trash_count; i++)
		add_vm_users(&u, &w->trash[i].vm, pool, " in the trash");
	add_default_users(&u, w, pool);
	add_store(&u, w, pool);
	for (size_t i = 0; r == 0 && i < n; i++)
		for (size_t k = 0; k < all[i].item_count; k++)
			if (all[i].items[k].pool &&
			    strcmp(all[i].items[k].pool, pool) == 0 && !u.n)
				add_user(&u, " (under way)", intent_op_names[all[i].op],
					 "");
	intents_free(all, n);
	if (r < 0 || !u.n)
		return r;
	if (u.n > NAMED_AT_MOST)
		buf_addf(&u.text, " and %zu more", u.n - NAMED_AT_MOST);
	return err_set(err, QVM_E_IN_USE, "cannot remove pool '%s': it is used by %s",
		       pool, buf_str(&u.text));
}

/* What it was made of; one that is broken is forgotten as well. */
static void take_down(struct qvm_ctx *ctx, const struct world *w, const char *name)
{
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	struct qvm_err err;
	int r = pool_open(ctx, w, name, &pool, &err);

	if (r == 0 && pool.ops->stop)
		r = pool.ops->stop(pool.pool, &err);
	if (r < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", err.text);
}

int op_pool_remove(struct qvm_ctx *ctx, const struct op_pool *req, struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	const struct world_pool *known;
	int r = pool_known(ctx, req, &s, &w, &known, err);

	if (r == 0)
		r = store_begin(s, err);
	if (r < 0)
		return r;
	world_free(steal(w));
	r = store_load(s, &w, err);
	if (r == 0)
		r = check_unused(s, w, req->name, err);
	if (r == 0 && !req->plan)
		r = store_pool_remove(s, req->name, err);
	if (r == 0 && req->plan) {
		plan_add(req->plan, "dom0", "forget-pool", "%s", req->name);
		store_rollback(s);
		return 0;
	}
	r = tx_end(s, r, err);
	if (r == 0)
		take_down(ctx, w, req->name);
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pools as the registry has them: added, changed, enlarged, looked at. */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/volume.h"

const struct pool_driver pool_drivers[] = {
	{"lvm", "location,volume_group,thin_pool,revisions_to_keep",
	 "thin volumes of LVM; location is VG/POOL"},
	{"thin", "location,revisions_to_keep",
	 "volumes of a block device that is the pool's own; no LVM"},
	{"reflink", "location,dir_path,revisions_to_keep",
	 "files in a folder on btrfs or XFS"},
	{0},
};

/* ---- options ---- */

struct options {
	char *location;
	const char *group, *thin_pool;
	int keep; /* -2: not given */
};

static void options_dispose(struct options *o)
{
	free(o->location);
}

static const struct pool_driver *find_driver(const char *name)
{
	for (const struct pool_driver *d = pool_drivers; d->name; d++)
		if (strcmp(d->name, name) == 0)
			return d;
	return NULL;
}

static int no_option(const struct pool_driver *driver, const char *text,
		     struct qvm_err *err)
{
	return err_set(err, QVM_E_VALUE, "driver '%s' has no option '%.64s': it has %s",
		       driver->name, text, driver->options);
}

static int take_keep(struct options *o, const char *value, struct qvm_err *err)
{
	long long keep;

	if (num_parse(value, -1, 1000, &keep) < 0)
		return err_set(err, QVM_E_VALUE,
			       "revisions_to_keep is a number from -1 to 1000, not '%s'",
			       value);
	o->keep = (int)keep;
	return 0;
}

static int take_option(struct options *o, const struct pool_driver *driver,
		       const char *text, struct qvm_err *err)
{
	const char *equals = strchr(text, '=');
	cleanup_strv struct strv known = STRV_INIT;
	cleanup_free char *key = NULL;
	const char *value;

	if (!equals)
		return err_set(err, QVM_E_USAGE, "option '%.64s' is not NAME=VALUE",
			       text);
	key = xstrndup(text, (size_t)(equals - text));
	value = equals + 1;
	strv_split(&known, driver->options, ",");
	if (!strv_has(&known, key))
		return no_option(driver, key, err);
	if (strcmp(key, "revisions_to_keep") == 0)
		return take_keep(o, value, err);
	if (strcmp(key, "volume_group") == 0)
		o->group = value;
	else if (strcmp(key, "thin_pool") == 0)
		o->thin_pool = value;
	else
		o->location = xstrdup(value);
	return 0;
}

static int take_options(struct options *o, const struct pool_driver *driver,
			const struct op_pool *req, struct qvm_err *err)
{
	int r = 0;

	o->keep = -2;
	for (size_t i = 0; r == 0 && i < req->option_count; i++) {
		char *before = o->location;

		r = take_option(o, driver, req->options[i], err);
		if (before && before != o->location)
			free(before);
	}
	if (r == 0 && !o->location && o->group && o->thin_pool)
		o->location = xasprintf("%s/%s", o->group, o->thin_pool);
	return r;
}

/* ---- add, set ---- */

static int check_new(struct qvm_ctx *ctx, const struct world *w,
		     const struct world_pool *pool, bool dry_run, struct qvm_err *err)
{
	int r = pool_name_check(pool->name, err);

	if (r < 0)
		return r;
	if (world_pool(w, pool->name))
		return err_set(err, QVM_E_EXISTS, "there is a pool '%s' already",
			       pool->name);
	for (size_t i = 0; i < w->pool_count; i++)
		if (strcmp(w->pools[i].driver, pool->driver) == 0 &&
		    strcmp(w->pools[i].location, pool->location) == 0)
			return err_set(err, QVM_E_EXISTS, "'%s' is pool '%s' already",
				       pool->location, w->pools[i].name);
	return pool_prepare(ctx, pool, dry_run, err);
}

static int no_driver(const char *name, struct qvm_err *err)
{
	cleanup_buf struct buf known = BUF_INIT;

	for (const struct pool_driver *d = pool_drivers; d->name; d++)
		buf_addf(&known, "%s%s", known.len ? ", " : "", d->name);
	return err_set(err, QVM_E_NOT_FOUND,
		       "there is no storage driver '%.32s': known are %s", name,
		       buf_str(&known));
}

int op_pool_add(struct qvm_ctx *ctx, const struct op_pool *req, struct qvm_err *err)
{
	const struct pool_driver *driver = find_driver(req->driver);
	cleanup(options_dispose) struct options o = {0};
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	struct world_pool pool;
	int r;

	if (!driver)
		return no_driver(req->driver, err);
	r = take_options(&o, driver, req, err);
	if (r == 0 && !o.location)
		r = err_set(err, QVM_E_USAGE,
			    "cannot add pool '%s': its location is missing (%s)",
			    req->name, driver->options);
	if (r == 0)
		r = store_open(ctx, req->plan ? STORE_READ : STORE_WRITE, &s, err);
	if (r == 0)
		r = store_load(s, &w, err);
	if (r < 0)
		return r;
	pool = (struct world_pool){.name = (char *)req->name,
				   .driver = (char *)driver->name,
				   .location = o.location,
				   .revisions_to_keep = o.keep < -1 ? 1 : o.keep};
	r = check_new(ctx, w, &pool, req->plan, err);
	if (r < 0)
		return err_wrap(err, "cannot add pool '%s'", req->name);
	if (req->plan) {
		plan_add(req->plan, "dom0", "register-pool", "%s: %s", pool.name,
			 pool.location);
		return 0;
	}
	r = store_pool_put(s, &pool, err);
	return r < 0 ? r
		     : pool_hide(ctx, &(struct world){.pools = &pool, .pool_count = 1},
				 pool.name, err);
}

int pool_known(struct qvm_ctx *ctx, const struct op_pool *req, struct store **s,
	       struct world **w, const struct world_pool **ret, struct qvm_err *err)
{
	int r = store_open(ctx, req->plan ? STORE_READ : STORE_WRITE, s, err);

	if (r == 0)
		r = store_load(*s, w, err);
	if (r < 0)
		return r;
	*ret = world_pool(*w, req->name);
	return *ret ? 0 : err_set(err, QVM_E_NOT_FOUND, "no such pool: '%s'", req->name);
}

int op_pool_set(struct qvm_ctx *ctx, const struct op_pool *req, struct qvm_err *err)
{
	static const struct pool_driver settable = {"", "revisions_to_keep", ""};
	cleanup(options_dispose) struct options o = {0};
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	const struct world_pool *known;
	struct world_pool pool;
	int r = pool_known(ctx, req, &s, &w, &known, err);

	if (r == 0)
		r = take_options(&o, &settable, req, err);
	if (r < 0 && err->kind == QVM_E_VALUE && strstr(err->text, "has no option"))
		return err_set(err, QVM_E_VALUE,
			       "of pool '%s' only revisions_to_keep can be set",
			       req->name);
	if (r < 0 || o.keep < -1)
		return r;
	if (req->plan) {
		plan_add(req->plan, "dom0", "configure-pool", "%s: revisions_to_keep=%d",
			 req->name, o.keep);
		return 0;
	}
	pool = *known;
	pool.revisions_to_keep = o.keep;
	return store_pool_put(s, &pool, err);
}

/* ---- extend, info ---- */

int op_pool_extend(struct qvm_ctx *ctx, const struct op_pool *req, uint64_t bytes,
		   struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	const struct world_pool *known;
	char size[32];
	int r;

	if (!req->plan)
		reserve_use(ctx);
	r = pool_known(ctx, req, &s, &w, &known, err);
	if (r == 0)
		r = pool_open(ctx, w, req->name, &pool, err);
	if (r < 0)
		return r;
	if (!pool.ops->extend)
		return err_set(err, QVM_E_UNSUPPORTED,
			       "pool '%s' is not enlarged here: driver '%s' takes what "
			       "its file system has",
			       req->name, known->driver);
	if (req->plan) {
		size_format(bytes, size);
		plan_add(req->plan, "dom0", "extend-pool", "%s by %s", req->name, size);
		return 0;
	}
	r = pool.ops->extend(pool.pool, bytes, err);
	return r < 0 ? err_wrap(err, "cannot extend pool '%s'", req->name) : 0;
}

static size_t volumes_in(const struct vm *vm, const char *pool)
{
	size_t n = 0;

	for (int i = 0; i < VOL_ROLE_COUNT; i++)
		n += vm->has_volume[i] && vm->volumes[i].persistent &&
		     strcmp(vm->volumes[i].pool, pool) == 0;
	return n;
}

int op_pool_info(struct qvm_ctx *ctx, const struct world *w, const char *name,
		 struct pool_info *ret, struct qvm_err *err)
{
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	struct pool_usage u;
	int r = pool_open(ctx, w, name, &pool, err);

	if (r == 0)
		r = pool.ops->usage(pool.pool, &u, err);
	if (r < 0)
		return r;
	*ret = (struct pool_info){
		.size = u.size,
		.used = u.used,
		.meta_size = u.meta_size,
		.meta_used = u.meta_used,
		.level = pool_level(u.size, u.used, u.meta_size, u.meta_used, 0),
	};
	for (size_t i = 0; i < w->vm_count; i++)
		ret->volumes += volumes_in(&w->vms[i], name);
	for (size_t i = 0; i < w->trash_count; i++) {
		ret->volumes += volumes_in(&w->trash[i].vm, name);
		ret->trash += op_trash_usage(ctx, w, &w->trash[i]);
	}
	return 0;
}

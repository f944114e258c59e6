/* SPDX-License-Identifier: GPL-2.0-or-later */
/* First set-up: what has to be there before a domain can be. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/internal.h"
#include "qrexec/policy_load.h"
#include "templates/template.h"

#define DEFAULT_POOL "default"

/* ---- init ---- */

static int need_pool(struct qvm_err *err)
{
	return err_set(err, QVM_E_USAGE,
		       "no pool is registered yet: name an LVM thin pool with "
		       "--pool VG/POOL, or a device or folder for it");
}

/* Refused before a database is made. */
static int check_first(struct qvm_ctx *ctx, const struct op_init *req,
		       struct qvm_err *err)
{
	cleanup_free char *db = ctx_state_path(ctx, "qvm.db");

	return !req->pool && access(db, F_OK) < 0 ? need_pool(err) : 0;
}

/* A path is a folder, or a device that is the pool's own; all else are names of LVM's. */
static const char *driver_for(const char *location)
{
	struct stat st;

	if (location[0] != '/')
		return "lvm";
	return stat(location, &st) == 0 && S_ISDIR(st.st_mode) ? "reflink" : "thin";
}

static int no_scratch(struct qvm_err *err)
{
	return err_set(err, QVM_E_UNSUPPORTED,
		       "pool '%s' cannot make a scratch store: name one with --scratch",
		       DEFAULT_POOL);
}

/* Before a pool is made that would then be half of a machine. */
static int check_scratch(struct qvm_ctx *ctx, const struct world *w,
			 const struct op_init *req, const char *driver,
			 struct qvm_err *err)
{
	const struct pool_ops *ops;
	int r = ctx->load_pool(ctx, driver, &ops, err);

	if (r < 0 || w->scratch || req->scratch || ops->reserve)
		return r;
	return no_scratch(err);
}

/* A pool of that location is looked at before it is registered. */
static int register_pool(struct qvm_ctx *ctx, struct store *s, const struct world *w,
			 const struct op_init *req, struct plan *plan,
			 struct qvm_err *err)
{
	const struct world_pool *known = world_pool(w, DEFAULT_POOL);
	struct world_pool pool = {
		.name = (char *)DEFAULT_POOL,
		.location = (char *)req->pool,
		.revisions_to_keep = 1,
	};
	int r;

	if (known && (!req->pool || strcmp(known->location, req->pool) == 0))
		return 0;
	if (known)
		return err_set(err, QVM_E_EXISTS,
			       "pool '%s' is '%s' already: not changed to '%s'",
			       DEFAULT_POOL, known->location, req->pool);
	if (!req->pool)
		return need_pool(err);
	pool.driver = (char *)driver_for(req->pool);
	r = check_scratch(ctx, w, req, pool.driver, err);
	if (r == 0)
		r = pool_prepare(ctx, &pool, req->dry_run, err);
	if (r < 0)
		return r;
	if (req->dry_run) {
		plan_add(plan, "dom0", "register-pool", "%s: %s", DEFAULT_POOL,
			 req->pool);
		return 0;
	}
	return store_pool_put(s, &pool, err);
}

static int register_scratch(struct qvm_ctx *ctx, struct store *s, const struct world *w,
			    const struct op_init *req, struct plan *plan,
			    struct qvm_err *err)
{
	cleanup_pool struct pool_handle handle = POOL_HANDLE_INIT;
	cleanup_free char *made = NULL;
	int r;

	if (w->scratch && (!req->scratch || strcmp(w->scratch, req->scratch) == 0))
		return 0;
	if (w->scratch)
		return err_set(err, QVM_E_EXISTS,
			       "the scratch store is '%s' already: not changed to '%s'",
			       w->scratch, req->scratch);
	if (req->dry_run) {
		plan_add(plan, "dom0", "register-scratch", "%s",
			 req->scratch ? req->scratch : "new, beside the pool's volumes");
		return 0;
	}
	if (req->scratch)
		return store_scratch_set(s, req->scratch, err);
	r = pool_open(ctx, w, DEFAULT_POOL, &handle, err);
	if (r < 0)
		return r;
	if (!handle.ops->reserve)
		return no_scratch(err);
	r = handle.ops->reserve(handle.pool, req->scratch_size, &made, err);
	return r < 0 ? r : store_scratch_set(s, made, err);
}

/* One that is there is left alone. */
static int plan_kernel(struct qvm_ctx *ctx, const struct op_init *req, const char *name,
		       struct plan *plan, struct qvm_err *err)
{
	cleanup_strv struct strv known = STRV_INIT;
	int r = kernel_list(ctx, &known, err);

	if (r == 0 && !strv_has(&known, name))
		plan_add(plan, "dom0", "register-kernel", "%s: %s", name, req->kernel);
	return r;
}

static int register_kernel(struct qvm_ctx *ctx, struct store *s, const struct world *w,
			   const struct op_init *req, struct plan *plan,
			   struct qvm_err *err)
{
	struct prop_change change = {.id = PROP_G_DEFAULT_KERNEL};
	const char *name;
	int r;

	if (!req->kernel)
		return 0;
	name = req->kernel_name ? req->kernel_name : basename(req->kernel);
	if (req->dry_run)
		return plan_kernel(ctx, req, name, plan, err);
	r = kernel_add(ctx, req->kernel, name, err);
	if (r < 0 || w->globals[PROP_G_DEFAULT_KERNEL].set)
		return r;
	change.text = (char *)name;
	return store_prop_set(s, -1, &change, err);
}

/* After all else: a machine that could not be set up is not given a policy. */
static int install_policy(const struct qvm_ctx *ctx, const struct op_init *req,
			  struct plan *plan, struct qvm_err *err)
{
	cleanup_free char *root = policy_root(ctx);

	if (!req->dry_run)
		return policy_default_install(root, err);
	if (policy_default_missing(root))
		plan_add(plan, "dom0", "install-policy", "90-default.policy");
	return 0;
}

/* A dry run on a machine that has no registry yet looks at an empty one. */
static int open_registry(struct qvm_ctx *ctx, bool dry_run, struct store **s,
			 struct world **w, struct qvm_err *err)
{
	int r = store_open(ctx, dry_run ? STORE_READ : STORE_CREATE, s, err);

	if (r < 0 && dry_run && err->kind == QVM_E_DATABASE) {
		*w = xcalloc(1, sizeof(**w));
		return 0;
	}
	return r < 0 ? r : store_load(*s, w, err);
}

int op_init(struct qvm_ctx *ctx, const struct op_init *req, struct plan *ret_plan,
	    struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	int r = check_first(ctx, req, err);

	if (r == 0)
		r = open_registry(ctx, req->dry_run, &s, &w, err);
	if (r == 0)
		r = register_pool(ctx, s, w, req, ret_plan, err);
	if (r == 0 && s) {
		world_free(steal(w));
		r = store_load(s, &w, err);
	}
	if (r == 0)
		r = register_scratch(ctx, s, w, req, ret_plan, err);
	/* At each set-up: an administrator may have lost it since. */
	if (r == 0 && !req->dry_run)
		r = pool_hide(ctx, w, DEFAULT_POOL, err);
	if (r == 0)
		r = register_kernel(ctx, s, w, req, ret_plan, err);
	if (r == 0)
		r = install_policy(ctx, req, ret_plan, err);
	if (r == 0 && !req->dry_run)
		reserve_keep(ctx);
	return r;
}

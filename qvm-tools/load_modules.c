/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of the program qvm: each backend is a module that is loaded when it is first needed. */
#include <dlfcn.h>
#include <string.h>

#include "core/hv.h"
#include "core/pool.h"
#include "lib/alloc.h"
#include "qvm-tools/setup.h"

static struct setup *setup_of(struct qvm_ctx *ctx)
{
	return (struct setup *)ctx;
}

/*
 * A module exports one pointer to its constant table. It stays loaded: the handles that
 * its functions make live as long as the context.
 */
static int module_load(struct setup *s, const char *what, const char *kind, int missing,
		       const void **ret, struct qvm_err *err)
{
	cleanup_free char *path = xasprintf("%s/%s-%s.so", s->ctx.libexec_dir, what,
					    s->fake ? "fake" : kind);
	const void *const *table;
	void *module;

	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!module)
		return err_set(err, missing, "cannot load the %s module: %s", what,
			       dlerror());
	table = dlsym(module, "qvm_module");
	if (!table || !*table)
		return err_set(err, QVM_E_FAILED, "'%s' is not a module of qvm", path);
	*ret = *table;
	return 0;
}

static int load_view(struct qvm_ctx *ctx, struct qvm_err *err)
{
	const void *table;
	int r;

	r = module_load(setup_of(ctx), "view", "xen", QVM_E_NO_XEN, &table, err);
	if (r < 0)
		return r;
	ctx->view = table;
	return 0;
}

static int load_hv(struct qvm_ctx *ctx, struct qvm_err *err)
{
	const void *table;
	int r;

	r = module_load(setup_of(ctx), "hv", "xen", QVM_E_NO_XEN, &table, err);
	if (r < 0)
		return r;
	ctx->hv = table;
	return 0;
}

static int load_scratch(struct qvm_ctx *ctx, struct qvm_err *err)
{
	const void *table;
	int r;

	r = module_load(setup_of(ctx), "scratch", "thin", QVM_E_UNSUPPORTED, &table, err);
	if (r < 0)
		return r;
	ctx->scratch = table;
	return 0;
}

static int load_pool(struct qvm_ctx *ctx, const char *driver, const struct pool_ops **ret,
		     struct qvm_err *err)
{
	const void *table;
	int r;

	/* it comes from the database and becomes part of a path */
	if (!*driver || driver[strspn(driver, "abcdefghijklmnopqrstuvwxyz0123456789")])
		return err_set(err, QVM_E_NOT_FOUND, "'%s' is no storage driver", driver);
	r = module_load(setup_of(ctx), "pool", driver, QVM_E_UNSUPPORTED, &table, err);
	if (r < 0)
		return r;
	*ret = table;
	return 0;
}

int loaders_set(struct setup *s)
{
	s->ctx.load_view = load_view;
	s->ctx.load_hv = load_hv;
	s->ctx.load_pool = load_pool;
	s->ctx.load_scratch = load_scratch;
	return program_path(&s->ctx.self);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/setup.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hv.h"
#include "core/pool.h"
#include "lib/alloc.h"

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

static const char *root_of(const char *root)
{
	if (!root)
		root = secure_getenv("QVM_ROOT");
	return root && *root ? root : NULL;
}

bool setup_has_root(const char *root)
{
	return root_of(root) != NULL;
}

static int program_path(char **ret, struct qvm_err *err)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len < 0)
		return err_errno(err, -errno, "cannot find out which program this is");
	path[len] = '\0';
	*ret = xstrdup(path);
	return 0;
}

/* <prefix>/bin/qvm has its helpers in <prefix>/libexec/qvm, wherever it was installed. */
static char *libexec_of(const char *self)
{
	cleanup_free char *prefix = xstrdup(self);

	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(prefix, '/');

		if (slash)
			*slash = '\0';
	}
	return xasprintf("%s/libexec/qvm", prefix);
}

static int roots_set(struct setup *s, const char *root, struct qvm_err *err)
{
	cleanup_free char *prefix = NULL;
	const char *modules = secure_getenv("QVM_MODULES");
	const char *backend = secure_getenv("QVM_BACKEND");

	root = root_of(root);
	prefix = root ? realpath(root, NULL) : xstrdup("");
	if (!prefix)
		return err_errno(err, -errno, "cannot use the root folder '%s'", root);
	/* the watcher is a program of its own and must find the same state */
	if (root)
		setenv("QVM_ROOT", prefix, 1);
	s->ctx.state_dir = xasprintf("%s/var/lib/qvm", prefix);
	s->ctx.run_dir = xasprintf("%s/run/qvm", prefix);
	s->ctx.log_dir = xasprintf("%s/var/log/qvm", prefix);
	s->ctx.libexec_dir =
		modules && *modules ? xstrdup(modules) : libexec_of(s->ctx.self);
	s->fake = backend && strcmp(backend, "fake") == 0;
	return 0;
}

int setup_open(struct setup *s, struct msg *msg, const char *root, int verbose,
	       struct qvm_err *err)
{
	int level = QVM_LEVEL_WARN + verbose;
	int r;

	s->ctx.load_view = load_view;
	s->ctx.load_hv = load_hv;
	s->ctx.load_pool = load_pool;
	s->ctx.load_scratch = load_scratch;
	s->ctx.log = msg_log;
	s->ctx.progress = msg_progress;
	s->ctx.log_arg = msg;
	if (level < QVM_LEVEL_ERROR)
		level = QVM_LEVEL_ERROR;
	s->ctx.level = level > QVM_LEVEL_DEBUG ? QVM_LEVEL_DEBUG : level;
	if (verbose < 0)
		msg->progress = false;
	r = program_path(&s->ctx.self, err);
	return r < 0 ? r : roots_set(s, root, err);
}

void setup_dispose(struct setup *s)
{
	ctx_dispose(&s->ctx);
}

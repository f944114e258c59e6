/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels as objects of the registry: which is the default, who uses which. */
#include <string.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "ops/internal.h"
#include "templates/template.h"

int op_kernels(struct qvm_ctx *ctx, struct strv *ret, struct qvm_err *err)
{
	return kernel_list(ctx, ret, err);
}

size_t op_kernel_users(const struct world *w, const char *kernel, struct strv *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < w->vm_count; i++) {
		struct prop_value value = {0};

		if (!prop_applies(PROP_KERNEL, &w->vms[i]))
			continue;
		prop_get(w, &w->vms[i], PROP_KERNEL, &value);
		if (!value.text || strcmp(value.text, kernel) != 0)
			continue;
		n++;
		if (ret)
			strv_add(ret, w->vms[i].name);
	}
	return n;
}

int op_kernel_default(struct qvm_ctx *ctx, const char *name, bool dry_run,
		      struct qvm_err *err)
{
	return op_prop_set(ctx, NULL, prop_defs[PROP_G_DEFAULT_KERNEL].name, name,
			   dry_run, err);
}

int op_kernel_add(struct qvm_ctx *ctx, const struct op_kernel_add *req, struct plan *plan,
		  struct qvm_err *err)
{
	const struct kernel_source from = {
		.folder = req->folder,
		.version = req->version,
		.package = req->package,
		.image = req->image,
	};
	struct prop_change change = {.id = PROP_G_DEFAULT_KERNEL,
				     .text = (char *)req->name};
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	int r = kernel_name_check(req->name, err);

	if (r == 0)
		r = store_open(ctx, STORE_WRITE, &s, err);
	if (r == 0)
		r = store_load(s, &w, err);
	if (r < 0)
		return r;
	if (req->dry_run) {
		plan_add(plan, "dom0", "register-kernel", "%s", req->name);
		return 0;
	}
	r = kernel_build(ctx, req->name, &from, err);
	/* A boot loader is nobody's default. */
	if (r < 0 || w->globals[PROP_G_DEFAULT_KERNEL].set || req->image)
		return r;
	return store_prop_set(s, -1, &change, err);
}

static int refuse_used(const struct world *w, const char *name, struct qvm_err *err)
{
	cleanup_strv struct strv users = STRV_INIT;
	cleanup_buf struct buf text = BUF_INIT;
	struct prop_value fallback = {0};

	op_kernel_users(w, name, &users);
	for (size_t i = 0; i < users.n && text.len < 300; i++)
		buf_addf(&text, "%s'%s'", text.len ? ", " : "", users.v[i]);
	prop_get(w, NULL, PROP_G_DEFAULT_KERNEL, &fallback);
	if (fallback.text && strcmp(fallback.text, name) == 0)
		buf_addf(&text, "%sthe default of all", text.len ? ", " : "");
	if (!text.len)
		return 0;
	return err_set(err, QVM_E_IN_USE,
		       "cannot remove the kernel '%s': it is that of %s", name,
		       text.data);
}

int op_kernel_remove(struct qvm_ctx *ctx, const char *name, bool dry_run,
		     struct plan *plan, struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	cleanup_strv struct strv known = STRV_INIT;
	int r = store_open(ctx, STORE_WRITE, &s, err);

	if (r == 0)
		r = store_load(s, &w, err);
	if (r == 0)
		r = kernel_list(ctx, &known, err);
	if (r == 0 && !strv_has(&known, name))
		r = err_set(err, QVM_E_NOT_FOUND, "there is no kernel '%.64s'", name);
	if (r == 0)
		r = refuse_used(w, name, err);
	if (r < 0)
		return r;
	if (dry_run) {
		plan_add(plan, "dom0", "remove-kernel", "%s", name);
		return 0;
	}
	return kernel_remove(ctx, name, err);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/ctx.h"

#include <assert.h>

#include "core/hv.h"
#include "core/pool.h"
#include "core/vm.h"
#include "lib/alloc.h"

void ctx_dispose(struct qvm_ctx *ctx)
{
	if (ctx->view_handle)
		ctx->view->close(ctx->view_handle);
	if (ctx->hv_handle)
		ctx->hv->close(ctx->hv_handle);
	if (ctx->scratch_handle)
		ctx->scratch->close(ctx->scratch_handle);
	free(ctx->state_dir);
	free(ctx->run_dir);
	free(ctx->log_dir);
	free(ctx->call_dir);
	free(ctx->vchan_dir);
	free(ctx->vchan_domid);
	free(ctx->sys_dir);
	free(ctx->dev_dir);
	free(ctx->libexec_dir);
	free(ctx->self);
	*ctx = (struct qvm_ctx){0};
}

void ctx_log(struct qvm_ctx *ctx, enum qvm_level level, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list ap;

	if (!ctx->log || level > ctx->level)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	ctx->log(ctx->log_arg, level, text);
}

void ctx_progress(struct qvm_ctx *ctx, const char *what, int percent)
{
	if (ctx->progress)
		ctx->progress(ctx->log_arg, what, percent);
}

char *ctx_state_path(const struct qvm_ctx *ctx, const char *name)
{
	return xasprintf("%s/%s", ctx->state_dir, name);
}

char *ctx_kernel_dir(const struct qvm_ctx *ctx, const char *kernel)
{
	return xasprintf("%s/kernels/%s", ctx->state_dir, kernel);
}

char *ctx_vm_run_dir(const struct qvm_ctx *ctx, int64_t vm_id)
{
	return xasprintf("%s/vm/%lld", ctx->run_dir, (long long)vm_id);
}

char *ctx_console_log(const struct qvm_ctx *ctx, int64_t vm_id, const char *vm_name)
{
	if (vm_id >= DISP_ID_FIRST)
		return xasprintf("%s/vm/%lld/console.log", ctx->run_dir,
				 (long long)vm_id);
	return xasprintf("%s/guest-%s.log", ctx->log_dir, vm_name);
}

int view_get(struct qvm_ctx *ctx, struct qvm_err *err)
{
	int r;

	if (ctx->view_handle)
		return 0;
	if (!ctx->view) {
		r = ctx->load_view(ctx, err);
		if (r < 0)
			return r;
	}
	return ctx->view->open(ctx, &ctx->view_handle, err);
}

int hv_get(struct qvm_ctx *ctx, struct qvm_err *err)
{
	int r;

	if (ctx->hv_handle)
		return 0;
	if (!ctx->hv) {
		r = ctx->load_hv(ctx, err);
		if (r < 0)
			return r;
	}
	return ctx->hv->open(ctx, &ctx->hv_handle, err);
}

int scratch_get(struct qvm_ctx *ctx, const char *location, struct qvm_err *err)
{
	int r;

	if (ctx->scratch_handle)
		return 0;
	if (!location)
		return err_set(err, QVM_E_NOT_FOUND,
			       "no scratch store is registered: run qvm-init");
	if (!ctx->scratch) {
		r = ctx->load_scratch(ctx, err);
		if (r < 0)
			return r;
	}
	return ctx->scratch->open(ctx, location, &ctx->scratch_handle, err);
}

void ctx_assert_idle(const struct qvm_ctx *ctx)
{
	for (size_t i = 0; i < array_len(ctx->locks_held); i++)
		assert(!ctx->locks_held[i]);
	assert(!ctx->stores_open);
}

void ctx_forget_backends(struct qvm_ctx *ctx)
{
	ctx->view_handle = NULL;
	ctx->hv_handle = NULL;
	ctx->scratch_handle = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/storage.h"

#include <string.h>

static int null_open(struct qvm_ctx *ctx, const struct pool_config *config, void **ret,
		     struct qvm_err *err)
{
	(void)config;
	(void)err;
	*ret = ctx;
	return 0;
}

static void null_close(void *pool)
{
	(void)pool;
}

static int null_apply(void *pool, const struct pool_step *steps, size_t n,
		      struct qvm_err *err)
{
	(void)pool;
	(void)steps;
	(void)n;
	(void)err;
	return 0;
}

static int null_device(void *pool, const char *id, struct block_dev *ret,
		       struct qvm_err *err)
{
	(void)pool;
	(void)id;
	(void)err;
	memset(ret, 0, sizeof(*ret));
	return 0;
}

static int null_stat(void *pool, const char *id, struct vol_stat *ret,
		     struct qvm_err *err)
{
	(void)pool;
	(void)id;
	(void)err;
	memset(ret, 0, sizeof(*ret));
	return 0;
}

static int null_usage(void *pool, struct pool_usage *ret, struct qvm_err *err)
{
	(void)pool;
	(void)err;
	memset(ret, 0, sizeof(*ret));
	return 0;
}

static int null_list(void *pool, struct strv *ret, struct qvm_err *err)
{
	(void)pool;
	(void)ret;
	(void)err;
	return 0;
}

static int null_scratch_open(struct qvm_ctx *ctx, const char *location, void **ret,
			     struct qvm_err *err)
{
	(void)location;
	(void)err;
	*ret = ctx;
	return 0;
}

static int null_create(void *scratch, const struct scratch_request *req, size_t n,
		       struct block_dev *ret, struct qvm_err *err)
{
	(void)scratch;
	(void)req;
	(void)err;
	memset(ret, 0, n * sizeof(*ret));
	return 0;
}

static int null_remove(void *scratch, const char *const *names, size_t n,
		       struct qvm_err *err)
{
	(void)scratch;
	(void)names;
	(void)n;
	(void)err;
	return 0;
}

static int null_stop(void *scratch, struct qvm_err *err)
{
	(void)scratch;
	(void)err;
	return 0;
}

const struct pool_ops pool_null = {
	.name = "null",
	.open = null_open,
	.close = null_close,
	.apply = null_apply,
	.device = null_device,
	.stat = null_stat,
	.usage = null_usage,
	.list = null_list,
};

const struct scratch_ops scratch_null = {
	.name = "null",
	.open = null_scratch_open,
	.close = null_close,
	.create = null_create,
	.remove = null_remove,
	.list = null_list,
	.usage = null_usage,
	.stop = null_stop,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "tests/fake/store_fake.h"

struct fake_scratch {
	struct qvm_ctx *ctx;
	char *folder;
};

static int scratch_open(struct qvm_ctx *ctx, const char *location, void **ret,
			struct qvm_err *err)
{
	struct fake_scratch *scratch;
	char *folder = xasprintf("%s/fake-scratch", ctx->run_dir);
	int r = fake_may(ctx, "scratch-open", err);

	if (r == 0) {
		r = dir_make(folder, 0755);
		if (r < 0)
			err_errno(err, r, "cannot open the scratch store '%s'", location);
	}
	if (r < 0) {
		free(folder);
		return r;
	}
	scratch = xcalloc(1, sizeof(*scratch));
	scratch->ctx = ctx;
	scratch->folder = folder;
	*ret = scratch;
	return 0;
}

static void scratch_close(void *arg)
{
	struct fake_scratch *scratch = arg;

	if (scratch)
		free(scratch->folder);
	free(scratch);
}

static int make_one(struct fake_scratch *scratch, const struct scratch_request *req,
		    struct block_dev *ret, struct qvm_err *err)
{
	cleanup_free char *file = xasprintf("%s/%s", scratch->folder, req->name);
	int r;

	unlink(file); /* one from a dead run is replaced */
	r = fake_file_make(file, req->origin ? req->origin->path : NULL, req->size,
			   false);
	if (r < 0)
		return err_set(err, QVM_E_STORAGE, "cannot make '%s': %s", req->name,
			       strerror(-r));
	return fake_file_device(file, ret, err);
}

static int scratch_remove(void *arg, const char *const *names, size_t n,
			  struct qvm_err *err)
{
	struct fake_scratch *scratch = arg;
	int r = fake_may(scratch->ctx, "scratch-remove", err);

	for (size_t i = 0; i < n && r == 0; i++) {
		cleanup_free char *file = xasprintf("%s/%s", scratch->folder, names[i]);

		if (unlink(file) < 0 && errno != ENOENT)
			r = err_errno(err, -errno, "cannot remove '%s'", names[i]);
	}
	return r;
}

static int scratch_create(void *arg, const struct scratch_request *req, size_t n,
			  struct block_dev *ret, struct qvm_err *err)
{
	struct fake_scratch *scratch = arg;
	int r = fake_may(scratch->ctx, "scratch-create", err);
	struct qvm_err ignored;
	size_t made;

	for (made = 0; made < n && r == 0; made++)
		r = make_one(scratch, &req[made], &ret[made], err);
	for (size_t i = 0; r < 0 && i < made; i++) {
		const char *name = req[i].name;

		if (scratch_remove(scratch, &name, 1, &ignored) < 0)
			ctx_log(scratch->ctx, QVM_LEVEL_WARN, "%s", ignored.text);
	}
	return r;
}

static int scratch_list(void *arg, struct strv *ret, struct qvm_err *err)
{
	struct fake_scratch *scratch = arg;

	return fake_list(scratch->folder, ret, err);
}

static int scratch_usage(void *arg, struct pool_usage *ret, struct qvm_err *err)
{
	struct fake_scratch *scratch = arg;

	(void)err;
	fake_usage(scratch->ctx, "scratch-usage", scratch->folder, 8 * GIB, ret);
	return 0;
}

static int scratch_stop(void *arg, struct qvm_err *err)
{
	struct fake_scratch *scratch = arg;

	if (rmdir(scratch->folder) < 0 && errno != ENOENT)
		return err_errno(err, -errno, "cannot stop the scratch store");
	return 0;
}

const struct scratch_ops scratch_fake = {
	.name = "fake",
	.open = scratch_open,
	.close = scratch_close,
	.create = scratch_create,
	.remove = scratch_remove,
	.list = scratch_list,
	.usage = scratch_usage,
	.stop = scratch_stop,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "tests/fake/store_fake.h"

struct fake_pool {
	struct qvm_ctx *ctx;
	char *folder;
};

static int pool_open(struct qvm_ctx *ctx, const struct pool_config *config, void **ret,
		     struct qvm_err *err)
{
	struct fake_pool *pool;
	char *folder = xasprintf("%s/fake-pool/%s", ctx->state_dir, config->name);
	int r = dir_make(folder, 0755);

	if (r < 0) {
		free(folder);
		return err_errno(err, r, "cannot open the pool '%s'", config->name);
	}
	pool = xcalloc(1, sizeof(*pool));
	pool->ctx = ctx;
	pool->folder = folder;
	*ret = pool;
	return 0;
}

static void pool_close(void *arg)
{
	struct fake_pool *pool = arg;

	if (pool)
		free(pool->folder);
	free(pool);
}

static const char *const step_names[] = {
	[POOL_CREATE] = "create",
	[POOL_SNAPSHOT] = "snapshot",
	[POOL_REMOVE] = "remove",
	[POOL_RESIZE] = "resize",
};

static int do_step(const struct pool_step *step, const char *to, const char *from)
{
	switch (step->kind) {
	case POOL_CREATE:
		return fake_file_make(to, NULL, step->size, false);
	case POOL_SNAPSHOT:
		return fake_file_make(to, from, 0, step->readonly);
	case POOL_REMOVE:
		return unlink(to) < 0 && errno != ENOENT ? -errno : 0;
	case POOL_RESIZE:
		return truncate(to, (off_t)step->size) < 0 ? -errno : 0;
	}
	return -EINVAL;
}

static int apply_step(struct fake_pool *pool, const struct pool_step *step,
		      struct qvm_err *err)
{
	cleanup_free char *to = xasprintf("%s/%s", pool->folder, step->to);
	cleanup_free char *from = xasprintf("%s/%s", pool->folder, step->from);
	int r = fake_may(pool->ctx, step_names[step->kind], err);

	if (r < 0)
		return r;
	r = do_step(step, to, from);
	if (r == -EEXIST)
		return err_set(err, QVM_E_EXISTS, "volume '%s' exists", step->to);
	if (r == -ENOENT)
		return err_set(err, QVM_E_NOT_FOUND, "there is no volume '%s'",
			       step->kind == POOL_SNAPSHOT ? step->from : step->to);
	if (r < 0)
		return err_set(err, QVM_E_STORAGE, "cannot %s volume '%s': %s",
			       step_names[step->kind], step->to, strerror(-r));
	return 0;
}

static int pool_apply(void *arg, const struct pool_step *steps, size_t n,
		      struct qvm_err *err)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = apply_step(arg, &steps[i], err);
	return r;
}

static int pool_device(void *arg, const char *id, struct block_dev *ret,
		       struct qvm_err *err)
{
	struct fake_pool *pool = arg;
	cleanup_free char *file = xasprintf("%s/%s", pool->folder, id);
	int r = fake_may(pool->ctx, "device", err);

	return r < 0 ? r : fake_file_device(file, ret, err);
}

static int pool_ranges(void *arg, const char *id, struct pool_range **ret, size_t *ret_n,
		       struct qvm_err *err)
{
	struct fake_pool *pool = arg;
	cleanup_free char *file = xasprintf("%s/%s", pool->folder, id);
	cleanup_close int fd = open(file, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : pool_file_ranges(fd, ret, ret_n);

	return r < 0 ? err_errno(err, r, "cannot open the volume '%s'", id) : 0;
}

#define STEP 65536

static int is_other(int a, int b, off_t at, bool *ret)
{
	static char x[STEP], y[STEP];
	ssize_t n = pread(a, x, STEP, at), m = pread(b, y, STEP, at);

	*ret = n != m || (n > 0 && memcmp(x, y, (size_t)n) != 0);
	return n < 0 || m < 0 ? -errno : m > 0;
}

/* By what is in them. */
static int pool_delta(void *arg, const char *from, const char *to,
		      struct pool_range **ret, size_t *ret_n, struct qvm_err *err)
{
	struct fake_pool *pool = arg;
	cleanup_free char *a = xasprintf("%s/%s", pool->folder, from);
	cleanup_free char *b = xasprintf("%s/%s", pool->folder, to);
	cleanup_close int fda = open(a, O_RDONLY | O_CLOEXEC);
	cleanup_close int fdb = open(b, O_RDONLY | O_CLOEXEC);
	struct pool_range *found = NULL;
	bool other = false;
	off_t at = 0, next;
	size_t n = 0;

	if (fda < 0 || fdb < 0)
		return err_errno(err, -errno, "cannot open the volumes '%s' and '%s'",
				 from, to);
	while (is_other(fda, fdb, at, &other) > 0) {
		if (other) {
			array_grow(found, n) = (struct pool_range){(uint64_t)at, STEP};
			n++;
		}
		/* What is a hole in both is passed over. */
		at += STEP;
		next = lseek(fda, at, SEEK_DATA);
		if (next < 0 ||
		    (lseek(fdb, at, SEEK_DATA) >= 0 && lseek(fdb, at, SEEK_DATA) < next))
			next = lseek(fdb, at, SEEK_DATA);
		if (next < 0)
			break;
		if (next > at)
			at = next / STEP * STEP;
	}
	*ret = found;
	*ret_n = n;
	return 0;
}

static int pool_stat(void *arg, const char *id, struct vol_stat *ret, struct qvm_err *err)
{
	struct fake_pool *pool = arg;
	cleanup_free char *file = xasprintf("%s/%s", pool->folder, id);
	struct stat st;
	int r = fake_may(pool->ctx, "stat", err);

	if (r < 0)
		return r;
	if (stat(file, &st) < 0)
		return err_set(err, QVM_E_NOT_FOUND, "there is no volume '%s'", id);
	*ret = (struct vol_stat){.size = (uint64_t)st.st_size,
				 .used = (uint64_t)st.st_blocks * 512};
	return 0;
}

/* By how much it was enlarged: the number in the file POOL.extended beside it. */
static uint64_t extended(const struct fake_pool *pool)
{
	cleanup_free char *path = xasprintf("%s.extended", pool->folder);
	cleanup_buf struct buf text = BUF_INIT;
	uint64_t bytes = 0;

	if (file_read(path, 32, &text) < 0 || size_parse(buf_str(&text), &bytes) < 0)
		return 0;
	return bytes;
}

static int pool_usage(void *arg, struct pool_usage *ret, struct qvm_err *err)
{
	struct fake_pool *pool = arg;
	int r = fake_may(pool->ctx, "usage", err);

	if (r == 0) {
		fake_usage(pool->ctx, "usage", pool->folder, 100 * GIB, ret);
		ret->size += extended(pool);
	}
	return r;
}

static int pool_extend(void *arg, uint64_t bytes, struct qvm_err *err)
{
	struct fake_pool *pool = arg;
	cleanup_free char *path = xasprintf("%s.extended", pool->folder);
	cleanup_free char *text =
		xasprintf("%llu", (unsigned long long)(extended(pool) + bytes));
	int r = fake_may(pool->ctx, "extend", err);

	if (r < 0)
		return r;
	r = file_replace(path, text, strlen(text), 0644, 0);
	return r < 0 ? err_errno(err, r, "cannot write '%s'", path) : 0;
}

static int pool_list(void *arg, struct strv *ret, struct qvm_err *err)
{
	struct fake_pool *pool = arg;
	int r = fake_may(pool->ctx, "list", err);

	return r < 0 ? r : fake_list(pool->folder, ret, err);
}

const struct pool_ops pool_fake = {
	.name = "fake",
	.open = pool_open,
	.close = pool_close,
	.apply = pool_apply,
	.device = pool_device,
	.stat = pool_stat,
	.ranges = pool_ranges,
	.delta = pool_delta,
	.usage = pool_usage,
	.extend = pool_extend,
	.list = pool_list,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/scratch_store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "storage/hold.h"
#include "storage/store_place.h"

#define BLOCK ((sectors)256 * KIB / SECTOR)
#define ALIGN ((sectors)MIB / SECTOR)
#define STORE_MIN ((sectors)16 * MIB / SECTOR)

int store_layout(sectors len, struct store_layout *ret)
{
	struct store_layout l = {.block = BLOCK};

	if (len < STORE_MIN)
		return -ENOSPC;
	l.meta_len = thin_meta_len(len, l.block);
	l.data_start = (l.meta_len + ALIGN - 1) / ALIGN * ALIGN;
	l.data_len = (len - l.data_start) / l.block * l.block;
	*ret = l;
	return 0;
}

static int make_linear(struct dmap *d, const char *name, const struct store_place *at,
		       sectors start, sectors len, struct dmap_dev *ret)
{
	char dev[24], params[48];
	struct dmap_table table = {.type = "linear", .params = params, .len = len};

	dmap_number(at->major, at->minor, dev);
	snprintf(params, sizeof(params), "%s %" PRIu64, dev, at->start + start);
	return dmap_make(d, name, &table, ret);
}

static int make_devices(struct dmap *d, const struct store_place *at,
			const struct store_layout *l, struct dmap_dev *ret)
{
	struct dmap_dev meta, data;
	struct thin_pool_request pool = {
		.name = STORE_POOL,
		.meta = &meta,
		.data = &data,
		.len = l->data_len,
		.block = l->block,
		.keep = at->keep,
	};
	int r = make_linear(d, STORE_META, at, 0, l->meta_len, &meta);

	if (r == 0)
		r = make_linear(d, STORE_DATA, at, l->data_start, l->data_len, &data);
	if (r == 0)
		r = dmap_zero(&meta, 0, l->block, false);
	return r < 0 ? r : thin_pool_make(d, &pool, ret);
}

static int remove_devices(struct dmap *d)
{
	static const char *const names[] = {STORE_POOL, STORE_DATA, STORE_META};

	for (size_t i = 0; i < array_len(names); i++) {
		int r = dmap_remove(d, names[i], false);

		if (r < 0)
			return r;
	}
	return 0;
}

int store_make(struct qvm_ctx *ctx, struct dmap *d, const char *location,
	       struct dmap_dev *ret, struct qvm_err *err)
{
	struct store_place at;
	struct store_layout layout;
	char first[DMAP_TEXT];
	int r = store_place(ctx, d, location, &at, err);

	if (r < 0)
		return r;
	if (store_layout(at.len, &layout) < 0)
		return err_set(
			err, QVM_E_NO_SPACE,
			"cannot make the ephemeral store on '%s': it takes at least "
			"16 MiB",
			location);
	/* A maker that was killed leaves a part of them. */
	r = remove_devices(d);
	if (r < 0)
		return dmap_fail(
			d, r, err,
			"cannot make the ephemeral store on '%s': what is left of "
			"an earlier one does not go",
			location);
	r = make_devices(d, &at, &layout, ret);
	if (r == 0)
		return 0;
	memcpy(first, d->text, sizeof(first));
	(void)remove_devices(d); /* the first failure is the one to report */
	memcpy(d->text, first, sizeof(first));
	return dmap_fail(d, r, err, "cannot make the ephemeral store on '%s'", location);
}

static int find_pool(struct dmap *d, struct dmap_dev *ret, struct qvm_err *err)
{
	int r = dmap_find_own(d, STORE_POOL, ret);

	if (r == 0 && ret->live)
		return 1;
	if (r == 0 || (r == -ENODEV && !d->text[0]))
		return 0;
	return dmap_fail(d, r, err, "cannot look for the ephemeral store");
}

int store_lock(struct qvm_ctx *ctx, int *ret_fd, struct qvm_err *err)
{
	return storage_lock(ctx, "scratch", ret_fd, err);
}

int store_open(struct qvm_ctx *ctx, struct dmap *d, const char *location,
	       struct dmap_dev *ret_pool, struct qvm_err *err)
{
	cleanup_close int lock = -1;
	int r = find_pool(d, ret_pool, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = store_lock(ctx, &lock, err);
	if (r < 0)
		return r;
	r = find_pool(d, ret_pool, err);
	if (r != 0)
		return r < 0 ? r : 0;
	ctx_log(ctx, QVM_LEVEL_INFO, "making the ephemeral store on '%s'", location);
	return store_make(ctx, d, location, ret_pool, err);
}

int store_stop(struct qvm_ctx *ctx, struct dmap *d, const char *location,
	       struct qvm_err *err)
{
	int r = remove_devices(d);

	if (r < 0)
		return dmap_fail(d, r, err, "cannot take down the ephemeral store");
	store_place_end(ctx, location);
	return 0;
}

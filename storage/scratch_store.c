/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/scratch_store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "storage/hold.h"
#include "storage/lvname.h"

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

struct slice {
	const char *name;
	const struct dmap_dev *lv;
	sectors start, len;
};

static int make_linear(struct dmap *d, const struct slice *s, struct dmap_dev *ret)
{
	char lv[24], params[48];
	struct dmap_table table = {.type = "linear", .params = params, .len = s->len};

	dmap_number(s->lv->major, s->lv->minor, lv);
	snprintf(params, sizeof(params), "%s %" PRIu64, lv, s->start);
	return dmap_make(d, s->name, &table, ret);
}

static int make_devices(struct dmap *d, const struct dmap_dev *lv,
			const struct store_layout *l, struct dmap_dev *ret)
{
	struct slice meta = {.name = STORE_META, .lv = lv, .len = l->meta_len};
	struct slice data = {
		.name = STORE_DATA, .lv = lv, .start = l->data_start, .len = l->data_len};
	struct dmap_dev meta_dev, data_dev;
	struct thin_pool_request pool = {
		.name = STORE_POOL,
		.meta = &meta_dev,
		.data = &data_dev,
		.len = l->data_len,
		.block = l->block,
	};
	int r = make_linear(d, &meta, &meta_dev);

	if (r == 0)
		r = make_linear(d, &data, &data_dev);
	if (r == 0)
		r = dmap_zero(&meta_dev, 0, l->block, false);
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

/* The volume must be a visible one of LVM: a thin pool's or an inner layer is refused. */
static int find_volume(struct dmap *d, const char *location, struct dmap_status *ret,
		       struct qvm_err *err)
{
	struct lv_location at;
	char dm_name[LV_DM_MAX];
	int r = lv_location_parse(location, &at);

	if (r == 0)
		r = lv_dm_name(at.vg, at.lv, NULL, dm_name);
	if (r < 0)
		return err_set(
			err, QVM_E_VALUE,
			"'%s' is no place for the ephemeral store: it takes a volume "
			"group, a slash, and a logical volume",
			location);
	if (strcmp(at.lv, SCRATCH_LV) != 0)
		return err_set(
			err, QVM_E_VALUE,
			"'%s' is not taken as the ephemeral store, which overwrites "
			"it: the volume has to be called '" SCRATCH_LV "'",
			location);
	r = dmap_status(d, dm_name, ret);
	if (r == -ENODEV && !d->text[0])
		return err_set(
			err, QVM_E_NOT_FOUND,
			"cannot open the ephemeral store: there is no active logical "
			"volume '%s'",
			location);
	if (r < 0)
		return dmap_fail(d, r, err, "cannot open the ephemeral store on '%s'",
				 location);
	if (!lv_uuid_is_plain(ret->dev.uuid))
		return err_set(
			err, QVM_E_STORAGE,
			"cannot open the ephemeral store: '%s' is not a plain logical "
			"volume",
			location);
	return 0;
}

int store_make(struct dmap *d, const char *location, struct dmap_dev *ret,
	       struct qvm_err *err)
{
	struct dmap_status lv;
	struct store_layout layout;
	char first[DMAP_TEXT];
	int r = find_volume(d, location, &lv, err);

	if (r < 0)
		return r;
	if (store_layout(lv.len, &layout) < 0)
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
	r = make_devices(d, &lv.dev, &layout, ret);
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
	return store_make(d, location, ret_pool, err);
}

int store_stop(struct dmap *d, struct qvm_err *err)
{
	int r = remove_devices(d);

	if (r < 0)
		return dmap_fail(d, r, err, "cannot take down the ephemeral store");
	return 0;
}

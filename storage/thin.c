/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/thin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/size.h"

#define META_BLOCK 4096 /* bytes; fixed in the kernel */
#define META_MIN ((sectors)4 * MIB / SECTOR)

/* Past these a pool is not filled further; stopping and removing still work. */
#define DATA_LIMIT 95
#define META_LIMIT 90

/* The kernel's documentation says 48 bytes for a block; a third more for the trees. */
sectors thin_meta_len(sectors data, sectors block)
{
	sectors len = (data / block + 1) * 64 / SECTOR;

	len = (len + 2047) / 2048 * 2048;
	if (len < META_MIN)
		return META_MIN;
	return len < THIN_META_MAX ? len : THIN_META_MAX;
}

int thin_status_parse(const char *params, struct thin_status *ret)
{
	struct thin_status st = {0};
	char held[24], mode[24], discard[24], full[24], check[24];
	int n;

	if (strcmp(params, "Fail") == 0 || strcmp(params, "Error") == 0) {
		ret[0] = (struct thin_status){.failed = true};
		return 0;
	}
	n = sscanf(params,
		   "%*u %" SCNu64 "/%" SCNu64 " %" SCNu64 "/%" SCNu64
		   " %23s %23s %23s %23s %23s",
		   &st.meta_used, &st.meta_total, &st.data_used, &st.data_total, held,
		   mode, discard, full, check);
	if (n < 6 || !st.meta_total || !st.data_total || st.meta_used > st.meta_total ||
	    st.data_used > st.data_total)
		return -EINVAL;
	st.read_only = strcmp(mode, "ro") == 0;
	st.needs_check = n == 9 && strcmp(check, "needs_check") == 0;
	*ret = st;
	return 0;
}

int thin_mapped_parse(const char *params, sectors *ret)
{
	return sscanf(params, "%" SCNu64, ret) == 1 ? 0 : -EINVAL;
}

void thin_usage(const struct thin_status *st, sectors len, struct pool_usage *ret)
{
	uint64_t block = st->data_total ? len * SECTOR / st->data_total : 0;

	*ret = (struct pool_usage){
		.size = len * SECTOR,
		.used = st->data_used * block,
		.meta_size = st->meta_total * META_BLOCK,
		.meta_used = st->meta_used * META_BLOCK,
	};
}

static bool past(uint64_t used, uint64_t total, unsigned limit)
{
	return total && used >= total / 100 * limit + total % 100 * limit / 100;
}

struct fill {
	const char *part; /* "data" */
	uint64_t used, size;
	unsigned limit;
};

static int no_space(const struct fill *fill, const char *what, const char *remedy,
		    struct qvm_err *err)
{
	char used[32], size[32];

	size_format(fill->used, used);
	size_format(fill->size, size);
	return err_set(
		err, QVM_E_NO_SPACE,
		"%s is nearly full: %s of %s for %s are in use, and nothing is added "
		"past %u %%; %s",
		what, used, size, fill->part, fill->limit, remedy);
}

int thin_guard(const struct thin_status *st, sectors len, const char *what,
	       const char *remedy, struct qvm_err *err)
{
	struct pool_usage u;
	struct fill meta, data;

	if (st->failed)
		return err_set(err, QVM_E_STORAGE,
			       "%s has failed: the kernel refuses every access to it",
			       what);
	thin_usage(st, len, &u);
	meta = (struct fill){"metadata", u.meta_used, u.meta_size, META_LIMIT};
	data = (struct fill){"data", u.used, u.size, DATA_LIMIT};
	if (past(st->meta_used, st->meta_total, META_LIMIT))
		return no_space(&meta, what, remedy, err);
	if (past(st->data_used, st->data_total, DATA_LIMIT))
		return no_space(&data, what, remedy, err);
	if (st->read_only || st->needs_check)
		return err_set(
			err, QVM_E_STORAGE,
			"%s is damaged: the kernel made its metadata read-only, and "
			"it has to be repaired",
			what);
	return 0;
}

int thin_pool_make(struct dmap *d, const struct thin_pool_request *req,
		   struct dmap_dev *ret)
{
	char meta[24], data[24], params[128];
	struct dmap_table table = {
		.type = "thin-pool", .params = params, .len = req->len};

	dmap_number(req->meta->major, req->meta->minor, meta);
	dmap_number(req->data->major, req->data->minor, data);
	/*
	 * skip_block_zeroing stays off: a block that a guest fills only in part would
	 * show it what another domain of this boot had written there.
	 */
	snprintf(params, sizeof(params), "%s %s %" PRIu64 " 0 1 error_if_no_space", meta,
		 data, req->block);
	return dmap_make(d, req->name, &table, ret);
}

int thin_create(struct dmap *d, const char *pool, uint32_t id)
{
	char message[40];

	snprintf(message, sizeof(message), "create_thin %u", id);
	return dmap_message(d, pool, message);
}

int thin_delete(struct dmap *d, const char *pool, uint32_t id)
{
	char message[40];
	int r;

	snprintf(message, sizeof(message), "delete %u", id);
	r = dmap_message(d, pool, message);
	return r == -ENODATA ? 0 : r;
}

int thin_make(struct dmap *d, const struct thin_request *req, struct dmap_dev *ret)
{
	char pool[24], origin[24], params[96];
	struct dmap_table table = {.type = "thin", .params = params, .len = req->len};

	dmap_number(req->pool->major, req->pool->minor, pool);
	if (req->origin)
		dmap_number(req->origin->major, req->origin->minor, origin);
	snprintf(params, sizeof(params), "%s %u%s%s", pool, req->id,
		 req->origin ? " " : "", req->origin ? origin : "");
	return dmap_make(d, req->name, &table, ret);
}

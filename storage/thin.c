/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/thin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/size.h"
#include "storage/fill.h"

#define META_BLOCK 4096 /* bytes; fixed in the kernel */
#define META_MIN ((sectors)4 * MIB / SECTOR)

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
		   "%" SCNu64 " %" SCNu64 "/%" SCNu64 " %" SCNu64 "/%" SCNu64
		   " %23s %23s %23s %23s %23s",
		   &st.transaction, &st.meta_used, &st.meta_total, &st.data_used,
		   &st.data_total, held, mode, discard, full, check);
	if (n < 7 || !st.meta_total || !st.data_total || st.meta_used > st.meta_total ||
	    st.data_used > st.data_total)
		return -EINVAL;
	st.read_only = strcmp(mode, "ro") == 0;
	st.needs_check = n == 10 && strcmp(check, "needs_check") == 0;
	*ret = st;
	return 0;
}

int thin_status_own(struct dmap *d, const char *name, struct thin_status *ret,
		    sectors *ret_len)
{
	struct dmap_status status;
	int r = dmap_status_own(d, name, &status);

	if (r < 0)
		return r;
	*ret_len = status.len;
	if (thin_status_parse(status.params, ret) == 0)
		return 0;
	snprintf(d->text, sizeof(d->text), "its state is not understood: '%.100s'",
		 status.params);
	return -EBADMSG;
}

int thin_mapped_parse(const char *params, sectors *ret)
{
	return sscanf(params, "%" SCNu64, ret) == 1 ? 0 : -EINVAL;
}

bool thin_is_damaged(const struct thin_status *st)
{
	return st->failed || st->read_only || st->needs_check;
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
	meta = (struct fill){"metadata", u.meta_used, u.meta_size, FILL_META};
	data = (struct fill){"data", u.used, u.size, FILL_DATA};
	if (fill_past(st->meta_used, st->meta_total, FILL_META))
		return fill_refuse(&meta, what, remedy, err);
	if (fill_past(st->data_used, st->data_total, FILL_DATA))
		return fill_refuse(&data, what, remedy, err);
	if (thin_is_damaged(st))
		return err_set(
			err, QVM_E_STORAGE,
			"%s is damaged: the kernel made its metadata read-only, and "
			"it has to be repaired, see qvm-pool(1)",
			what);
	return 0;
}

static struct dmap_table pool_table(const struct thin_pool_request *req, size_t size,
				    char *params)
{
	char meta[24], data[24];

	dmap_number(req->meta->major, req->meta->minor, meta);
	dmap_number(req->data->major, req->data->minor, data);
	snprintf(params, size, "%s %s %" PRIu64 " 0 %d%s%s", meta, data, req->block,
		 (req->lasting ? 0 : 2) + req->keep,
		 req->lasting ? "" : " skip_block_zeroing error_if_no_space",
		 req->keep ? " no_discard_passdown" : "");
	return (struct dmap_table){
		.type = "thin-pool", .params = params, .len = req->len};
}

int thin_pool_make(struct dmap *d, const struct thin_pool_request *req,
		   struct dmap_dev *ret)
{
	char params[128];
	struct dmap_table table = pool_table(req, sizeof(params), params);

	return dmap_make(d, req->name, &table, ret);
}

int thin_pool_grow(struct dmap *d, const struct thin_pool_request *req,
		   struct dmap_dev *ret)
{
	char params[128];
	struct dmap_table table = pool_table(req, sizeof(params), params);

	return dmap_reload(d, req->name, &table, ret);
}

/* A pool that is read-only or has failed takes none, which the kernel calls unsupported. */
static int tell(struct dmap *d, const char *pool, const char *message)
{
	int r = dmap_message(d, pool, message);

	if (r == -EOPNOTSUPP)
		snprintf(d->text, sizeof(d->text),
			 "it takes no more changes: its metadata are damaged or full, "
			 "see qvm-pool(1)");
	return r;
}

int thin_create(struct dmap *d, const char *pool, uint32_t id)
{
	char message[40];

	snprintf(message, sizeof(message), "create_thin %u", id);
	return tell(d, pool, message);
}

int thin_snapshot(struct dmap *d, const char *pool, uint32_t id, uint32_t origin)
{
	char message[60];

	snprintf(message, sizeof(message), "create_snap %u %u", id, origin);
	return tell(d, pool, message);
}

int thin_delete(struct dmap *d, const char *pool, uint32_t id)
{
	char message[40];
	int r;

	snprintf(message, sizeof(message), "delete %u", id);
	r = tell(d, pool, message);
	return r == -ENODATA ? 0 : r;
}

static struct dmap_table volume_table(const struct thin_request *req, size_t size,
				      char *params)
{
	char pool[24];

	dmap_number(req->pool->major, req->pool->minor, pool);
	snprintf(params, size, "%s %u", pool, req->id);
	return (struct dmap_table){.type = "thin",
				   .params = params,
				   .len = req->len,
				   .readonly = req->readonly};
}

int thin_make(struct dmap *d, const struct thin_request *req, struct dmap_dev *ret)
{
	char params[48];
	struct dmap_table table = volume_table(req, sizeof(params), params);

	return dmap_make(d, req->name, &table, ret);
}

int thin_resize(struct dmap *d, const struct thin_request *req, struct dmap_dev *ret)
{
	char params[48];
	struct dmap_table table = volume_table(req, sizeof(params), params);

	return dmap_reload(d, req->name, &table, ret);
}

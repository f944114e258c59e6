/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where two volumes of the pool differ, or one has data, by the pool's numbers of them. */
#include "storage/lvm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "storage/storage.h"
#include "storage/thin_delta.h"

/* "253:2 7": the pool, and its number of the volume. */
static int thin_id_parse(const struct dmap_status *table, uint32_t *ret)
{
	const char *number = strchr(table->params, ' ');
	char text[24];
	long long n;

	if (strcmp(table->type, "thin") != 0 || !number)
		return -EINVAL;
	number++;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(number, " "), number);
	if (num_parse(text, 0, THIN_ID_MAX, &n) < 0)
		return -EINVAL;
	*ret = (uint32_t)n;
	return 0;
}

/* The pool's number of the volume, which the table of its device holds; no process for it. */
static int thin_id(struct lvm *l, const char *id, uint32_t *ret, struct qvm_err *err)
{
	cleanup_free char *lv = xasprintf(LVM_PREFIX "%s", id);
	char dm_name[LV_DM_MAX];
	struct dmap_status table;
	struct block_dev dev;
	dmap_scope(&l->dm);
	int r = pool_lvm.device(l, id, &dev, err); /* so that there is one */

	if (r < 0)
		return r;
	r = lv_dm_name(l->at.vg, lv, NULL, dm_name);
	if (r == 0)
		r = dmap_table_of(&l->dm, dm_name, &table);
	if (r == 0)
		r = thin_id_parse(&table, ret);
	return r < 0 ? dmap_fail(&l->dm, r, err, "'%s' is not a thin volume", id) : 0;
}

int lvm_delta(struct lvm *l, const char *from, const char *to, struct pool_range **ret,
	      size_t *ret_n, struct qvm_err *err)
{
	cleanup_free char *name = xasprintf("%s/%s", l->at.vg, l->at.lv);
	cleanup_free char *lock = xasprintf("thin-%s-%s", l->at.vg, l->at.lv);
	char pool[LV_DM_MAX], meta[LV_DM_MAX], layer[LVNAME_MAX + 8];
	cleanup_free char *path = NULL;
	uint32_t old = 0, new = 0;
	int r = thin_id(l, to, &new, err);

	if (r == 0 && from)
		r = thin_id(l, from, &old, err);
	if (r < 0)
		return r;
	snprintf(layer, sizeof(layer), "%s_tmeta", l->at.lv);
	if (lv_dm_name(l->at.vg, layer, NULL, meta) < 0 ||
	    lv_dm_name(l->at.vg, l->at.lv, "tpool", pool) < 0)
		return err_set(err, QVM_E_STORAGE, "the pool's name is too long");
	path = xasprintf("/dev/mapper/%s", meta);
	return thin_delta(&(struct thin_source){l->ctx, &l->dm, name, lock, pool, path},
			  from ? &old : NULL, new, ret, ret_n, err);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where two volumes of a thin pool differ, or one has data, read from the pool's metadata
 * while it works: the kernel sets a snapshot of them aside. There is one of these a pool. One
 * that a run of ours has left behind is known by what it wrote into the lock's file.
 */
#include "storage/lvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "storage/storage.h"

struct aside {
	struct lvm *l;
	int lock;
	char pool[LV_DM_MAX];
	bool reserved;
};

static void aside_end(struct aside *a)
{
	dmap_scope(&a->l->dm);

	/* Where that fails the mark stays, and the next run does it. */
	if (a->reserved &&
	    dmap_message_to(&a->l->dm, a->pool, "release_metadata_snap") == 0 &&
	    ftruncate(a->lock, 0) < 0)
		ctx_log(a->l->ctx, QVM_LEVEL_DEBUG, "cannot empty a lock's file");
	cleanup_close_at(&a->lock);
}

static int take_lock(struct aside *a, struct qvm_err *err)
{
	cleanup_free char *path = xasprintf("%s/thin-%s-%s.lock", a->l->ctx->run_dir,
					    a->l->at.vg, a->l->at.lv);
	int r = dir_make(a->l->ctx->run_dir, 0755);

	a->lock = r < 0 ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (r == 0 && (a->lock < 0 || flock(a->lock, LOCK_EX) < 0))
		r = -errno;
	return r < 0 ? err_errno(err, r, "cannot lock '%s'", path) : 0;
}

static int reserve(struct aside *a, struct qvm_err *err)
{
	struct dmap *dm = &a->l->dm;
	int r = take_lock(a, err);

	if (r < 0)
		return r;
	r = lv_dm_name(a->l->at.vg, a->l->at.lv, "tpool", a->pool);
	if (r == 0 && lseek(a->lock, 0, SEEK_END) > 0 &&
	    dmap_message_to(dm, a->pool, "release_metadata_snap") < 0)
		ctx_log(a->l->ctx, QVM_LEVEL_DEBUG, "nothing was set aside any more");
	if (r == 0 && pwrite(a->lock, "x", 1, 0) != 1)
		r = -errno;
	if (r == 0)
		r = dmap_message_to(dm, a->pool, "reserve_metadata_snap");
	a->reserved = r == 0;
	if (r < 0 && ftruncate(a->lock, 0) < 0)
		ctx_log(a->l->ctx, QVM_LEVEL_DEBUG, "cannot empty a lock's file");
	return r < 0 ? dmap_fail(dm, r, err,
				 "cannot look at the metadata of the pool '%s/%s'",
				 a->l->at.vg, a->l->at.lv)
		     : 0;
}

/* "253:2 7": the pool, and its number of the volume. */
static int thin_id_parse(const struct dmap_status *table, char ret[static 24])
{
	const char *number = strchr(table->params, ' ');
	long long n;

	if (strcmp(table->type, "thin") != 0 || !number)
		return -EINVAL;
	number++;
	snprintf(ret, 24, "%.*s", (int)strcspn(number, " "), number);
	return num_parse(ret, 0, 1 << 24, &n);
}

/* The pool's number of the volume, which the table of its device holds; no process for it. */
static int thin_id(struct lvm *l, const char *id, char ret[static 24],
		   struct qvm_err *err)
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
	cleanup(aside_end) struct aside a = {.l = l, .lock = -1};
	char numbers[2][24], meta[LV_DM_MAX], layer[LVNAME_MAX + 8];
	cleanup_free char *path = NULL;
	cleanup_buf struct buf out = BUF_INIT;
	int r = thin_id(l, to, numbers[0], err);

	if (r == 0 && from)
		r = thin_id(l, from, numbers[1], err);
	if (r < 0)
		return r;
	snprintf(layer, sizeof(layer), "%s_tmeta", l->at.lv);
	if (lv_dm_name(l->at.vg, layer, NULL, meta) < 0)
		return err_set(err, QVM_E_STORAGE, "the pool's name is too long");
	path = xasprintf("/dev/mapper/%s", meta);
	r = reserve(&a, err);
	if (r == 0) {
		const char *const dump[] = {"thin_dump", "-m", "--dev-id",
					    numbers[0],	 path, NULL};
		const char *const differ[] = {"thin_delta", "-m",      "--snap1",
					      numbers[1],   "--snap2", numbers[0],
					      path,	    NULL};

		r = lvm_tool(l, from ? differ : dump, &out, err);
	}
	if (r == 0 && lvm_maps_parse(buf_str(&out), ret, ret_n) < 0)
		r = err_set(err, QVM_E_STORAGE,
			    "what the pool's metadata hold is not understood");
	return r;
}

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

/* The pool's numbers of the two; of one, twice the same. */
static int thin_ids(struct lvm *l, const char *const *ids, char (*ret)[24],
		    struct qvm_err *err)
{
	for (size_t i = 0; i < 2 && ids[i]; i++) {
		cleanup_free char *lv =
			xasprintf("%s/" LVM_PREFIX "%s", l->at.vg, ids[i]);
		const char *const argv[] = {
			"lvm",		"lvs", "-qq",	  "--config", LVM_BLIND,
			"--noheadings", "-o",  "thin_id", lv,	      NULL};
		cleanup_buf struct buf out = BUF_INIT;
		const char *text;
		int r = lvm_run(l, argv, NULL, &out, err);
		long long n;

		if (r < 0)
			return r;
		text = buf_str(&out);
		snprintf(ret[i], sizeof(ret[i]), "%.*s",
			 (int)strcspn(text + strspn(text, " "), " \n"),
			 text + strspn(text, " "));
		if (num_parse(ret[i], 0, 1 << 24, &n) < 0)
			return err_set(err, QVM_E_STORAGE, "'%s' is not a thin volume",
				       lv);
	}
	return 0;
}

int lvm_delta(struct lvm *l, const char *from, const char *to, struct pool_range **ret,
	      size_t *ret_n, struct qvm_err *err)
{
	cleanup(aside_end) struct aside a = {.l = l, .lock = -1};
	const char *const ids[2] = {to, from};
	char numbers[2][24], meta[LV_DM_MAX], layer[LVNAME_MAX + 8];
	cleanup_free char *path = NULL;
	cleanup_buf struct buf out = BUF_INIT;
	int r = thin_ids(l, ids, numbers, err);

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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A revision as a stream. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/volume.h"

static int choose(const struct vol_work *vw, const char *revision,
		  char id[static POOL_ID_MAX], struct qvm_err *err)
{
	const struct vm_revision *newest = vol_newest(vw->vol);
	struct vm_revision *rev;
	int r;

	if (revision) {
		r = vol_revision_find(vw->vol, revision, &rev, err);
		if (r == 0)
			vol_revision_id(vw->vol, rev->serial, id);
		return r;
	}
	if (!newest)
		return err_set(err, QVM_E_NOT_FOUND,
			       "it has no revision (revisions_to_keep is %d)",
			       vw->vol->revisions_to_keep);
	vol_revision_id(vw->vol, newest->serial, id);
	return 0;
}

/* While it is read an intent keeps it from being pruned. Nothing is locked. */
int vol_read_revision(struct vol_work *vw, const struct vol_reading *how,
		      struct qvm_err *err)
{
	cleanup(intent_dispose) struct intent in = {.op = INTENT_REVISE};
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	struct block_dev dev;
	struct qvm_err why;
	char id[POOL_ID_MAX];
	int r = choose(vw, how->revision, id, err);

	if (r < 0)
		return r;
	in.vm_id = vw->vm->id;
	intent_item_add(&in, "origin", vw->vol->pool, id);
	r = intent_begin(vw->s, &in, err);
	if (r < 0)
		return r;
	r = pool_open(vw->ctx, vw->w, vw->vol->pool, &pool, err);
	if (r == 0)
		r = pool.ops->device(pool.pool, id, &dev, err);
	if (r == 0)
		r = how->fn(vw->ctx, &dev, how->arg, err);
	if (intent_end(vw->s, in.id, &why) < 0)
		ctx_log(vw->ctx, QVM_LEVEL_WARN, "left for qvm-recover: %s", why.text);
	devices_release(vw->ctx, vw->s, vw->w, &in);
	return r;
}

struct copying {
	const char *what;
	int to;
};

static int copy_out(struct qvm_ctx *ctx, const struct block_dev *dev, void *arg,
		    struct qvm_err *err)
{
	const struct copying *c = arg;
	cleanup_close int in = open(dev->path, O_RDONLY | O_CLOEXEC);
	struct vol_copy copy = {.what = c->what, .from = in, .to = c->to};
	struct stat out;
	off_t end = in < 0 ? -1 : lseek(in, 0, SEEK_END);

	if (end < 0 || lseek(in, 0, SEEK_SET) < 0)
		return err_errno(err, -errno, "cannot open the volume '%s'", dev->path);
	copy.size = (uint64_t)end;
	copy.sparse = fstat(c->to, &out) == 0 && S_ISREG(out.st_mode) && out.st_size == 0;
	return vol_copy(ctx, &copy, NULL, err);
}

int op_volume_export(struct qvm_ctx *ctx, const struct op_volume *req,
		     const char *revision, int fd, struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	cleanup_free char *what =
		xasprintf("exporting '%s:%s'", req->vm, vol_role_names[req->role]);
	struct copying copying = {what, fd};
	const struct vol_reading reading = {revision, copy_out, &copying};
	char id[POOL_ID_MAX];
	int r = vol_open(ctx, req, &vw, err);

	if (r == 0)
		r = vol_check_lasting(&vw, "export", err);
	if (r < 0)
		return r;
	if (!req->plan)
		r = vol_read_revision(&vw, &reading, err);
	else
		r = choose(&vw, revision, id, err);
	if (r == 0 && req->plan)
		plan_add(req->plan, req->vm, "export-volume", "%s: %s",
			 vol_role_names[req->role], id);
	return r < 0 ? err_wrap(err, "cannot export '%s:%s'", req->vm,
				vol_role_names[req->role])
		     : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of a volume's content and size. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/volume.h"

/* Looked up, room made, and held: or, for a dry run, only looked up. */
static int begin(struct qvm_ctx *ctx, const struct op_volume *req, const char *what,
		 uint64_t need, struct vol_work *vw, struct qvm_err *err)
{
	int r = vol_open(ctx, req, vw, err);

	if (r == 0)
		r = vol_check_lasting(vw, what, err);
	if (r < 0)
		return r;
	r = vol_wrap(pool_guard(ctx, vw->w, vw->vol->pool, need, req->plan, err), vw,
		     what, err);
	return r < 0 || req->plan ? r : vol_hold(vw, what, err);
}

/* ---- revert, clear ---- */

static int pick(const struct vol_work *vw, const char *revision, struct vm_revision **ret,
		struct qvm_err *err)
{
	const struct vm_revision *newest = vol_newest(vw->vol);

	if (revision)
		return vol_revision_find(vw->vol, revision, ret, err);
	for (size_t i = vw->vol->revision_count; i-- > 0;) {
		*ret = &vw->vol->revisions[i];
		if (!(*ret)->live && (vw->vol->dirty || *ret != newest))
			return 0;
	}
	return err_set(err, QVM_E_NOT_FOUND, "there is no older state of it");
}

int op_volume_revert(struct qvm_ctx *ctx, const struct op_volume *req,
		     const char *revision, struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	struct vol_replacement how = {.size = 0};
	struct vm_revision *rev;
	int r = begin(ctx, req, "revert", 0, &vw, err);

	if (r < 0)
		return r;
	r = pick(&vw, revision, &rev, err);
	if (r < 0)
		return vol_wrap(r, &vw, "revert", err);
	if (req->plan) {
		plan_add(req->plan, req->vm, "revert-volume", "%s to revision %u",
			 vol_role_names[req->role], rev->serial);
		return 0;
	}
	vol_revision_id(vw.vol, rev->serial, how.from);
	return vol_wrap(vol_replace(&vw, &how, err), &vw, "revert", err);
}

int op_volume_clear(struct qvm_ctx *ctx, const struct op_volume *req, struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	struct vol_replacement how = {.size = 0};
	int r = begin(ctx, req, "clear", 0, &vw, err);

	if (r < 0)
		return r;
	if (req->plan) {
		plan_add(req->plan, req->vm, "clear-volume", "%s",
			 vol_role_names[req->role]);
		return 0;
	}
	how.size = vw.vol->size;
	return vol_wrap(vol_replace(&vw, &how, err), &vw, "clear", err);
}

/* ---- import ---- */

struct importing {
	const struct volume_import *from;
	uint64_t limit;
	const char *what;
};

static int fill_from_stream(struct qvm_ctx *ctx, const struct block_dev *to, void *arg,
			    struct qvm_err *err)
{
	const struct importing *im = arg;
	cleanup_close int out = open(to->path, O_RDWR | O_CLOEXEC);
	const struct vol_copy copy = {
		.what = im->what,
		.from = im->from->fd,
		.to = out,
		.size = im->from->size ? im->from->size : im->from->known,
		.limit = im->limit,
		.sparse = true,
	};

	if (out < 0)
		return err_errno(err, -errno, "cannot open the volume '%s'", to->path);
	return vol_copy(ctx, &copy, NULL, err);
}

/* Without a word about the size a volume grows where it has to, and never shrinks. */
static uint64_t import_size(const struct vol_work *vw, const struct volume_import *from)
{
	uint64_t data = from->size ? from->size : from->known;

	if (from->no_resize || !data || (!from->size && data <= vw->vol->size))
		return vw->vol->size;
	return (data + MIB - 1) / MIB * MIB;
}

int op_volume_import(struct qvm_ctx *ctx, const struct op_volume *req,
		     const struct volume_import *from, struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	cleanup_free char *what =
		xasprintf("importing '%s:%s'", req->vm, vol_role_names[req->role]);
	struct importing im = {.from = from, .what = what};
	struct vol_replacement how = {.fill = fill_from_stream, .arg = &im};
	char size[32];
	int r = begin(ctx, req, "import", from->size ? from->size : from->known, &vw,
		      err);

	if (r < 0)
		return r;
	how.size = im.limit = import_size(&vw, from);
	if (from->no_resize && (from->size > how.size || from->known > how.size)) {
		size_format(how.size, size);
		return err_set(err, QVM_E_VALUE,
			       "cannot import '%s:%s': the data are larger than its %s",
			       req->vm, vol_role_names[req->role], size);
	}
	if (req->plan) {
		size_format(how.size, size);
		plan_add(req->plan, req->vm, "import-volume", "%s of %s",
			 vol_role_names[req->role], size);
		return 0;
	}
	return vol_wrap(vol_replace(&vw, &how, err), &vw, "import", err);
}

/* ---- clone ---- */

static int clone_source(struct qvm_ctx *ctx, const struct op_volume *from,
			struct vol_work *vw, struct qvm_err *err)
{
	/* It is only read: a dry run opens it so. */
	struct plan unused_plan = {0};
	const struct op_volume read = {
		.vm = from->vm, .role = from->role, .plan = &unused_plan};
	int r = vol_open(ctx, &read, vw, err);

	if (r == 0)
		r = vol_check_lasting(vw, "clone", err);
	if (r == 0 && !vol_newest(vw->vol))
		r = err_set(err, QVM_E_STORAGE,
			    "cannot clone '%s:%s': it has no revision", from->vm,
			    vol_role_names[from->role]);
	return r;
}

/* What a copy to another pool would take there. */
static uint64_t clone_need(struct qvm_ctx *ctx, const struct vol_work *src,
			   const char *id)
{
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	struct qvm_err unknown;
	struct vol_stat st;

	if (pool_open(ctx, src->w, src->vol->pool, &pool, &unknown) < 0 ||
	    pool.ops->stat(pool.pool, id, &st, &unknown) < 0)
		return 0;
	return st.used;
}

int op_volume_clone(struct qvm_ctx *ctx, const struct op_volume *from,
		    const struct op_volume *to, struct qvm_err *err)
{
	cleanup_vol_work struct vol_work src = VOL_WORK_INIT;
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	cleanup_free char *what =
		xasprintf("copying '%s:%s' to '%s:%s'", from->vm,
			  vol_role_names[from->role], to->vm, vol_role_names[to->role]);
	struct vol_replacement how = {.size = 0};
	struct vol_source source = {.what = what};
	char id[POOL_ID_MAX] = "";
	int r = clone_source(ctx, from, &src, err);

	if (r < 0)
		return r;
	if (strcmp(from->vm, to->vm) == 0 && from->role == to->role)
		return err_set(err, QVM_E_VALUE, "cannot clone '%s:%s' onto itself",
			       from->vm, vol_role_names[from->role]);
	vol_revision_id(src.vol, vol_newest(src.vol)->serial, id);
	r = begin(ctx, to, "clone to", clone_need(ctx, &src, id), &vw, err);
	if (r < 0)
		return r;
	if (to->plan) {
		plan_add(to->plan, to->vm, "clone-volume", "%s from '%s:%s'",
			 vol_role_names[to->role], from->vm, vol_role_names[from->role]);
		return 0;
	}
	source.w = src.w;
	source.pool = how.read_pool = src.vol->pool;
	source.id = how.read_id = id;
	if (strcmp(src.vol->pool, vw.vol->pool) == 0) {
		memcpy(how.from, id, sizeof(id));
	} else {
		how.size = src.vol->size;
		how.fill = vol_copy_device;
		how.arg = &source;
	}
	return vol_wrap(vol_replace(&vw, &how, err), &vw, "clone to", err);
}

/* ---- resize ---- */

/* The registry first: what a crash leaves is finished from it. */
static int record_size(struct vol_work *vw, uint64_t size, struct intent *in,
		       struct qvm_err *err)
{
	char id[POOL_ID_MAX];
	int r = store_begin(vw->s, err);

	vol_live_id(vw->vol, id);
	vw->vol->size = size;
	vw->vol->dirty = true;
	intent_item_add(in, "resize", vw->vol->pool, id);
	if (r == 0)
		r = store_volume_update(vw->s, vw->vol, err);
	if (r == 0)
		r = intent_begin(vw->s, in, err);
	return tx_end(vw->s, r, err);
}

/* The intent ends with it, unless the volume's new revision is to be the end. */
static int end_size(struct vol_work *vw, uint64_t size, bool dirty,
		    const struct intent *in, bool last, struct qvm_err *err)
{
	int r = store_begin(vw->s, err);

	vw->vol->size = size;
	vw->vol->dirty = dirty;
	if (r == 0)
		r = store_volume_update(vw->s, vw->vol, err);
	if (r == 0)
		r = vol_grow_children(vw->s, vw->w, vw->vm, vw->vol->role, size, err);
	if (r == 0 && last)
		r = intent_end(vw->s, in->id, err);
	return tx_end(vw->s, r, err);
}

static int grow_device(struct vol_work *vw, uint64_t *size, struct qvm_err *err)
{
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	struct pool_step step = {.kind = POOL_RESIZE, .size = *size};
	struct vol_stat st;
	int r = pool_open(vw->ctx, vw->w, vw->vol->pool, &pool, err);

	vol_live_id(vw->vol, step.to);
	if (r == 0)
		r = pool.ops->apply(pool.pool, &step, 1, err);
	if (r == 0)
		r = pool.ops->stat(pool.pool, step.to, &st, err);
	if (r == 0)
		*size = st.size;
	return r;
}

/* In place, so that it works on a running domain and in a full pool. */
static int grow(struct vol_work *vw, uint64_t size, struct qvm_err *err)
{
	cleanup(intent_dispose) struct intent in = {.vm_id = vw->vm->id,
						    .op = INTENT_REVISE};
	uint64_t before = vw->vol->size;
	bool dirty = vw->vol->dirty;
	struct qvm_err why;
	int r = record_size(vw, size, &in, err);

	if (r < 0)
		return r;
	r = grow_device(vw, &size, err);
	if (r < 0) {
		if (end_size(vw, before, dirty, &in, true, &why) < 0)
			ctx_log(vw->ctx, QVM_LEVEL_WARN, "left for qvm-recover: %s",
				why.text);
		return r;
	}
	r = end_size(vw, size, true, &in, vw->running, err);
	if (r < 0)
		return r;
	if (!vw->running)
		return vm_revise(vw->ctx, vw->s, vw->vm->id, in.id, err);
	if (guest_volume_grown(vw->ctx, vw->vm, vw->vol->role, &why) < 0)
		ctx_log(vw->ctx, QVM_LEVEL_WARN, "%s", why.text);
	return 0;
}

/* A new generation, so that the state before lasts as a revision. */
static int shrink(struct vol_work *vw, uint64_t size, struct qvm_err *err)
{
	struct vol_replacement how = {.size = size};

	if (vw->running)
		return err_set(err, QVM_E_RUNNING, "it is running and cannot shrink");
	vol_live_id(vw->vol, how.from);
	return vol_replace(vw, &how, err);
}

/* What is made at each start has its new size from the next one on. */
static int resize_next(struct vol_work *vw, uint64_t size, struct qvm_err *err)
{
	const struct vm *owner;
	const struct vm_volume *source =
		volume_source(vw->w, vw->vm, vw->vol->role, &owner);
	char least[32];

	if (vw->vol->snapshot && source && size < source->size) {
		size_format(source->size, least);
		return err_set(err, QVM_E_VALUE, "'%s:%s' beneath it has %s", owner->name,
			       vol_role_names[vw->vol->role], least);
	}
	vw->vol->size = size;
	return store_volume_update(vw->s, vw->vol, err);
}

static int check_size(const struct vol_work *vw, uint64_t size, bool force,
		      struct qvm_err *err)
{
	char before[32];

	if (size % 512 || size < MIB)
		return err_set(err, QVM_E_VALUE,
			       "a size is a multiple of 512 bytes, and at least 1 MiB");
	size_format(vw->vol->size, before);
	if (size < vw->vol->size && !force)
		return err_set(err, QVM_E_VALUE,
			       "it has %s: shrinking cuts off what lies behind (--force)",
			       before);
	return 0;
}

int op_volume_resize(struct qvm_ctx *ctx, const struct op_volume *req, uint64_t size,
		     bool force, struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	char text[32];
	int r = vol_open(ctx, req, &vw, err);

	if (r < 0)
		return r;
	r = check_size(&vw, size, force, err);
	if (r < 0)
		return vol_wrap(r, &vw, "resize", err);
	if (req->plan) {
		size_format(size, text);
		plan_add(req->plan, req->vm, "resize-volume", "%s to %s",
			 vol_role_names[req->role], text);
		return 0;
	}
	r = vol_hold_any(&vw, "resize", err);
	if (r < 0)
		return r;
	r = check_size(&vw, size, force, err);
	if (r == 0 && !vw.vol->persistent)
		r = resize_next(&vw, size, err);
	else if (r == 0 && size < vw.vol->size)
		r = shrink(&vw, size, err);
	else if (r == 0)
		r = grow(&vw, size, err);
	return vol_wrap(r, &vw, "resize", err);
}

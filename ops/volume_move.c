/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moving a volume to another pool, its revisions with it: the new generation is written
 * from one revision to the next, each time only where they differ, and a snapshot of it
 * becomes that revision there. One transaction turns to the new pool.
 *
 * The revisions get new numbers: two pools may share one volume group, where an id can be
 * used once only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/volume.h"

struct moving {
	struct vol_work *vw;
	struct vm_volume
		next; /* as it will be; its strings are borrowed, its array is not */
	struct pool_handle from, to;
	char live[POOL_ID_MAX];
	const char *what;
	struct intent making, removing;
	struct batch gone;
};

static void moving_dispose(struct moving *mv)
{
	pool_close(&mv->from);
	pool_close(&mv->to);
	intent_dispose(&mv->making);
	intent_dispose(&mv->removing);
	batch_dispose(&mv->gone);
	free(mv->next.revisions);
}

static int check_unread(const struct moving *mv, struct qvm_err *err)
{
	const struct vm_volume *vol = mv->vw->vol;
	struct intent *all = NULL;
	size_t n = 0;
	char id[POOL_ID_MAX];
	int r = intent_list(mv->vw->s, &all, &n, err);

	for (size_t i = 0; r == 0 && i < vol->revision_count; i++) {
		vol_revision_id(vol, vol->revisions[i].serial, id);
		if (vol_is_read(all, n, vol->pool, id))
			r = err_set(err, QVM_E_IN_USE,
				    "revision %u is beneath a running domain, or being "
				    "copied",
				    vol->revisions[i].serial);
	}
	intents_free(all, n);
	return r;
}

static void number_anew(struct moving *mv, const struct intent *all, size_t n)
{
	const struct vm_volume *vol = mv->vw->vol;
	uint32_t serial = vol_next_serial(vol, all, n);

	mv->next.revisions =
		xcalloc(vol->revision_count + 1, sizeof(*mv->next.revisions));
	for (size_t i = 0; i < vol->revision_count; i++) {
		mv->next.revisions[i] = vol->revisions[i];
		mv->next.revisions[i].serial = serial++;
	}
}

static void name_items(struct moving *mv)
{
	struct vol_work *vw = mv->vw;
	char id[POOL_ID_MAX];

	mv->making.vm_id = mv->removing.vm_id = vw->vm->id;
	mv->making.op = mv->removing.op = INTENT_REVISE;
	vol_live_id(&mv->next, mv->live);
	intent_item_add(&mv->making, "volume", mv->next.pool, mv->live);
	for (size_t i = 0; i < mv->next.revision_count; i++) {
		vol_revision_id(&mv->next, mv->next.revisions[i].serial, id);
		intent_item_add(&mv->making, "volume", mv->next.pool, id);
	}
}

static int record(struct moving *mv, struct qvm_err *err)
{
	struct store *s = mv->vw->s;
	struct intent *all = NULL;
	size_t n = 0;
	int r = store_begin(s, err);

	if (r == 0)
		r = intent_list(s, &all, &n, err);
	if (r == 0) {
		number_anew(mv, all, n);
		name_items(mv);
		r = intent_begin(s, &mv->making, err);
	}
	intents_free(all, n);
	return tx_end(s, r, err);
}

static int one_step(struct moving *mv, enum pool_step_kind kind, const char *to,
		    const char *from, uint64_t size, struct qvm_err *err)
{
	struct pool_step step = {
		.kind = kind, .size = size, .readonly = kind == POOL_SNAPSHOT};

	memcpy(step.to, to, strlen(to));
	if (from)
		memcpy(step.from, from, strlen(from));
	return mv->to.ops->apply(mv->to.pool, &step, 1, err);
}

static int copy_state(struct moving *mv, const struct block_dev *old, uint64_t size,
		      bool first, struct qvm_err *err)
{
	struct block_dev new;
	cleanup_close int in = -1, out = -1;
	struct vol_copy copy = {
		.what = mv->what, .size = size, .sparse = first, .compare = !first};
	int r = mv->to.ops->device(mv->to.pool, mv->live, &new, err);

	if (r < 0)
		return r;
	in = open(old->path, O_RDONLY | O_CLOEXEC);
	out = open(new.path, O_RDWR | O_CLOEXEC);
	if (in < 0 || out < 0)
		return err_errno(err, -errno, "cannot open the volume '%s'",
				 in < 0 ? old->path : new.path);
	copy.from = in;
	copy.to = out;
	return vol_copy(mv->vw->ctx, &copy, NULL, err);
}

/* Makes the new generation hold what ID holds in the old pool. */
static int take_over(struct moving *mv, const char *id, bool first, struct qvm_err *err)
{
	struct block_dev old;
	struct vol_stat st;
	int r = mv->from.ops->device(mv->from.pool, id, &old, err);

	if (r == 0)
		r = mv->from.ops->stat(mv->from.pool, id, &st, err);
	if (r == 0)
		r = one_step(mv, first ? POOL_CREATE : POOL_RESIZE, mv->live, NULL,
			     st.size, err);
	return r < 0 ? r : copy_state(mv, &old, st.size, first, err);
}

static int copy_all(struct moving *mv, struct qvm_err *err)
{
	const struct vm_volume *vol = mv->vw->vol;
	char id[POOL_ID_MAX], to[POOL_ID_MAX];
	struct vol_stat st;
	int r = 0;

	for (size_t i = 0; r == 0 && i < vol->revision_count; i++) {
		vol_revision_id(vol, vol->revisions[i].serial, id);
		vol_revision_id(vol, mv->next.revisions[i].serial, to);
		r = take_over(mv, id, i == 0, err);
		if (r == 0)
			r = one_step(mv, POOL_SNAPSHOT, to, mv->live, 0, err);
	}
	vol_live_id(vol, id);
	if (r == 0)
		r = take_over(mv, id, vol->revision_count == 0, err);
	if (r == 0)
		r = mv->to.ops->stat(mv->to.pool, mv->live, &st, err);
	if (r == 0)
		mv->next.size = st.size;
	return r;
}

static int commit(struct moving *mv, struct qvm_err *err)
{
	struct vol_work *vw = mv->vw;
	struct pool_step step = {.kind = POOL_REMOVE};
	int r;

	vol_live_id(vw->vol, step.to);
	batch_add(&mv->gone, vw->vol->pool, &step);
	for (size_t i = 0; i < vw->vol->revision_count; i++) {
		vol_revision_id(vw->vol, vw->vol->revisions[i].serial, step.to);
		batch_add(&mv->gone, vw->vol->pool, &step);
	}
	batch_intent(&mv->gone, &mv->removing);
	r = store_begin(vw->s, err);
	if (r == 0)
		r = store_volume_update(vw->s, &mv->next, err);
	for (size_t i = 0; r == 0 && i < mv->next.revision_count; i++)
		r = store_revision_update(vw->s, &mv->next.revisions[i], err);
	if (r == 0)
		r = intent_end(vw->s, mv->making.id, err);
	if (r == 0)
		r = intent_begin(vw->s, &mv->removing, err);
	return tx_end(vw->s, r, err);
}

static int move(struct moving *mv, struct qvm_err *err)
{
	struct vol_work *vw = mv->vw;
	struct qvm_err why;
	int r = check_unread(mv, err);

	if (r == 0)
		r = pool_open(vw->ctx, vw->w, vw->vol->pool, &mv->from, err);
	if (r == 0)
		r = pool_open(vw->ctx, vw->w, mv->next.pool, &mv->to, err);
	if (r == 0)
		r = record(mv, err);
	if (r < 0)
		return r;
	r = copy_all(mv, err);
	if (r == 0)
		r = commit(mv, err);
	if (r == 0)
		vol_remove_gone(vw->ctx, vw->s, vw->w, &mv->gone, &mv->removing);
	else if (intent_resolve(vw->ctx, vw->s, &mv->making, &why) < 0)
		ctx_log(vw->ctx, QVM_LEVEL_WARN, "left for qvm-recover: %s", why.text);
	devices_release(vw->ctx, vw->s, vw->w, &mv->making);
	return r;
}

static int move_held(struct vol_work *vw, const char *pool, struct qvm_err *err)
{
	cleanup_free char *what = xasprintf("moving '%s:%s' to pool '%s'", vw->vm->name,
					    vol_role_names[vw->vol->role], pool);
	cleanup(moving_dispose) struct moving mv = {
		.vw = vw, .next = *vw->vol, .what = what};

	mv.next.pool = (char *)pool;
	mv.next.revisions = NULL;
	/* What is made at each start has nothing to copy. */
	if (!vw->vol->persistent)
		return store_volume_update(vw->s, &mv.next, err);
	mv.next.generation++;
	return move(&mv, err);
}

static uint64_t live_use(struct vol_work *vw)
{
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	struct qvm_err unknown;
	struct vol_stat st;
	char id[POOL_ID_MAX];

	vol_live_id(vw->vol, id);
	if (!vw->vol->persistent ||
	    pool_open(vw->ctx, vw->w, vw->vol->pool, &pool, &unknown) < 0 ||
	    pool.ops->stat(pool.pool, id, &st, &unknown) < 0)
		return 0;
	return st.used;
}

int op_volume_move(struct qvm_ctx *ctx, const struct op_volume *req, const char *pool,
		   struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	const char *role = vol_role_names[req->role];
	int r = vol_open(ctx, req, &vw, err);

	if (r < 0)
		return r;
	if (!world_pool(vw.w, pool))
		return err_set(err, QVM_E_NOT_FOUND, "no such pool: '%s'", pool);
	if (strcmp(vw.vol->pool, pool) == 0)
		return 0;
	r = vw.vol->persistent
		    ? pool_guard(ctx, vw.w, pool, live_use(&vw), req->plan, err)
		    : 0;
	if (r < 0)
		return err_wrap(err, "cannot move '%s:%s'", req->vm, role);
	if (req->plan) {
		plan_add(req->plan, req->vm, "move-volume",
			 "%s from pool '%s' to '%s', %zu revisions with it", role,
			 vw.vol->pool, pool, vw.vol->revision_count);
		return 0;
	}
	r = vol_hold(&vw, "move", err);
	if (r < 0)
		return r;
	r = move_held(&vw, pool, err);
	return r < 0 ? err_wrap(err, "cannot move '%s:%s'", req->vm, role) : 0;
}

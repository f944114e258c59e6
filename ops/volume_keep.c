/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Revisions by hand: keeping a state under a name, pinning and dropping it. */
#include <time.h>

#include "ops/volume.h"

static int name_is_free(const struct vol_work *vw, const char *name, struct qvm_err *err)
{
	struct vm_revision *rev;
	struct qvm_err absent;

	if (vol_revision_find(vw->vol, name, &rev, &absent) == 0)
		return err_set(err, QVM_E_EXISTS, "there is a revision '%s' already",
			       name);
	if (vw->vol->revisions_to_keep < 0)
		return err_set(err, QVM_E_VALUE,
			       "it keeps no revisions (revisions_to_keep is -1)");
	return 0;
}

/* The step and the intent of it, in one transaction. */
static int record_snapshot(struct vol_work *vw, struct batch *b, struct intent *in,
			   uint32_t *ret_serial, struct qvm_err *err)
{
	struct pool_step step = {.kind = POOL_SNAPSHOT, .readonly = true};
	struct intent *all = NULL;
	size_t n = 0;
	int r = store_begin(vw->s, err);

	if (r == 0)
		r = intent_list(vw->s, &all, &n, err);
	if (r == 0) {
		*ret_serial = vol_next_serial(vw->vol, all, n);
		vol_live_id(vw->vol, step.from);
		vol_revision_id(vw->vol, *ret_serial, step.to);
		batch_add(b, vw->vol->pool, &step);
		batch_intent(b, in);
		r = intent_begin(vw->s, in, err);
	}
	intents_free(all, n);
	return tx_end(vw->s, r, err);
}

static int keep_snapshot(struct vol_work *vw, const struct intent *in,
			 struct vm_revision *rev, struct qvm_err *err)
{
	int r = store_begin(vw->s, err);

	if (r == 0)
		r = store_revision_add(vw->s, vw->vol->id, rev, err);
	if (r == 0 && !vw->running) {
		vw->vol->dirty = false;
		r = store_volume_update(vw->s, vw->vol, err);
	}
	if (r == 0)
		r = intent_end(vw->s, in->id, err);
	return tx_end(vw->s, r, err);
}

static int take_snapshot(struct vol_work *vw, const char *name, struct qvm_err *err)
{
	cleanup_batch struct batch b = {0};
	cleanup(intent_dispose) struct intent in = {.vm_id = vw->vm->id,
						    .op = INTENT_REVISE};
	struct vm_revision rev = {.created = (int64_t)time(NULL),
				  .label = (char *)name,
				  .live = vw->running};
	struct qvm_err undo_err;
	int r = record_snapshot(vw, &b, &in, &rev.serial, err);

	if (r < 0)
		return r;
	r = batch_apply(vw->ctx, vw->w, &b, err);
	if (r == 0)
		r = keep_snapshot(vw, &in, &rev, err);
	if (r < 0 && intent_resolve(vw->ctx, vw->s, &in, &undo_err) < 0)
		ctx_log(vw->ctx, QVM_LEVEL_WARN, "left for qvm-recover: %s",
			undo_err.text);
	return r;
}

/* Where the newest revision is that state already, it just gets the name. */
static int name_state(struct vol_work *vw, const char *name, struct qvm_err *err)
{
	const struct vm_revision *newest = vol_newest(vw->vol);
	struct vm_revision named;

	if (vw->running || vw->vol->dirty || !newest || newest->label)
		return take_snapshot(vw, name, err);
	named = *newest;
	named.label = (char *)name;
	return store_revision_update(vw->s, &named, err);
}

int op_volume_snapshot(struct qvm_ctx *ctx, const struct op_volume *req, const char *name,
		       struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	int r = vol_revision_name_check(name, err);

	if (r == 0)
		r = vol_open(ctx, req, &vw, err);
	if (r == 0)
		r = vol_check_lasting(&vw, "snapshot", err);
	if (r < 0)
		return r;
	r = name_is_free(&vw, name, err);
	if (r == 0)
		r = pool_guard(ctx, vw.w, vw.vol->pool, 0, req->plan, err);
	if (r < 0)
		return vol_wrap(r, &vw, "snapshot", err);
	if (req->plan) {
		plan_add(req->plan, req->vm, "snapshot-volume", "%s as '%s'",
			 vol_role_names[req->role], name);
		return 0;
	}
	r = vol_hold_any(&vw, "snapshot", err);
	if (r < 0)
		return r;
	r = name_is_free(&vw, name, err);
	if (r == 0)
		r = name_state(&vw, name, err);
	return vol_wrap(r, &vw, "snapshot", err);
}

int vol_keep_running(struct qvm_ctx *ctx, const struct op_volume *req, const char *name,
		     struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	struct qvm_err gone;
	int r = op_volume_drop(ctx, req, name, &gone);

	if (r < 0 && r != -QVM_E_NOT_FOUND) {
		*err = gone;
		return r;
	}
	r = vol_open(ctx, req, &vw, err);
	if (r == 0)
		r = pool_guard(ctx, vw.w, vw.vol->pool, 0, false, err);
	if (r == 0)
		r = vol_hold_any(&vw, "snapshot", err);
	if (r == 0 && !vw.running)
		return err_set(err, QVM_E_NOT_RUNNING, "'%s' does not run", req->vm);
	if (r == 0)
		r = name_is_free(&vw, name, err);
	if (r == 0)
		r = take_snapshot(&vw, name, err);
	return vol_wrap(r, &vw, "snapshot", err);
}

/* Looks up the volume and its revision, and holds them, unless it is a dry run. */
static int open_revision(struct qvm_ctx *ctx, const struct op_volume *req,
			 const char *what, const char *revision, struct vol_work *vw,
			 struct vm_revision **ret, struct qvm_err *err)
{
	int r = vol_open(ctx, req, vw, err);

	if (r == 0)
		r = vol_check_lasting(vw, what, err);
	if (r == 0 && !req->plan)
		r = vol_hold_any(vw, what, err);
	return r < 0 ? r
		     : vol_wrap(vol_revision_find(vw->vol, revision, ret, err), vw, what,
				err);
}

int op_volume_pin(struct qvm_ctx *ctx, const struct op_volume *req, const char *revision,
		  bool pinned, struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	const char *what = pinned ? "pin" : "unpin";
	struct vm_revision *rev;
	int r = open_revision(ctx, req, what, revision, &vw, &rev, err);

	if (r < 0)
		return r;
	if (req->plan) {
		plan_add(req->plan, req->vm, what, "%s: revision %u",
			 vol_role_names[req->role], rev->serial);
		return 0;
	}
	rev->pinned = pinned;
	return vol_wrap(store_revision_update(vw.s, rev, err), &vw, what, err);
}

static int may_drop(const struct vol_work *vw, const struct vm_revision *rev,
		    const struct intent *all, size_t n, struct qvm_err *err)
{
	char id[POOL_ID_MAX];

	vol_revision_id(vw->vol, rev->serial, id);
	if (rev == vol_newest(vw->vol))
		return err_set(err, QVM_E_IN_USE,
			       "revision %u is the current state of '%s:%s'", rev->serial,
			       vw->vm->name, vol_role_names[vw->vol->role]);
	if (rev->pinned)
		return err_set(err, QVM_E_IN_USE, "revision %u is pinned", rev->serial);
	if (vol_is_read(all, n, vw->vol->pool, id))
		return err_set(err, QVM_E_IN_USE, "revision %u is being read",
			       rev->serial);
	return 0;
}

static int forget(struct vol_work *vw, const struct vm_revision *rev, bool dry_run,
		  struct batch *gone, struct intent *in, struct qvm_err *err)
{
	struct pool_step step = {.kind = POOL_REMOVE};
	struct intent *all = NULL;
	size_t n = 0;
	int r = store_begin(vw->s, err);

	if (r == 0)
		r = intent_list(vw->s, &all, &n, err);
	if (r == 0)
		r = may_drop(vw, rev, all, n, err);
	intents_free(all, n);
	if (r == 0 && dry_run) {
		store_rollback(vw->s);
		return 0;
	}
	vol_revision_id(vw->vol, rev->serial, step.to);
	batch_add(gone, vw->vol->pool, &step);
	batch_intent(gone, in);
	if (r == 0)
		r = store_revision_remove(vw->s, rev->id, err);
	if (r == 0)
		r = intent_begin(vw->s, in, err);
	return tx_end(vw->s, r, err);
}

int op_volume_drop(struct qvm_ctx *ctx, const struct op_volume *req, const char *revision,
		   struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	cleanup_batch struct batch gone = {0};
	cleanup(intent_dispose) struct intent in = {.op = INTENT_REVISE};
	struct vm_revision *rev;
	int r = open_revision(ctx, req, "drop a revision of", revision, &vw, &rev, err);

	if (r < 0)
		return r;
	in.vm_id = vw.vm->id;
	r = forget(&vw, rev, req->plan, &gone, &in, err);
	if (r < 0)
		return vol_wrap(r, &vw, "drop a revision of", err);
	if (req->plan)
		plan_add(req->plan, req->vm, "drop-revision", "%s: revision %u",
			 vol_role_names[req->role], rev->serial);
	else
		vol_remove_gone(ctx, vw.s, vw.w, &gone, &in);
	return 0;
}

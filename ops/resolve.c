/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Undoing and finishing by intents. One rule serves a failure now and a crash before: what
 * the registry refers to stays, all else that the intent names goes.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "ops/volume.h"

struct resolving {
	struct qvm_ctx *ctx;
	struct store *s;
	struct world *w; /* for pools and the scratch store */
	struct vm vm;	 /* the domain, hidden or not; id -1 when its row is gone */
	const struct intent *in;
};

static bool is_referenced(const struct resolving *rs, const char *pool, const char *id)
{
	char own[POOL_ID_MAX];

	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &rs->vm.volumes[i];

		if (rs->vm.id < 0 || !rs->vm.has_volume[i] || !vol->persistent ||
		    strcmp(vol->pool, pool) != 0)
			continue;
		vol_live_id(vol, own);
		if (strcmp(own, id) == 0)
			return true;
		for (size_t k = 0; k < vol->revision_count; k++) {
			vol_revision_id(vol, vol->revisions[k].serial, own);
			if (strcmp(own, id) == 0)
				return true;
		}
	}
	return false;
}

/* All unreferenced volumes of the intent, newest first, in one batch per pool. */
static int undo_volumes(struct resolving *rs, struct qvm_err *err)
{
	cleanup_batch struct batch b = {0};

	for (size_t i = rs->in->item_count; i-- > 0;) {
		const struct intent_item *item = &rs->in->items[i];
		struct pool_step step = {.kind = POOL_REMOVE};

		if (strcmp(item->kind, "volume") != 0 ||
		    is_referenced(rs, item->pool, item->name))
			continue;
		strncpy(step.to, item->name, sizeof(step.to) - 1);
		batch_add(&b, item->pool, &step);
	}
	return batch_apply(rs->ctx, rs->w, &b, err);
}

static int undo_scratch(struct resolving *rs, struct qvm_err *err)
{
	const char *names[VOL_ROLE_COUNT + 1]; /* and that of image_volume */
	size_t n = 0;
	int r;

	for (size_t i = 0; i < rs->in->item_count && n < array_len(names); i++)
		if (strcmp(rs->in->items[i].kind, "scratch") == 0)
			names[n++] = rs->in->items[i].name;
	if (!n)
		return 0;
	r = scratch_get(rs->ctx, rs->w->scratch, err);
	return r < 0 ? r
		     : rs->ctx->scratch->remove(rs->ctx->scratch_handle, names, n, err);
}

/* The domain is looked up by its uuid: its number was never written down in time. */
static int undo_domain(struct resolving *rs, struct qvm_err *err)
{
	cleanup_free struct hv_dom *doms = NULL;
	size_t n = 0;
	int r = view_get(rs->ctx, err);

	if (r == 0)
		r = rs->ctx->view->list(rs->ctx->view_handle, &doms, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (!uuid_equal(&doms[i].id.uuid, &rs->vm.uuid))
			continue;
		r = hv_get(rs->ctx, err);
		if (r == 0)
			r = rs->ctx->hv->destroy(rs->ctx->hv_handle, &doms[i].id, err);
	}
	return r;
}

/* Who waits for the end is let go; where that cannot be said, with the revisions. */
static void tell_end(struct qvm_ctx *ctx, int64_t vm_id)
{
	struct run_state state;
	struct qvm_err untold;

	run_state_read(ctx, vm_id, &state);
	if (state.phase != RUN_RUNNING)
		return;
	state.phase = RUN_ENDING;
	if (run_state_write(ctx, vm_id, &state, &untold) < 0)
		ctx_log(ctx, QVM_LEVEL_DEBUG, "%s", untold.text);
}

static int undo_run(struct resolving *rs, struct qvm_err *err)
{
	int r = undo_domain(rs, err);

	if (r == 0)
		r = undo_scratch(rs, err);
	if (r < 0)
		return r;
	tell_end(rs->ctx, rs->in->vm_id);
	/* What was written counts: it becomes a revision, and the intent ends with it. */
	r = vm_revise(rs->ctx, rs->s, rs->in->vm_id, rs->in->id, err);
	/* Whoever reads its newest revision has waited for this. */
	run_state_remove(rs->ctx, rs->in->vm_id);
	devices_release(rs->ctx, rs->s, rs->w, rs->in);
	return r;
}

/* The row first: from then on nothing refers to the volumes. */
static int undo_making(struct resolving *rs, struct qvm_err *err)
{
	cleanup_free char *run_dir = ctx_vm_run_dir(rs->ctx, rs->in->vm_id);
	int r;

	rs->vm.id = -1;
	r = undo_volumes(rs, err);
	if (r < 0)
		return r;
	r = tree_remove(run_dir);
	if (r < 0)
		return err_errno(err, r, "cannot remove '%s'", run_dir);
	r = store_begin(rs->s, err);
	if (r == 0)
		r = store_vm_remove(rs->s, rs->in->vm_id, err);
	if (r == 0)
		r = intent_end(rs->s, rs->in->id, err);
	if (r == 0)
		return store_commit(rs->s, err);
	store_rollback(rs->s);
	return r;
}

/* A resize goes forward: the registry has the new size before the device has it. */
static int finish_resize(struct resolving *rs, enum vol_role role, const char *id,
			 struct qvm_err *err)
{
	const struct vm_volume *vol = &rs->vm.volumes[role];
	struct pool_step step = {.kind = POOL_RESIZE, .size = vol->size};
	cleanup_batch struct batch b = {0};
	int r;

	if (rs->vm.id < 0 || !rs->vm.has_volume[role])
		return 0;
	vol_live_id(vol, step.to);
	if (strcmp(step.to, id) != 0)
		return 0;
	batch_add(&b, vol->pool, &step);
	r = batch_apply(rs->ctx, rs->w, &b, err);
	return r < 0 ? r : vol_grow_children(rs->s, rs->w, &rs->vm, role, vol->size, err);
}

/* 1: there was one, so that its readers are to see it, too. */
static int finish_resizes(struct resolving *rs, struct qvm_err *err)
{
	int r = 0, any = 0;

	for (size_t i = 0; i < rs->in->item_count; i++)
		for (int k = 0; r == 0 && k < VOL_ROLE_COUNT; k++) {
			if (strcmp(rs->in->items[i].kind, "resize") != 0)
				continue;
			any = rs->vm.id >= 0;
			r = finish_resize(rs, (enum vol_role)k, rs->in->items[i].name,
					  err);
		}
	return r < 0 ? r : any;
}

static int undo_revising(struct resolving *rs, struct qvm_err *err)
{
	int r = undo_volumes(rs, err);

	if (r == 0)
		r = finish_resizes(rs, err);
	if (r > 0)
		return vm_revise(rs->ctx, rs->s, rs->in->vm_id, rs->in->id, err);
	return r < 0 ? r : intent_end(rs->s, rs->in->id, err);
}

static int (*const undo_by_op[INTENT_OP_COUNT])(struct resolving *, struct qvm_err *) = {
	[INTENT_CREATE] = undo_making,
	[INTENT_REMOVE] = undo_making,
	[INTENT_RUN] = undo_run,
	[INTENT_REVISE] = undo_revising,
};

int intent_resolve(struct qvm_ctx *ctx, struct store *s, const struct intent *in,
		   struct qvm_err *err)
{
	struct resolving rs = {.ctx = ctx, .s = s, .in = in};
	int r = store_load(s, &rs.w, err);

	if (r == 0)
		r = store_vm_load(s, in->vm_id, &rs.vm, err);
	if (r == -QVM_E_NO_VM) {
		rs.vm.id = -1;
		r = 0;
	}
	if (r == 0)
		r = undo_by_op[in->op](&rs, err);
	vm_dispose(&rs.vm);
	world_free(rs.w);
	return r;
}

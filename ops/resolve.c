/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Undoing and finishing by intents. One rule serves a failure now and a crash before: what
 * the registry refers to stays, all else that the intent names goes.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "ops/internal.h"

struct resolving {
	struct qvm_ctx *ctx;
	struct store *s;
	struct world *w; /* for pools and the scratch store */
	struct vm vm;	 /* the domain, hidden or not; id -1 when its row is gone */
	const struct intent *in;
};

static bool is_referenced(const struct resolving *rs, const char *id)
{
	char own[POOL_ID_MAX];

	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &rs->vm.volumes[i];

		if (rs->vm.id < 0 || !rs->vm.has_volume[i] || !vol->persistent)
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

		if (strcmp(item->kind, "volume") != 0 || is_referenced(rs, item->name))
			continue;
		strncpy(step.to, item->name, sizeof(step.to) - 1);
		batch_add(&b, item->pool, &step);
	}
	return batch_apply(rs->ctx, rs->w, &b, err);
}

static int undo_scratch(struct resolving *rs, struct qvm_err *err)
{
	const char *names[VOL_ROLE_COUNT];
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

static int undo_run(struct resolving *rs, struct qvm_err *err)
{
	int r = undo_domain(rs, err);

	if (r == 0)
		r = undo_scratch(rs, err);
	if (r < 0)
		return r;
	run_state_remove(rs->ctx, rs->in->vm_id);
	/* What was written counts: it becomes a revision, and the intent ends with it. */
	return vm_revise(rs->ctx, rs->s, rs->in->vm_id, rs->in->id, err);
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

static int undo_revising(struct resolving *rs, struct qvm_err *err)
{
	int r = undo_volumes(rs, err);

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

/* ---- revisions ---- */

/* Is it beneath a volume of a domain that runs now? */
static bool is_origin(const struct intent *intents, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < intents[i].item_count; k++)
			if (strcmp(intents[i].items[k].kind, "origin") == 0 &&
			    strcmp(intents[i].items[k].name, id) == 0)
				return true;
	return false;
}

/*
 * Which revisions go: the oldest beyond the newest (which is the current state) and the
 * number kept, but no pinned or named one, and none that something still reads.
 */
static int prune(struct store *s, const struct vm_volume *vol,
		 const struct intent *intents, size_t intent_count, struct batch *b,
		 struct qvm_err *err)
{
	size_t keep = (size_t)vol->revisions_to_keep + 1;
	int r = 0;

	for (size_t i = 0; r == 0 && i + keep < vol->revision_count; i++) {
		const struct vm_revision *rev = &vol->revisions[i];
		struct pool_step step = {.kind = POOL_REMOVE};

		vol_revision_id(vol, rev->serial, step.to);
		if (rev->pinned || rev->label ||
		    is_origin(intents, intent_count, step.to))
			continue;
		r = store_revision_remove(s, rev->id, err);
		batch_add(b, vol->pool, &step);
	}
	return r;
}

static uint32_t next_serial(const struct vm_volume *vol)
{
	const struct vm_revision *newest = vol_newest(vol);

	return newest ? newest->serial + 1 : 1;
}

static bool needs_revision(const struct vm *vm, int role)
{
	const struct vm_volume *vol = &vm->volumes[role];

	return vm->has_volume[role] && vol->persistent && vol->dirty &&
	       vol->revisions_to_keep >= 0;
}

static void snapshot_steps(const struct vm *vm, struct batch *b)
{
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		struct pool_step step = {.kind = POOL_SNAPSHOT, .readonly = true};

		if (!needs_revision(vm, i))
			continue;
		vol_live_id(&vm->volumes[i], step.from);
		vol_revision_id(&vm->volumes[i], next_serial(&vm->volumes[i]), step.to);
		batch_add(b, vm->volumes[i].pool, &step);
	}
}

/*
 * One transaction: the new revisions are current, old ones are forgotten, volumes are
 * clean, and the intents that led here end. FORGOTTEN names what is to be removed, under a
 * new intent.
 */
static int commit_revisions(struct store *s, struct vm *vm, int64_t run_id,
			    int64_t revise_id, struct batch *forgotten, struct intent *in,
			    struct qvm_err *err)
{
	struct intent *intents = NULL;
	size_t n = 0;
	int r = store_begin(s, err);

	if (r == 0)
		r = intent_list(s, &intents, &n, err);
	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++) {
		struct vm_volume *vol = &vm->volumes[i];
		struct vm_revision rev = {.serial = next_serial(vol),
					  .created = (int64_t)time(NULL)};

		if (!needs_revision(vm, i))
			continue;
		r = store_revision_add(s, vol->id, &rev, err);
		if (r < 0)
			break;
		array_grow(vol->revisions, vol->revision_count) = rev;
		vol->revision_count++;
		vol->dirty = false;
		r = store_volume_update(s, vol, err);
		if (r == 0)
			r = prune(s, vol, intents, n, forgotten, err);
	}
	if (r == 0 && run_id)
		r = intent_end(s, run_id, err);
	if (r == 0)
		r = intent_end(s, revise_id, err);
	if (r == 0 && forgotten->count) {
		batch_intent(forgotten, in);
		r = intent_begin(s, in, err);
	}
	intents_free(intents, n);
	if (r == 0)
		return store_commit(s, err);
	store_rollback(s);
	return r;
}

/*
 * A full pool keeps no domain from ending: its volumes stay as they are, dirty, and the
 * next stop tries again.
 */
static int go_without(struct qvm_ctx *ctx, struct store *s, const struct vm *vm,
		      int64_t run_id, const struct intent *taking, struct qvm_err *err)
{
	int r;

	ctx_log(ctx, QVM_LEVEL_WARN, "no new revision of '%s': %s", vm->name, err->text);
	r = intent_resolve(ctx, s, taking, err);
	return r == 0 && run_id ? intent_end(s, run_id, err) : r;
}

static int take_revisions(struct qvm_ctx *ctx, struct store *s, const struct world *w,
			  struct vm *vm, int64_t run_id, struct qvm_err *err)
{
	cleanup_batch struct batch taken = {0}, forgotten = {0};
	cleanup(intent_dispose) struct intent taking = {.vm_id = vm->id,
							.op = INTENT_REVISE};
	cleanup(intent_dispose) struct intent pruning = {.vm_id = vm->id,
							 .op = INTENT_REVISE};
	int r;

	snapshot_steps(vm, &taken);
	if (!taken.count)
		return run_id ? intent_end(s, run_id, err) : 0;
	batch_intent(&taken, &taking);
	r = intent_begin(s, &taking, err);
	if (r == 0)
		r = batch_apply(ctx, w, &taken, err);
	if (r == -QVM_E_NO_SPACE)
		return go_without(ctx, s, vm, run_id, &taking, err);
	if (r == 0)
		r = commit_revisions(s, vm, run_id, taking.id, &forgotten, &pruning, err);
	if (r == 0)
		r = batch_apply(ctx, w, &forgotten, err);
	if (r == 0 && pruning.id)
		r = intent_end(s, pruning.id, err);
	return r;
}

int vm_revise(struct qvm_ctx *ctx, struct store *s, int64_t vm_id, int64_t run_id,
	      struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	struct vm vm = {0};
	int r = store_load(s, &w, err);

	if (r == 0)
		r = store_vm_load(s, vm_id, &vm, err);
	if (r == 0)
		r = take_revisions(ctx, s, w, &vm, run_id, err);
	vm_dispose(&vm);
	return r;
}

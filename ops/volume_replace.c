/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New content for a volume: a new generation is made beside the live one, filled, and its
 * first revision taken; then one transaction turns to it. A crash leaves the one or the
 * other, and the intents name what is over.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "ops/volume.h"

struct replacing {
	struct vol_work *vw;
	const struct vol_replacement *how;
	char id[POOL_ID_MAX];	  /* of the new generation */
	uint32_t kept, current;	  /* numbers of the revisions; 0: none is taken */
	uint64_t size;		  /* as the pool made it */
	struct batch made, taken; /* before it is filled, and after */
	struct batch gone;
	struct intent making, removing;
	struct world *now; /* as of the transaction that turned to it */
};

static void replacing_dispose(struct replacing *rp)
{
	batch_dispose(&rp->made);
	batch_dispose(&rp->taken);
	batch_dispose(&rp->gone);
	intent_dispose(&rp->making);
	intent_dispose(&rp->removing);
	world_free(rp->now);
}

static void add_snapshot(struct batch *b, const struct vm_volume *vol, const char *from,
			 uint32_t serial)
{
	struct pool_step step = {.kind = POOL_SNAPSHOT, .readonly = true};

	memcpy(step.from, from, strlen(from));
	vol_revision_id(vol, serial, step.to);
	batch_add(b, vol->pool, &step);
}

static void choose_steps(struct replacing *rp, const struct intent *all, size_t n)
{
	const struct vm_volume *vol = rp->vw->vol;
	struct vm_volume next = *vol;
	struct pool_step step = {.kind = POOL_CREATE, .size = rp->how->size};
	uint32_t serial = vol_next_serial(vol, all, n);
	char live[POOL_ID_MAX];

	vol_live_id(vol, live);
	next.generation++;
	vol_live_id(&next, rp->id);
	memcpy(step.to, rp->id, sizeof(step.to));
	if (vol->revisions_to_keep >= 0 && (vol->dirty || !vol_newest(vol))) {
		rp->kept = serial++;
		add_snapshot(&rp->made, vol, live, rp->kept);
	}
	if (rp->how->from[0]) {
		step.kind = POOL_SNAPSHOT;
		memcpy(step.from, rp->how->from, sizeof(step.from));
	}
	batch_add(&rp->made, vol->pool, &step);
	step.kind = POOL_RESIZE;
	if (rp->how->from[0] && rp->how->size)
		batch_add(&rp->made, vol->pool, &step);
	if (vol->revisions_to_keep >= 0) {
		rp->current = serial;
		add_snapshot(&rp->taken, vol, rp->id, rp->current);
	}
}

static int record(struct replacing *rp, struct qvm_err *err)
{
	struct vol_work *vw = rp->vw;
	struct intent *all = NULL;
	size_t n = 0;
	int r = store_begin(vw->s, err);

	if (r == 0)
		r = intent_list(vw->s, &all, &n, err);
	if (r == 0) {
		choose_steps(rp, all, n);
		rp->making.vm_id = rp->removing.vm_id = vw->vm->id;
		rp->making.op = rp->removing.op = INTENT_REVISE;
		batch_intent(&rp->made, &rp->making);
		batch_intent(&rp->taken, &rp->making);
		if (rp->how->read_id)
			intent_item_add(&rp->making, "origin", rp->how->read_pool,
					rp->how->read_id);
		r = intent_begin(vw->s, &rp->making, err);
	}
	intents_free(all, n);
	return tx_end(vw->s, r, err);
}

static int make(struct replacing *rp, struct qvm_err *err)
{
	struct vol_work *vw = rp->vw;
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	struct block_dev dev;
	struct vol_stat st;
	int r = batch_apply(vw->ctx, vw->w, &rp->made, err);

	if (r == 0)
		r = pool_open(vw->ctx, vw->w, vw->vol->pool, &pool, err);
	if (r == 0 && rp->how->fill) {
		r = pool.ops->device(pool.pool, rp->id, &dev, err);
		if (r == 0)
			r = rp->how->fill(vw->ctx, &dev, rp->how->arg, err);
	}
	if (r == 0)
		r = pool.ops->stat(pool.pool, rp->id, &st, err);
	if (r < 0)
		return r;
	rp->size = st.size;
	return batch_apply(vw->ctx, vw->w, &rp->taken, err);
}

static int add_revision(struct replacing *rp, struct vm_volume *vol, uint32_t serial,
			struct qvm_err *err)
{
	struct vm_revision rev = {.serial = serial, .created = (int64_t)time(NULL)};
	int r;

	if (!serial)
		return 0;
	r = store_revision_add(rp->vw->s, vol->id, &rev, err);
	if (r < 0)
		return r;
	array_grow(vol->revisions, vol->revision_count) = rev;
	vol->revision_count++;
	return 0;
}

static int turn(struct replacing *rp, struct vm *vm, struct vm_volume *vol,
		const struct intent *all, size_t n, struct qvm_err *err)
{
	struct store *s = rp->vw->s;
	struct pool_step old = {.kind = POOL_REMOVE};
	int r = add_revision(rp, vol, rp->kept, err);

	vol_live_id(vol, old.to);
	vol->generation++;
	vol->size = rp->size;
	vol->dirty = vol->revisions_to_keep < 0;
	if (r == 0)
		r = add_revision(rp, vol, rp->current, err);
	if (r == 0)
		r = store_volume_update(s, vol, err);
	if (r == 0)
		r = vol_grow_children(s, rp->now, vm, vol->role, vol->size, err);
	if (r == 0)
		r = vol_prune(s, vol, all, n, &rp->gone, err);
	if (r == 0)
		r = intent_end(s, rp->making.id, err);
	batch_add(&rp->gone, vol->pool, &old);
	batch_intent(&rp->gone, &rp->removing);
	return r < 0 ? r : intent_begin(s, &rp->removing, err);
}

static int commit(struct replacing *rp, struct qvm_err *err)
{
	struct vol_work *vw = rp->vw;
	struct intent *all = NULL;
	size_t n = 0;
	int r = store_begin(vw->s, err);
	struct vm *vm;

	if (r == 0)
		r = store_load(vw->s, &rp->now, err);
	if (r == 0)
		r = intent_list(vw->s, &all, &n, err);
	if (r == 0) {
		vm = world_vm_by_id(rp->now, vw->vm->id);
		r = vm ? turn(rp, vm, &vm->volumes[vw->vol->role], all, n, err)
		       : err_set(err, QVM_E_NO_VM, "the domain was removed");
	}
	intents_free(all, n);
	return tx_end(vw->s, r, err);
}

int vol_replace(struct vol_work *vw, const struct vol_replacement *how,
		struct qvm_err *err)
{
	cleanup(replacing_dispose) struct replacing rp = {.vw = vw, .how = how};
	struct qvm_err undo_err;
	int r = record(&rp, err);

	if (r < 0)
		return r;
	r = make(&rp, err);
	if (r == 0)
		r = commit(&rp, err);
	if (r == 0)
		vol_remove_gone(vw->ctx, vw->s, vw->w, &rp.gone, &rp.removing);
	else if (intent_resolve(vw->ctx, vw->s, &rp.making, &undo_err) < 0)
		ctx_log(vw->ctx, QVM_LEVEL_WARN, "left for qvm-recover: %s",
			undo_err.text);
	devices_release(vw->ctx, vw->s, vw->w, &rp.making);
	return r;
}

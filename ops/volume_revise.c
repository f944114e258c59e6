/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Revisions: taken when a domain has ended, pruned by number, never changed. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/volume.h"

int tx_end(struct store *s, int r, struct qvm_err *err)
{
	if (r == 0)
		return store_commit(s, err);
	store_rollback(s);
	return r;
}

static uint32_t serial_of(const struct vm_volume *vol, const char *id)
{
	cleanup_free char *lead = xasprintf("v%lld-r", (long long)vol->id);
	long long serial;

	if (strncmp(id, lead, strlen(lead)) != 0 ||
	    num_parse(id + strlen(lead), 1, UINT32_MAX, &serial) < 0)
		return 0;
	return (uint32_t)serial;
}

uint32_t vol_next_serial(const struct vm_volume *vol, const struct intent *all, size_t n)
{
	uint32_t highest = 0;

	for (size_t i = 0; i < vol->revision_count; i++)
		if (vol->revisions[i].serial > highest)
			highest = vol->revisions[i].serial;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all[i].item_count; k++) {
			uint32_t serial = serial_of(vol, all[i].items[k].name);

			if (serial > highest)
				highest = serial;
		}
	return highest + 1;
}

bool vol_is_read(const struct intent *all, size_t n, const char *pool, const char *id)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all[i].item_count; k++) {
			const struct intent_item *item = &all[i].items[k];

			if (strcmp(item->kind, "origin") == 0 && item->pool &&
			    strcmp(item->pool, pool) == 0 && strcmp(item->name, id) == 0)
				return true;
		}
	return false;
}

int vol_prune(struct store *s, const struct vm_volume *vol, const struct intent *all,
	      size_t n, struct batch *gone, struct qvm_err *err)
{
	const struct vm_revision *current = vol_newest(vol);
	int left = vol->revisions_to_keep;
	int r = 0;

	for (size_t i = vol->revision_count; r == 0 && i-- > 0;) {
		const struct vm_revision *rev = &vol->revisions[i];
		struct pool_step step = {.kind = POOL_REMOVE};

		if (rev == current || rev->pinned || rev->label || left-- > 0)
			continue;
		vol_revision_id(vol, rev->serial, step.to);
		if (vol_is_read(all, n, vol->pool, step.to))
			continue;
		r = store_revision_remove(s, rev->id, err);
		batch_add(gone, vol->pool, &step);
	}
	return r;
}

void vm_volume_items(const struct vm *vm, struct intent *in)
{
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &vm->volumes[i];
		char id[POOL_ID_MAX];

		if (!vm->has_volume[i] || !vol->persistent)
			continue;
		vol_live_id(vol, id);
		intent_item_add(in, "volume", vol->pool, id);
		for (size_t k = 0; k < vol->revision_count; k++) {
			vol_revision_id(vol, vol->revisions[k].serial, id);
			intent_item_add(in, "volume", vol->pool, id);
		}
	}
}

int vol_revision_find(const struct vm_volume *vol, const char *text,
		      struct vm_revision **ret, struct qvm_err *err)
{
	long long serial = 0;

	if (num_parse(text, 1, UINT32_MAX, &serial) < 0)
		serial = 0;
	for (size_t i = 0; i < vol->revision_count; i++) {
		struct vm_revision *rev = &vol->revisions[i];

		if (rev->serial != serial &&
		    (!rev->label || strcmp(rev->label, text) != 0))
			continue;
		*ret = rev;
		return 0;
	}
	return err_set(err, QVM_E_NOT_FOUND, "there is no revision '%.64s'", text);
}

int vol_revision_name_check(const char *name, struct qvm_err *err)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_.-";

	if (!*name || !strchr(letters, *name) || strlen(name) > 63 ||
	    name[strspn(name, rest)])
		return err_set(err, QVM_E_VALUE,
			       "bad name of a revision '%.64s': a letter, then letters, "
			       "digits, '_', '.' and '-', at most 63",
			       name);
	return 0;
}

int vol_grow_children(struct store *s, const struct world *w, const struct vm *vm,
		      enum vol_role role, uint64_t size, struct qvm_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->vm_count; i++) {
		struct vm *child = &w->vms[i];
		const struct vm *owner = NULL;

		if (child->id == vm->id || !child->has_volume[role] ||
		    !child->volumes[role].snapshot || child->volumes[role].size >= size ||
		    !volume_source(w, child, role, &owner) || owner->id != vm->id)
			continue;
		child->volumes[role].size = size;
		r = store_volume_update(s, &child->volumes[role], err);
	}
	return r;
}

void vol_remove_gone(struct qvm_ctx *ctx, struct store *s, const struct world *w,
		     const struct batch *gone, const struct intent *in)
{
	struct qvm_err err;
	int r = batch_apply(ctx, w, gone, &err);

	if (r == 0 && in->id)
		r = intent_end(s, in->id, &err);
	if (r < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "left for qvm-recover: %s", err.text);
}

/* ---- after a run ---- */

struct revising {
	struct qvm_ctx *ctx;
	struct store *s;
	struct world *w;		  /* for pools */
	struct vm vm;			  /* as it was when the revisions were chosen */
	struct vm now;			  /* and when they became current */
	uint32_t serials[VOL_ROLE_COUNT]; /* 0: none is taken */
	struct batch taken, gone;
	struct intent taking, pruning;
};

static void revising_dispose(struct revising *rv)
{
	batch_dispose(&rv->taken);
	batch_dispose(&rv->gone);
	intent_dispose(&rv->taking);
	intent_dispose(&rv->pruning);
	vm_dispose(&rv->vm);
	vm_dispose(&rv->now);
	world_free(rv->w);
}

static void choose_steps(struct revising *rv, const struct intent *all, size_t n)
{
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &rv->vm.volumes[i];
		struct pool_step step = {.kind = POOL_SNAPSHOT, .readonly = true};

		if (!rv->vm.has_volume[i] || !vol->persistent || !vol->dirty ||
		    vol->revisions_to_keep < 0)
			continue;
		rv->serials[i] = vol_next_serial(vol, all, n);
		vol_live_id(vol, step.from);
		vol_revision_id(vol, rv->serials[i], step.to);
		batch_add(&rv->taken, vol->pool, &step);
	}
}

/* Choosing the numbers and recording them is one transaction: others choose too. */
static int choose(struct revising *rv, int64_t vm_id, int64_t run_id, struct qvm_err *err)
{
	struct intent *all = NULL;
	size_t n = 0;
	int r = store_begin(rv->s, err);

	if (r == 0)
		r = store_vm_load(rv->s, vm_id, &rv->vm, err);
	if (r == 0)
		r = intent_list(rv->s, &all, &n, err);
	if (r == 0) {
		choose_steps(rv, all, n);
		rv->taking.vm_id = rv->pruning.vm_id = vm_id;
		rv->taking.op = rv->pruning.op = INTENT_REVISE;
		batch_intent(&rv->taken, &rv->taking);
		if (rv->taken.count)
			r = intent_begin(rv->s, &rv->taking, err);
		else if (run_id)
			r = intent_end(rv->s, run_id, err);
	}
	intents_free(all, n);
	return tx_end(rv->s, r, err);
}

static int make_current(struct revising *rv, int role, const struct intent *all, size_t n,
			struct qvm_err *err)
{
	struct vm_volume *vol = &rv->now.volumes[role];
	struct vm_revision rev = {.serial = rv->serials[role],
				  .created = (int64_t)time(NULL)};
	int r = store_revision_add(rv->s, vol->id, &rev, err);

	if (r < 0)
		return r;
	array_grow(vol->revisions, vol->revision_count) = rev;
	vol->revision_count++;
	vol->dirty = false;
	r = store_volume_update(rv->s, vol, err);
	return r < 0 ? r : vol_prune(rv->s, vol, all, n, &rv->gone, err);
}

/*
 * One transaction: the new revisions are current, old ones are forgotten, volumes are
 * clean, and the intents that led here end. What is to be removed is under a new intent.
 */
static int commit(struct revising *rv, int64_t run_id, struct qvm_err *err)
{
	struct intent *all = NULL;
	size_t n = 0;
	int r = store_begin(rv->s, err);

	if (r == 0)
		r = store_vm_load(rv->s, rv->vm.id, &rv->now, err);
	if (r == 0)
		r = intent_list(rv->s, &all, &n, err);
	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++)
		if (rv->serials[i])
			r = make_current(rv, i, all, n, err);
	if (r == 0 && run_id)
		r = intent_end(rv->s, run_id, err);
	if (r == 0)
		r = intent_end(rv->s, rv->taking.id, err);
	if (r == 0 && rv->gone.count) {
		batch_intent(&rv->gone, &rv->pruning);
		r = intent_begin(rv->s, &rv->pruning, err);
	}
	intents_free(all, n);
	return tx_end(rv->s, r, err);
}

/*
 * A full pool keeps no domain from ending: its volumes stay as they are, dirty, and the
 * next stop tries again.
 */
static int go_without(struct revising *rv, int64_t run_id, struct qvm_err *err)
{
	int r;

	ctx_log(rv->ctx, QVM_LEVEL_WARN, "no new revision of '%s': %s", rv->vm.name,
		err->text);
	r = intent_resolve(rv->ctx, rv->s, &rv->taking, err);
	return r == 0 && run_id ? intent_end(rv->s, run_id, err) : r;
}

static int take_revisions(struct revising *rv, int64_t vm_id, int64_t run_id,
			  struct qvm_err *err)
{
	int r = store_load(rv->s, &rv->w, err);

	if (r == 0)
		r = choose(rv, vm_id, run_id, err);
	if (r < 0 || !rv->taken.count)
		return r;
	r = batch_apply(rv->ctx, rv->w, &rv->taken, err);
	if (r == -QVM_E_NO_SPACE)
		return go_without(rv, run_id, err);
	if (r == 0)
		r = commit(rv, run_id, err);
	if (r == 0)
		r = batch_apply(rv->ctx, rv->w, &rv->gone, err);
	if (r == 0 && rv->pruning.id)
		r = intent_end(rv->s, rv->pruning.id, err);
	return r;
}

int vm_revise(struct qvm_ctx *ctx, struct store *s, int64_t vm_id, int64_t run_id,
	      struct qvm_err *err)
{
	cleanup(revising_dispose) struct revising rv = {.ctx = ctx, .s = s};

	return take_revisions(&rv, vm_id, run_id, err);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making a domain: what creation, cloning and template installation have in common. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/volume.h"

/* What volumes a class has; sizes as Qubes users know them. */
static const struct {
	bool persistent, snapshot;
	uint64_t size;
} class_volumes[CLASS_COUNT][VOL_ROLE_COUNT] = {
	[CLASS_TEMPLATE] = {{true, false, 10 * GIB},
			    {true, false, 2 * GIB},
			    {false, false, 10 * GIB}},
	[CLASS_APP] = {{false, true, 10 * GIB},
		       {true, false, 2 * GIB},
		       {false, false, 10 * GIB}},
	[CLASS_STANDALONE] = {{true, false, 10 * GIB},
			      {true, false, 2 * GIB},
			      {false, false, 10 * GIB}},
	[CLASS_DISP] = {{false, true, 10 * GIB},
			{false, true, 2 * GIB},
			{false, false, 12 * GIB}},
};

static const char *default_pool(const struct world *w, enum vol_role role)
{
	static const enum prop_id globals[VOL_ROLE_COUNT] = {
		[VOL_ROOT] = PROP_G_DEFAULT_POOL_ROOT,
		[VOL_PRIVATE] = PROP_G_DEFAULT_POOL_PRIVATE,
		[VOL_VOLATILE] = PROP_G_DEFAULT_POOL_VOLATILE,
	};
	struct prop_value value;

	prop_get(w, NULL, globals[role], &value);
	/* The value is the world's: global properties are never computed into `own`. */
	return value.text;
}

int vm_plan_volumes(const struct world *w, struct vm *vm, const char *pool,
		    const char *const pools[VOL_ROLE_COUNT],
		    const uint64_t sizes[VOL_ROLE_COUNT], struct qvm_err *err)
{
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *source;
		const struct vm *owner;
		const char *name = pools[i] ? pools[i] : pool;
		const struct world_pool *record;

		if (!name)
			name = default_pool(w, (enum vol_role)i);
		record = world_pool(w, name);
		if (!record)
			return err_set(err, QVM_E_NOT_FOUND, "no such pool: '%s'", name);
		vm->has_volume[i] = true;
		vm->volumes[i] = (struct vm_volume){
			.role = (enum vol_role)i,
			.pool = xstrdup(name),
			.size = class_volumes[vm->klass][i].size,
			.generation = 1,
			.persistent = class_volumes[vm->klass][i].persistent,
			.snapshot = class_volumes[vm->klass][i].snapshot,
			.rw = true,
			.revisions_to_keep = record->revisions_to_keep,
		};
		/* A snapshot is never smaller than what it is of. */
		source = volume_source(w, vm, (enum vol_role)i, &owner);
		if (vm->volumes[i].snapshot && source)
			vm->volumes[i].size = source->size;
		if (sizes[i] && sizes[i] < MIB)
			return err_set(err, QVM_E_VALUE,
				       "the %s volume cannot be smaller than 1 MiB",
				       vol_role_names[i]);
		if (sizes[i])
			vm->volumes[i].size = (sizes[i] + MIB - 1) / MIB * MIB;
	}
	return 0;
}

/* Is its source in another pool, so that blocks have to be copied? */
static bool is_copied(const struct vm_volume *vol, const struct make_source *source)
{
	return source && source->id[vol->role][0] && source->pool[vol->role] &&
	       strcmp(source->pool[vol->role], vol->pool) != 0;
}

/* The live volume of each persistent role: blank, or a snapshot of its source. */
static void live_steps(const struct vm *draft, const struct make_source *source,
		       struct batch *b)
{
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &draft->volumes[i];
		struct pool_step step = {.kind = POOL_CREATE, .size = vol->size};

		if (!draft->has_volume[i] || !vol->persistent)
			continue;
		vol_live_id(vol, step.to);
		if (source && source->id[i][0] && !is_copied(vol, source)) {
			step.kind = POOL_SNAPSHOT;
			memcpy(step.from, source->id[i], sizeof(step.from));
		}
		batch_add(b, vol->pool, &step);
	}
}

static bool wants_revision(const struct vm *vm, int role)
{
	const struct vm_volume *vol = &vm->volumes[role];

	return vm->has_volume[role] && vol->persistent && vol->revisions_to_keep >= 0;
}

/* What is shared or copied from is a revision, so each new volume gets its first one. */
static void revision_steps(const struct vm *draft, struct batch *b)
{
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		struct pool_step step = {.kind = POOL_SNAPSHOT, .readonly = true};

		if (!wants_revision(draft, i))
			continue;
		vol_live_id(&draft->volumes[i], step.from);
		vol_revision_id(&draft->volumes[i], 1, step.to);
		batch_add(b, draft->volumes[i].pool, &step);
	}
}

static int record(struct store *s, struct vm *draft, const struct make_source *source,
		  struct vm_making *m, struct qvm_err *err)
{
	struct intent *in = &m->in;
	int r = store_begin(s, err);

	if (r == 0)
		r = store_vm_add(s, draft, err);
	if (r == 0) {
		live_steps(draft, source, &m->live);
		revision_steps(draft, m->at_once ? &m->live : &m->revisions);
		in->vm_id = draft->id;
		in->op = INTENT_CREATE;
		/* What is copied may not be pruned meanwhile. */
		for (int i = 0; i < VOL_ROLE_COUNT; i++)
			if (draft->has_volume[i] && is_copied(&draft->volumes[i], source))
				intent_item_add(in, "origin", source->pool[i],
						source->id[i]);
		batch_intent(&m->live, in);
		batch_intent(&m->revisions, in);
		r = intent_begin(s, in, err);
	}
	if (r < 0) {
		store_rollback(s);
		return r;
	}
	return store_commit(s, err);
}

static int fill_root(struct qvm_ctx *ctx, const struct world *w, const struct vm *draft,
		     const struct make_source *source, struct qvm_err *err)
{
	const struct vm_volume *root = &draft->volumes[VOL_ROOT];
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	char id[POOL_ID_MAX];
	struct block_dev dev;
	int r;

	if (!source || !source->fill)
		return 0;
	r = pool_open(ctx, w, root->pool, &pool, err);
	if (r < 0)
		return r;
	vol_live_id(root, id);
	r = pool.ops->device(pool.pool, id, &dev, err);
	return r < 0 ? r : source->fill(ctx, &dev, source->arg, err);
}

static bool is_filled(const struct vm *draft, const struct make_source *source)
{
	bool filled = source && source->fill;

	for (int i = 0; i < VOL_ROLE_COUNT; i++)
		filled |= draft->has_volume[i] && draft->volumes[i].persistent &&
			  is_copied(&draft->volumes[i], source);
	return filled;
}

static int copy_volumes(struct qvm_ctx *ctx, const struct world *w,
			const struct vm *draft, const struct make_source *source,
			struct qvm_err *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &draft->volumes[i];
		cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
		cleanup_free char *what = NULL;
		struct vol_source from = {.w = w};
		struct block_dev dev;
		char id[POOL_ID_MAX];

		if (!draft->has_volume[i] || !vol->persistent || !is_copied(vol, source))
			continue;
		what = xasprintf("copying the %s volume", vol_role_names[i]);
		from.pool = source->pool[i];
		from.id = source->id[i];
		from.what = what;
		vol_live_id(vol, id);
		r = pool_open(ctx, w, vol->pool, &pool, err);
		if (r == 0)
			r = pool.ops->device(pool.pool, id, &dev, err);
		if (r == 0)
			r = vol_copy_device(ctx, &dev, &from, err);
	}
	return r;
}

/* The one commit point: revisions recorded, domain visible, intent gone. */
static int publish(struct store *s, struct vm *draft, int64_t intent_id,
		   struct qvm_err *err)
{
	int r = store_begin(s, err);

	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++) {
		struct vm_revision rev = {.serial = 1, .created = (int64_t)time(NULL)};

		if (wants_revision(draft, i))
			r = store_revision_add(s, draft->volumes[i].id, &rev, err);
	}
	if (r == 0)
		r = store_vm_publish(s, draft->id, true, err);
	if (r == 0)
		r = intent_end(s, intent_id, err);
	if (r < 0) {
		store_rollback(s);
		return r;
	}
	return store_commit(s, err);
}

void vm_making_dispose(struct vm_making *m)
{
	batch_dispose(&m->live);
	batch_dispose(&m->revisions);
	intent_dispose(&m->in);
}

int vm_make_begin(struct qvm_ctx *ctx, struct store *s, const struct world *w,
		  struct vm *draft, const struct make_source *source, struct vm_making *m,
		  struct qvm_err *err)
{
	int r = pool_guard_vm(ctx, w, draft, false, err);

	if (r == 0)
		r = record(s, draft, source, m, err);
	if (r < 0)
		return r;
	m->recorded = true;
	return batch_apply(ctx, w, &m->live, err);
}

int vm_make_end(struct qvm_ctx *ctx, struct store *s, const struct world *w,
		struct vm *draft, struct vm_making *m, struct qvm_err *err)
{
	int r = batch_apply(ctx, w, &m->revisions, err);

	return r < 0 ? r : publish(s, draft, m->in.id, err);
}

void vm_make_over(struct qvm_ctx *ctx, struct store *s, const struct world *w, int r,
		  const struct vm_making *m)
{
	struct qvm_err undo_err;

	if (!m->recorded)
		return;
	if (r < 0 && intent_resolve(ctx, s, &m->in, &undo_err) < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "left for qvm-recover: %s", undo_err.text);
	/* What is neither copied nor filled was no device. */
	if (!m->at_once)
		devices_release(ctx, s, w, &m->in);
}

int vm_make(struct qvm_ctx *ctx, struct store *s, const struct world *w, struct vm *draft,
	    const struct make_source *source, struct qvm_err *err)
{
	cleanup(vm_making_dispose) struct vm_making m = {
		.at_once = !is_filled(draft, source)};
	int r = vm_make_begin(ctx, s, w, draft, source, &m, err);

	if (r == 0)
		r = copy_volumes(ctx, w, draft, source, err);
	if (r == 0)
		r = fill_root(ctx, w, draft, source, err);
	if (r == 0)
		r = vm_make_end(ctx, s, w, draft, &m, err);
	vm_make_over(ctx, s, w, r, &m);
	return r;
}

void vm_make_plan(const struct vm *draft, const struct make_source *source,
		  struct plan *ret)
{
	char size[32];

	plan_add(ret, draft->name, "register", "%s", vm_classes[draft->klass].name);
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &draft->volumes[i];

		if (!draft->has_volume[i] || !vol->persistent)
			continue;
		size_format(vol->size, size);
		plan_add(ret, draft->name, "make-volume", "%s: %s in pool '%s'%s%s",
			 vol_role_names[i], size, vol->pool,
			 !source || !source->id[i][0] ? ""
			 : is_copied(vol, source)     ? ", a copy of "
						      : ", a snapshot of ",
			 source ? source->id[i] : "");
	}
	if (source && source->fill)
		plan_add(ret, draft->name, "fill-volume", "root");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recovery: what dead processes left is finished or undone by its intents; then registry,
 * pools, scratch store and run folder are compared, and what belongs to nobody is removed.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "ops/build_folder.h"
#include "ops/owner.h"
#include "ops/recover.h"
#include "ops/volume.h"

void recovery_list_dispose(struct recovery_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].kind);
		free(l->v[i].object);
		free(l->v[i].action);
	}
	free(l->v);
	*l = (struct recovery_list){0};
}

void recover_note(struct recovering *rc, const char *kind, const char *object,
		  const char *action)
{
	struct recovery *added = &array_grow(rc->found->v, rc->found->n);

	rc->found->n++;
	added->kind = xstrdup(kind);
	added->object = xstrdup(object);
	added->action = xstrdup(action);
}

/* ---- pools that cannot be used ---- */

static void mend_pool(struct recovering *rc, const struct world *w, const char *name)
{
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	bool mended = false;
	struct qvm_err why;

	/* What cannot be opened is told of by recover_pools. */
	if (pool_open(rc->ctx, w, name, &pool, &why) < 0 || !pool.ops->mend)
		return;
	if (pool.ops->mend(pool.pool, rc->dry_run, &mended, &why) < 0)
		ctx_log(rc->ctx, QVM_LEVEL_WARN, "%s", why.text);
	else if (mended)
		recover_note(rc, "pool", name, "put back");
}

/* Before all else, which needs their volumes. */
static void mend_pools(struct recovering *rc)
{
	cleanup_world struct world *w = NULL;
	struct qvm_err why;

	if (store_load(rc->s, &w, &why) < 0)
		return;
	for (size_t i = 0; i < w->pool_count; i++)
		mend_pool(rc, w, w->pools[i].name);
}

/* ---- intents ---- */

static int is_alive(struct recovering *rc, const struct vm *vm, struct qvm_err *err)
{
	struct run_state state;
	struct hv_dom dom;
	int r = vm_alive(rc->ctx, vm, &dom, err);

	run_state_read(rc->ctx, vm->id, &state);
	return r > 0 ? state.phase == RUN_RUNNING : r;
}

/* Its watcher would have: an unnamed disposable is gone with its run. */
static int remove_disposable(struct recovering *rc, const struct vm *vm,
			     struct vm_hold *hold, struct qvm_err *err)
{
	const char *name = vm->name;

	vm_hold_release(hold);
	return op_remove(rc->ctx, &name, 1, false, NULL, NULL, err);
}

static int settle_intent(struct recovering *rc, const struct intent *in,
			 struct vm_hold *hold, struct qvm_err *err)
{
	cleanup(vm_dispose) struct vm vm = {0};
	cleanup_free char *object = NULL;
	int r = store_vm_load(rc->s, in->vm_id, &vm, err);
	int alive = 0;

	if (r < 0 && r != -QVM_E_NO_VM)
		return r;
	object = r < 0 ? xasprintf("%s of a removed domain", intent_op_names[in->op])
		       : xasprintf("%s of '%s'", intent_op_names[in->op], vm.name);
	if (in->op == INTENT_RUN && r == 0) {
		alive = is_alive(rc, &vm, err);
		if (alive < 0)
			return alive;
	}
	if (!rc->dry_run && alive)
		vm_hold_release(hold); /* the new watcher takes it */
	if (!rc->dry_run && alive)
		r = watcher_adopt(rc->ctx, in->vm_id, err);
	else if (!rc->dry_run)
		r = intent_resolve(rc->ctx, rc->s, in, err);
	else
		r = 0;
	if (r == 0 && !rc->dry_run && !alive && in->op == INTENT_RUN &&
	    vm.id >= DISP_ID_FIRST)
		r = remove_disposable(rc, &vm, hold, err);
	if (r == 0)
		recover_note(rc, "intent", object,
			     alive		       ? "adopted"
			     : in->op == INTENT_CREATE ? "undone"
						       : "finished");
	return r;
}

/*
 * With the running lock in hand nobody else touches what the intent names. The newest
 * first: what was begun later may stand on what was begun before.
 */
static int recover_intents(struct recovering *rc, struct qvm_err *err)
{
	struct intent *all = NULL;
	size_t n = 0;
	int r = intent_list(rc->s, &all, &n, err);

	for (size_t i = n; r == 0 && i-- > 0;) {
		cleanup_hold struct vm_hold hold = VM_HOLD_INIT;
		struct qvm_err busy;

		if (intent_owner_alive(&all[i]))
			continue;
		if (lock_take(rc->ctx, LOCK_OP, all[i].vm_id, 0, &hold.op, &busy) < 0 ||
		    lock_take(rc->ctx, LOCK_RUNNING, all[i].vm_id, 0, &hold.running,
			      &busy) < 0)
			continue; /* somebody is at it already */
		r = settle_intent(rc, &all[i], &hold, err);
	}
	intents_free(all, n);
	return r;
}

/* Is VM over, and nobody at it? Its owner alone tells one that is about to start. */
static bool is_abandoned(struct recovering *rc, const struct vm *vm)
{
	cleanup_hold struct vm_hold hold = VM_HOLD_INIT;
	struct owner owner;
	struct qvm_err why;
	struct hv_dom dom;

	owner_open(rc->ctx, vm->id, &owner);
	cleanup_close_at(&owner.fd);
	return owner.state == OWNER_GONE && vm_alive(rc->ctx, vm, &dom, &why) == 0 &&
	       lock_take(rc->ctx, LOCK_OP, vm->id, 0, &hold.op, &why) == 0 &&
	       lock_take(rc->ctx, LOCK_RUNNING, vm->id, 0, &hold.running, &why) == 0;
}

/* Unnamed disposables whose maker was killed before they had started. */
static int recover_disposables(struct recovering *rc, const struct world *w,
			       struct qvm_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->vm_count; i++) {
		const char *name = w->vms[i].name;

		if (w->vms[i].id < DISP_ID_FIRST || !is_abandoned(rc, &w->vms[i]))
			continue;
		if (!rc->dry_run)
			r = op_remove(rc->ctx, &name, 1, false, NULL, NULL, err);
		if (r == 0)
			recover_note(rc, "disposable", name, "removed");
	}
	return r;
}

/* ---- folders ---- */

/* What a watcher that was killed at its very end has left: no intent tells of it. */
static void forget_state(struct recovering *rc, int64_t id)
{
	cleanup_lock struct lock running = LOCK_INIT;
	struct qvm_err busy;

	if (!rc->dry_run && lock_take(rc->ctx, LOCK_RUNNING, id, 0, &running, &busy) == 0)
		run_state_remove(rc->ctx, id);
}

/* Run folders of domains that are in the registry no more, hidden or not. */
static int recover_folders(struct recovering *rc, struct qvm_err *err)
{
	cleanup_free char *path = xasprintf("%s/vm", rc->ctx->run_dir);
	DIR *dir = opendir(path);
	struct dirent *entry;
	int r = 0;

	while (r == 0 && dir && (entry = readdir(dir))) {
		cleanup_free char *folder = xasprintf("%s/%s", path, entry->d_name);
		cleanup(vm_dispose) struct vm vm = {0};
		struct qvm_err absent;
		long long id;

		if (num_parse(entry->d_name, 1, INT64_MAX, &id) < 0)
			continue;
		r = store_vm_load(rc->s, id, &vm, &absent);
		if (r == 0) {
			forget_state(rc, id);
			continue;
		}
		if (r != -QVM_E_NO_VM) {
			*err = absent;
			break;
		}
		r = rc->dry_run ? 0 : tree_remove(folder);
		if (r < 0)
			r = err_errno(err, r, "cannot remove '%s'", folder);
		else
			recover_note(rc, "folder", folder, "removed");
	}
	if (dir)
		closedir(dir);
	return r;
}

/* Where templates were being made of packages. */
static int recover_builds(struct recovering *rc, struct qvm_err *err)
{
	cleanup_strv struct strv paths = STRV_INIT;
	int r = build_folders_recover(rc->ctx, rc->dry_run, &paths, err);

	for (size_t i = 0; i < paths.n; i++)
		recover_note(rc, "folder", paths.v[i], "removed");
	return r;
}

int op_recover(struct qvm_ctx *ctx, bool dry_run, struct recovery_list *ret,
	       struct qvm_err *err)
{
	struct recovering rc = {.ctx = ctx, .found = ret, .dry_run = dry_run};
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	int r = store_open(ctx, dry_run ? STORE_WRITE : STORE_MAKE_ROOM, &s, err);

	rc.s = s;
	if (r == 0)
		mend_pools(&rc);
	if (r == 0)
		r = recover_intents(&rc, err);
	if (r == 0 && !dry_run)
		trash_expire(ctx, s);
	if (r == 0)
		r = store_load(s, &w, err);
	if (r == 0)
		r = recover_disposables(&rc, w, err);
	if (r < 0)
		return r;
	r = recover_pools(&rc, w, err);
	if (r == 0)
		r = recover_scratch(&rc, w, err);
	for (size_t i = 0; r == 0 && !dry_run && i < w->vm_count; i++)
		vm_devices_release(ctx, s, w, w->vms[i].id);
	if (r == 0 && !dry_run)
		reserve_keep(ctx);
	if (r == 0)
		r = recover_builds(&rc, err);
	return r < 0 ? r : recover_folders(&rc, err);
}

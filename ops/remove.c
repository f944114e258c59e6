/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "ops/internal.h"

/* The sentence "it is PROP of 'USER', ..." of all users but those in NAMES; "" for none. */
static void users_left(const struct world *w, const struct vm *vm,
		       const struct strv *names, struct buf *ret)
{
	cleanup_free struct vm_user *users = NULL;
	size_t n;

	vm_users(w, vm, &users, &n);
	for (size_t i = 0; i < n; i++) {
		const char *prop = prop_defs[users[i].prop].name;

		if (!users[i].vm)
			buf_addf(ret, "%sglobal property '%s'", ret->len ? ", " : "",
				 prop);
		else if (!names || !strv_has(names, users[i].vm->name))
			buf_addf(ret, "%s%s of '%s'", ret->len ? ", " : "", prop,
				 users[i].vm->name);
	}
}

static int check(const struct world *w, const struct strv *names, const char *name,
		 struct vm **ret, struct qvm_err *err)
{
	cleanup_buf struct buf users = BUF_INIT;
	int r = vm_find(w, name, ret, err);

	if (r < 0)
		return r;
	if ((*ret)->klass == CLASS_ADMIN)
		return err_set(err, QVM_E_VALUE, "cannot remove '%s': it is the AdminVM",
			       name);
	users_left(w, *ret, names, &users);
	if (!users.len)
		return 0;
	return err_set(err, QVM_E_IN_USE, "cannot remove '%s': it is %s", name,
		       buf_str(&users));
}

/* From the commit here on the domain is gone; the rest only frees what it held. */
static int hide(struct store *s, const struct vm *vm, struct intent *in,
		struct qvm_err *err)
{
	int r;

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
	r = store_begin(s, err);
	if (r == 0)
		r = store_vm_publish(s, vm->id, false, err);
	if (r == 0)
		r = intent_begin(s, in, err);
	if (r == 0)
		return store_commit(s, err);
	store_rollback(s);
	return r;
}

static void remove_logs(struct qvm_ctx *ctx, const struct vm *vm)
{
	cleanup_free char *log = ctx_console_log(ctx, vm->name);
	cleanup_free char *old = xasprintf("%s.old", log);

	unlink(log); /* a domain that never ran has none */
	unlink(old);
}

/* Its volumes are looked at under the lock: until then a stop may have added revisions. */
static int remove_one(struct qvm_ctx *ctx, struct store *s, const struct vm *seen,
		      struct qvm_err *err)
{
	cleanup(intent_dispose) struct intent in = {.vm_id = seen->id,
						    .op = INTENT_REMOVE};
	cleanup_hold struct vm_hold hold = VM_HOLD_INIT;
	cleanup(vm_dispose) struct vm vm = {0};
	int r = vm_hold_halted(ctx, s, seen, "remove", &hold, err);

	if (r < 0)
		return r;
	r = store_vm_load(s, seen->id, &vm, err);
	if (r == 0)
		r = hide(s, &vm, &in, err);
	if (r < 0)
		return err_wrap(err, "cannot remove '%s'", seen->name);
	remove_logs(ctx, &vm);
	r = intent_resolve(ctx, s, &in, err);
	return r < 0 ? err_wrap(err, "'%s' is removed, but not all that it held",
				seen->name)
		     : 0;
}

/*
 * Users before what they use: each round removes those that nothing needs any more. What
 * is done is blanked in NAMES.
 */
static int remove_round(struct qvm_ctx *ctx, struct store *s, struct strv *names,
			struct tally *t, bool *ret_any, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	int r = store_load(s, &w, err);

	*ret_any = false;
	for (size_t i = 0; r == 0 && i < names->n; i++) {
		cleanup_buf struct buf users = BUF_INIT;
		struct vm *vm = world_vm(w, names->v[i]);

		if (!vm)
			continue;
		users_left(w, vm, NULL, &users);
		if (users.len)
			continue;
		tally_add(t, vm->name, remove_one(ctx, s, vm, err), err);
		names->v[i][0] = '\0';
		*ret_any = true;
	}
	return r;
}

/* Those whose users could not be removed. */
static int report_left(struct store *s, const struct strv *names, struct tally *t,
		       struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	int r = store_load(s, &w, err);

	for (size_t i = 0; r == 0 && i < names->n; i++) {
		struct vm *vm;

		if (names->v[i][0])
			tally_add(t, names->v[i], check(w, NULL, names->v[i], &vm, err),
				  err);
	}
	return r;
}

/* All or nothing is refused before the first one goes. */
static int check_all(const struct world *w, const struct strv *names, bool dry_run,
		     struct plan *plan, struct qvm_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < names->n; i++) {
		struct vm *vm;

		r = check(w, names, names->v[i], &vm, err);
		if (r == 0 && dry_run)
			plan_add(plan, vm->name, "remove", "%s and its volumes",
				 vm_classes[vm->klass].name);
	}
	return r;
}

int op_remove(struct qvm_ctx *ctx, const char *const *names, size_t n, bool dry_run,
	      struct plan *ret_plan, const struct op_report *report, struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	cleanup_strv struct strv left = STRV_INIT;
	struct tally t = {.report = report};
	bool any = true;
	int r = store_open(ctx, dry_run ? STORE_READ : STORE_WRITE, &s, err);

	for (size_t i = 0; i < n; i++)
		strv_add(&left, names[i]);
	if (r == 0)
		r = store_load(s, &w, err);
	if (r == 0)
		r = check_all(w, &left, dry_run, ret_plan, err);
	if (r < 0 || dry_run)
		return r;
	while (r == 0 && any)
		r = remove_round(ctx, s, &left, &t, &any, err);
	if (r == 0)
		r = report_left(s, &left, &t, err);
	return r < 0 ? r : tally_result(&t, err);
}

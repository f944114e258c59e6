/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "ops/volume.h"

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

/* What is asked for; DAYS in the trash, 0: removed for good. */
struct removal {
	struct qvm_ctx *ctx;
	struct store *s;
	int days;
	struct tally tally;
};

static void remove_logs(struct qvm_ctx *ctx, const struct vm *vm)
{
	cleanup_free char *log = ctx_console_log(ctx, vm->id, vm->name);
	cleanup_free char *old = xasprintf("%s.old", log);

	unlink(log); /* a domain that never ran has none */
	unlink(old);
}

static int purge(struct removal *rm, const struct vm *vm, struct intent *in,
		 struct qvm_err *err)
{
	int r = vm_check_unread(rm->s, vm, err);

	if (r == 0)
		r = vm_hide(rm->s, vm, in, err);
	if (r < 0)
		return err_wrap(err, "cannot remove '%s'", vm->name);
	remove_logs(rm->ctx, vm);
	r = intent_resolve(rm->ctx, rm->s, in, err);
	return r < 0 ? err_wrap(err, "'%s' is removed, but not all that it held",
				vm->name)
		     : 0;
}

/* Its volumes are looked at under the lock: until then a stop may have added revisions. */
static int remove_one(struct removal *rm, const struct vm *seen, struct qvm_err *err)
{
	cleanup(intent_dispose) struct intent in = {.vm_id = seen->id,
						    .op = INTENT_REMOVE};
	cleanup_hold struct vm_hold hold = VM_HOLD_INIT;
	cleanup(vm_dispose) struct vm vm = {0};
	int r = vm_hold_halted(rm->ctx, rm->s, seen, "remove", &hold, err);

	if (r < 0)
		return r;
	r = store_vm_load(rm->s, seen->id, &vm, err);
	if (r < 0)
		return err_wrap(err, "cannot remove '%s'", seen->name);
	/* Disposables leave nothing. */
	if (!rm->days || vm.klass == CLASS_DISP)
		return purge(rm, &vm, &in, err);
	r = trash_put(rm->s, &vm, rm->days, err);
	if (r < 0)
		return err_wrap(err, "cannot remove '%s'", seen->name);
	remove_logs(rm->ctx, &vm);
	return 0;
}

/*
 * Users before what they use: each round removes those that nothing needs any more. What
 * is done is blanked in NAMES.
 */
static int remove_round(struct removal *rm, struct strv *names, bool *ret_any,
			struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	int r = store_load(rm->s, &w, err);

	*ret_any = false;
	for (size_t i = 0; r == 0 && i < names->n; i++) {
		cleanup_buf struct buf users = BUF_INIT;
		struct vm *vm = world_vm(w, names->v[i]);

		if (!vm)
			continue;
		users_left(w, vm, NULL, &users);
		if (users.len)
			continue;
		tally_add(&rm->tally, vm->name, remove_one(rm, vm, err), err);
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
static int check_all(const struct world *w, const struct strv *names, int days,
		     bool dry_run, struct plan *plan, struct qvm_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < names->n; i++) {
		struct vm *vm;

		r = check(w, names, names->v[i], &vm, err);
		if (r == 0 && dry_run)
			plan_add(plan, vm->name,
				 days && vm->klass != CLASS_DISP ? "trash" : "remove",
				 "%s and its volumes", vm_classes[vm->klass].name);
	}
	return r;
}

static int remove_all(struct removal *rm, const char *const *names, size_t n,
		      bool dry_run, struct plan *ret_plan, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	cleanup_strv struct strv left = STRV_INIT;
	bool any = true;
	int r;

	for (size_t i = 0; i < n; i++)
		strv_add(&left, names[i]);
	r = store_load(rm->s, &w, err);
	if (r == 0)
		r = check_all(w, &left, rm->days, dry_run, ret_plan, err);
	if (r < 0 || dry_run)
		return r;
	trash_expire(rm->ctx, rm->s);
	while (r == 0 && any)
		r = remove_round(rm, &left, &any, err);
	if (r == 0)
		r = report_left(rm->s, &left, &rm->tally, err);
	return r < 0 ? r : tally_result(&rm->tally, err);
}

int op_remove(struct qvm_ctx *ctx, const char *const *names, size_t n, bool dry_run,
	      struct plan *ret_plan, const struct op_report *report, struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	struct removal rm = {.ctx = ctx, .tally.report = report};
	int r = store_open(ctx, dry_run ? STORE_READ : STORE_MAKE_ROOM, &s, err);

	rm.s = s;
	return r < 0 ? r : remove_all(&rm, names, n, dry_run, ret_plan, err);
}

int op_trash(struct qvm_ctx *ctx, const char *const *names, size_t n, int days,
	     struct plan *ret_plan, const struct op_report *report, struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	struct removal rm = {.ctx = ctx, .days = days, .tally.report = report};
	int r = store_open(ctx, ret_plan ? STORE_READ : STORE_MAKE_ROOM, &s, err);

	rm.s = s;
	return r < 0 ? r : remove_all(&rm, names, n, ret_plan != NULL, ret_plan, err);
}

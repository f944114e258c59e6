/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "ops/internal.h"

/* A stop in progress takes revisions for some seconds; more is a fault. */
#define OP_WAIT_MS 120000

void vm_hold_release(struct vm_hold *h)
{
	lock_release(&h->running);
	lock_release(&h->op);
}

int vm_alive(struct qvm_ctx *ctx, const struct vm *vm, struct hv_dom *ret,
	     struct qvm_err *err)
{
	cleanup_free struct hv_dom *doms = NULL;
	size_t n = 0;
	int r = view_get(ctx, err);

	if (r == 0)
		r = ctx->view->list(ctx->view_handle, &doms, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (uuid_equal(&doms[i].id.uuid, &vm->uuid) && !doms[i].dying) {
			*ret = doms[i];
			r = 1;
		}
	return r;
}

int vm_running(struct qvm_ctx *ctx, const struct vm *vm, struct hv_id *ret,
	       struct qvm_err *err)
{
	struct run_state state;
	struct hv_dom dom;
	int r;

	run_state_read(ctx, vm->id, &state);
	if (state.phase != RUN_RUNNING)
		return 0;
	r = vm_alive(ctx, vm, &dom, err);
	if (r > 0 && dom.shutdown)
		r = 0;
	if (r > 0)
		*ret = dom.id;
	return r;
}

static int refuse_running(const struct vm *vm, const char *what, const struct hv_dom *dom,
			  struct qvm_err *err)
{
	return err_set(err, QVM_E_RUNNING, "cannot %s '%s': it is %s", what, vm->name,
		       dom->paused ? "paused" : "running");
}

/* With the running lock in hand, whatever a dead process left is finished here. */
static int settle(struct qvm_ctx *ctx, struct store *s, const struct vm *vm,
		  struct vm_hold *hold, const char *what, struct qvm_err *err)
{
	struct intent *intents = NULL;
	size_t n = 0;
	int r = intent_list(s, &intents, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct hv_dom dom;
		int alive = 0;

		if (intents[i].vm_id != vm->id || intent_owner_alive(&intents[i]))
			continue;
		if (intents[i].op == INTENT_RUN) {
			struct run_state run;

			run_state_read(ctx, vm->id, &run);
			alive = run.phase == RUN_RUNNING ? vm_alive(ctx, vm, &dom, err)
							 : 0;
		}
		if (alive > 0 && !dom.shutdown) {
			vm_hold_release(hold);
			r = watcher_adopt(ctx, vm->id, err);
			if (r == 0)
				r = refuse_running(vm, what, &dom, err);
		} else {
			r = alive < 0 ? alive : intent_resolve(ctx, s, &intents[i], err);
		}
	}
	intents_free(intents, n);
	return r;
}

int vm_hold_halted(struct qvm_ctx *ctx, struct store *s, const struct vm *vm,
		   const char *what, struct vm_hold *ret, struct qvm_err *err)
{
	cleanup_hold struct vm_hold hold = VM_HOLD_INIT;
	struct hv_dom dom;
	int r = lock_take(ctx, LOCK_OP, vm->id, OP_WAIT_MS, &hold.op, err);

	if (r < 0)
		return err_wrap(err, "cannot %s '%s'", what, vm->name);
	r = lock_take(ctx, LOCK_RUNNING, vm->id, 0, &hold.running, err);
	if (r == -QVM_E_BUSY) {
		r = vm_alive(ctx, vm, &dom, err);
		if (r > 0 && !dom.shutdown)
			return refuse_running(vm, what, &dom, err);
		/* Its watcher is about to finish, or a start is being undone. */
		if (r >= 0)
			r = lock_take(ctx, LOCK_RUNNING, vm->id, OP_WAIT_MS,
				      &hold.running, err);
	}
	if (r < 0)
		return err_wrap(err, "cannot %s '%s'", what, vm->name);
	r = settle(ctx, s, vm, &hold, what, err);
	if (r < 0)
		return r;
	*ret = hold;
	hold = (struct vm_hold)VM_HOLD_INIT;
	return 0;
}

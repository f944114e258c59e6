/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for the end of domains. A stop is over for who asked for it when what lived for the
 * run is gone. What was written becomes revisions only after that (RUN_ENDING), which takes
 * LVM a second: whoever reads the newest revision waits for it, and nobody else.
 */
#include <poll.h>

#include "lib/clock.h"
#include "ops/internal.h"

#define REPLACE_AFTER_MS 1000
#define REVISE_TIMEOUT_MS 120000

int watcher_ensure(struct qvm_ctx *ctx, const struct vm *vm, struct qvm_err *err)
{
	if (lock_is_held(ctx, LOCK_RUNNING, vm->id))
		return 0;
	return watcher_adopt(ctx, vm->id, err);
}

int vm_await(struct qvm_ctx *ctx, const struct vm *vm, vm_is_fn *is_done, int timeout_ms,
	     struct qvm_err *err)
{
	uint64_t deadline = clock_in((uint64_t)timeout_ms);
	uint64_t look = clock_in(REPLACE_AFTER_MS);
	int r = 0;

	while (r == 0 && !is_done(ctx, vm)) {
		if (clock_ms() >= deadline)
			return err_set(err, QVM_E_TIMEOUT, "'%s' has not ended in time",
				       vm->name);
		(void)poll(NULL, 0, VM_LOOK_AGAIN_MS);
		if (clock_ms() < look)
			continue;
		r = watcher_ensure(ctx, vm, err);
		look = clock_in(REPLACE_AFTER_MS);
	}
	return r;
}

bool vm_is_off(struct qvm_ctx *ctx, const struct vm *vm, uint32_t domid)
{
	struct hv_id id = {.domid = domid, .uuid = vm->uuid};
	struct qvm_err unseen;
	struct hv_dom dom;
	int r = view_get(ctx, &unseen);

	if (r == 0)
		r = ctx->view->find(ctx->view_handle, &id, &dom, &unseen);
	return r == 0 ? dom.shutdown || dom.dying : r == -QVM_E_NOT_RUNNING;
}

bool vm_is_ending(struct qvm_ctx *ctx, const struct vm *vm)
{
	struct run_state state;

	run_state_read(ctx, vm->id, &state);
	return state.phase == RUN_ENDING ||
	       (state.phase == RUN_RUNNING && vm_is_off(ctx, vm, state.domid));
}

static bool has_settled(struct qvm_ctx *ctx, const struct vm *vm)
{
	return !vm_is_ending(ctx, vm);
}

int vm_await_revisions(struct qvm_ctx *ctx, const struct vm *vm, struct qvm_err *err)
{
	return vm_await(ctx, vm, has_settled, REVISE_TIMEOUT_MS, err);
}

int store_load_settled(struct qvm_ctx *ctx, struct store *s, const char *name,
		       struct world **ret, struct qvm_err *err)
{
	const struct vm *vm;
	int r = store_load(s, ret, err);

	while (r == 0 && (vm = world_vm(*ret, name)) && vm_is_ending(ctx, vm)) {
		r = vm_await_revisions(ctx, vm, err);
		world_free(steal(*ret));
		if (r == 0)
			r = store_load(s, ret, err);
	}
	return r;
}

/* Which of those whose revisions VM starts from is ending? */
static const struct vm *ending_source(struct qvm_ctx *ctx, const struct world *w,
				      const struct vm *vm)
{
	const struct vm *owner;

	for (int i = 0; vm && i < VOL_ROLE_COUNT; i++)
		if (volume_source(w, vm, (enum vol_role)i, &owner) &&
		    vm_is_ending(ctx, owner))
			return owner;
	return NULL;
}

int store_begin_settled(struct qvm_ctx *ctx, struct store *s, int64_t vm_id,
			struct world **ret, struct qvm_err *err)
{
	int r;

	do {
		const struct vm *source;

		r = store_begin(s, err);
		if (r == 0)
			r = store_load(s, ret, err);
		if (r < 0)
			return r;
		source = ending_source(ctx, *ret, world_vm_by_id(*ret, vm_id));
		if (!source)
			return 0;
		store_rollback(s);
		r = vm_await_revisions(ctx, source, err);
		world_free(steal(*ret));
	} while (r == 0);
	return r;
}

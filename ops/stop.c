/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending and freezing domains. The watcher of each sees the end and does the rest. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "ops/internal.h"

#define RELEASE_TIMEOUT_MS 60000

static struct hv_id hv_id_of(const struct vm *vm)
{
	return (struct hv_id){.domid = vm->live.domid, .uuid = vm->uuid};
}

/* The domains to act on. Those that nobody watches get a watcher first. */
static int load_running(struct qvm_ctx *ctx, const char *const *names, size_t n,
			struct world **ret, struct qvm_err *err)
{
	int r = view_get(ctx, err);

	reserve_use(ctx);
	if (r == 0)
		r = op_world(ctx, true, ret, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct vm *vm;

		r = vm_find(*ret, names[i], &vm, err);
		if (r == 0 && vm->klass == CLASS_ADMIN)
			r = err_set(err, QVM_E_VALUE,
				    "'%s' is the AdminVM: it is neither paused nor ended "
				    "here",
				    names[i]);
	}
	return r;
}

/* Has it ended, and have its volumes been released? Revisions may still be taken. */
static bool is_released(struct qvm_ctx *ctx, const struct vm *vm)
{
	struct hv_id id = hv_id_of(vm);
	struct run_state state;
	struct qvm_err gone;
	struct hv_dom dom;

	if (ctx->view->find(ctx->view_handle, &id, &dom, &gone) == 0)
		return false;
	run_state_read(ctx, vm->id, &state);
	return state.phase == RUN_NONE || state.phase == RUN_ENDING ||
	       state.domid != vm->live.domid;
}

static bool has_ended(struct qvm_ctx *ctx, const struct vm *vm)
{
	return vm_is_off(ctx, vm, vm->live.domid);
}

/* ---- kill, pause, unpause ---- */

/* CUT: by the power switch, and no longer than until that has worked. */
static int end_vm(struct qvm_ctx *ctx, const struct vm *vm, bool cut, struct qvm_err *err)
{
	struct hv_id id = hv_id_of(vm);
	int r = watcher_ensure(ctx, vm, err);

	if (r == 0 && !cut)
		r = hv_get(ctx, err);
	if (r == 0)
		r = cut ? ctx->view->power_off(ctx->view_handle, &id, err)
			: ctx->hv->destroy(ctx->hv_handle, &id, err);
	if (r == 0)
		r = vm_await(ctx, vm, cut ? has_ended : is_released, RELEASE_TIMEOUT_MS,
			     err);
	return r < 0 ? err_wrap(err, "cannot kill '%s'", vm->name) : 0;
}

static int destroy_vm(struct qvm_ctx *ctx, const struct vm *vm, struct qvm_err *err)
{
	return vm_is_there(vm) ? end_vm(ctx, vm, false, err) : 0;
}

/* One that is being started or taken down has more to it than a power switch. */
static int kill_vm(struct qvm_ctx *ctx, const struct vm *vm, struct qvm_err *err)
{
	bool goes_on = vm->live.state == STATE_RUNNING || vm->live.state == STATE_PAUSED;

	return goes_on && ctx->view->power_off ? end_vm(ctx, vm, true, err)
					       : destroy_vm(ctx, vm, err);
}

static int require_state(const struct vm *vm, const char *what, enum vm_state state,
			 struct qvm_err *err)
{
	if (vm->live.state == state)
		return 0;
	return err_set(err, QVM_E_NOT_RUNNING, "cannot %s '%s': it is %s, not %s", what,
		       vm->name, vm_state_name(vm->live.state), vm_state_name(state));
}

static int pause_vm(struct qvm_ctx *ctx, const struct vm *vm, struct qvm_err *err)
{
	struct hv_id id = hv_id_of(vm);
	int r;

	if (vm->live.state == STATE_PAUSED)
		return 0;
	r = require_state(vm, "pause", STATE_RUNNING, err);
	if (r == 0)
		r = hv_get(ctx, err);
	return r < 0 ? r : ctx->hv->pause(ctx->hv_handle, &id, err);
}

static int unpause_vm(struct qvm_ctx *ctx, const struct vm *vm, struct qvm_err *err)
{
	struct hv_id id = hv_id_of(vm);
	int r;

	if (vm->live.state == STATE_RUNNING)
		return 0;
	r = require_state(vm, "unpause", STATE_PAUSED, err);
	if (r == 0)
		r = hv_get(ctx, err);
	return r < 0 ? r : ctx->hv->unpause(ctx->hv_handle, &id, err);
}

static const struct {
	const char *action;
	int (*act)(struct qvm_ctx *ctx, const struct vm *vm, struct qvm_err *err);
} acts[OP_ACT_COUNT] = {
	[OP_KILL] = {"kill", kill_vm},
	[OP_DESTROY] = {"kill", destroy_vm},
	[OP_PAUSE] = {"pause", pause_vm},
	[OP_UNPAUSE] = {"unpause", unpause_vm},
};

int op_act(struct qvm_ctx *ctx, enum op_act act, const char *const *names, size_t n,
	   bool dry_run, struct plan *ret_plan, const struct op_report *report,
	   struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	struct tally t = {.report = report};
	int r = load_running(ctx, names, n, &w, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct vm *vm = world_vm(w, names[i]);
		struct qvm_err one = QVM_ERR_INIT;

		if (dry_run)
			plan_add(ret_plan, vm->name, acts[act].action, "%s",
				 vm_state_name(vm->live.state));
		else
			tally_add(&t, vm->name, acts[act].act(ctx, vm, &one), &one);
	}
	return r < 0 ? r : tally_result(&t, err);
}

/* ---- shutdown ---- */

enum leg { LEG_WAITING, LEG_ASKED, LEG_DONE };

/* One domain on its way down. */
struct leaving {
	struct vm *vm;
	enum leg leg;
	uint64_t deadline;
};

struct leaving_all {
	struct qvm_ctx *ctx;
	const struct world *w;
	const struct op_shutdown *req;
	struct leaving *v;
	size_t n;
	struct tally tally;
};

static bool is_client_of(const struct world *w, const struct vm *client,
			 const struct vm *server)
{
	return vm_is_running(client) && prop_applies(PROP_NETVM, client) &&
	       prop_vm(w, client, PROP_NETVM) == server;
}

static struct leaving *find_leaving(struct leaving_all *all, const struct vm *vm)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].vm == vm)
			return &all->v[i];
	return NULL;
}

/* Clients that are not on the list and would lose their network. */
static int check_clients(struct leaving_all *all, const struct vm *vm,
			 struct qvm_err *err)
{
	for (size_t i = 0; !all->req->force && i < all->w->vm_count; i++) {
		const struct vm *client = &all->w->vms[i];

		if (is_client_of(all->w, client, vm) && !find_leaving(all, client))
			return err_set(
				err, QVM_E_IN_USE,
				"cannot shut down '%s': '%s' runs and has its network "
				"from it",
				vm->name, client->name);
	}
	return 0;
}

static bool clients_are_gone(struct leaving_all *all, const struct vm *vm)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].leg != LEG_DONE && is_client_of(all->w, all->v[i].vm, vm))
			return false;
	return true;
}

static void finish(struct leaving_all *all, struct leaving *one, int r,
		   const struct qvm_err *err)
{
	one->leg = LEG_DONE;
	tally_add(&all->tally, one->vm->name, r, err);
}

static int ask(struct leaving_all *all, struct leaving *one, struct qvm_err *err)
{
	struct hv_id id = hv_id_of(one->vm);
	long long timeout = all->req->timeout_s
				    ? all->req->timeout_s
				    : prop_int(all->w, one->vm, PROP_SHUTDOWN_TIMEOUT);
	int r = check_clients(all, one->vm, err);

	if (r < 0)
		return r;
	r = watcher_ensure(all->ctx, one->vm, err);
	/* A paused domain cannot hear. */
	if (r == 0 && one->vm->live.state == STATE_PAUSED)
		r = all->ctx->hv->unpause(all->ctx->hv_handle, &id, err);
	if (r == 0 && vm_is_running(one->vm))
		r = all->ctx->hv->shutdown(all->ctx->hv_handle, &id, err);
	if (r < 0)
		return err_wrap(err, "cannot shut down '%s'", one->vm->name);
	one->leg = LEG_ASKED;
	one->deadline = clock_in((uint64_t)timeout * 1000);
	return 0;
}

/* One look at one domain; whatever is due is done. */
static void advance(struct leaving_all *all, struct leaving *one)
{
	struct qvm_err err = QVM_ERR_INIT;
	int r;

	if (one->leg == LEG_WAITING && clients_are_gone(all, one->vm)) {
		r = ask(all, one, &err);
		if (r < 0)
			finish(all, one, r, &err);
		return;
	}
	if (one->leg != LEG_ASKED)
		return;
	if (is_released(all->ctx, one->vm)) {
		finish(all, one, 0, NULL);
	} else if (clock_ms() >= one->deadline) {
		ctx_log(all->ctx, QVM_LEVEL_WARN,
			"'%s' did not power off in time and is killed", one->vm->name);
		r = destroy_vm(all->ctx, one->vm, &err);
		finish(all, one, r, &err);
	}
}

static bool all_asked(const struct leaving_all *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].leg == LEG_WAITING)
			return false;
	return true;
}

static bool all_done(const struct leaving_all *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].leg != LEG_DONE)
			return false;
	return true;
}

static void shut_down_all(struct leaving_all *all)
{
	bool wait = all->req->wait;

	while (!all_done(all)) {
		for (size_t i = 0; i < all->n; i++)
			advance(all, &all->v[i]);
		if (!wait && all_asked(all))
			break;
		if (!all_done(all)) {
			ctx_progress(all->ctx, "waiting for domains to end", -1);
			(void)poll(NULL, 0, VM_LOOK_AGAIN_MS);
		}
	}
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].leg != LEG_DONE)
			finish(all, &all->v[i], 0, NULL);
}

static void plan_shutdown(const struct leaving_all *all, struct plan *plan)
{
	for (size_t i = 0; i < all->n; i++)
		plan_add(plan, all->v[i].vm->name, "shutdown", "%s",
			 vm_state_name(all->v[i].vm->live.state));
}

int op_shutdown(struct qvm_ctx *ctx, const char *const *names, size_t n,
		const struct op_shutdown *req, struct plan *ret_plan,
		const struct op_report *report, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	cleanup_free struct leaving *leaving = xcalloc(n, sizeof(*leaving));
	struct leaving_all all = {.ctx = ctx, .req = req, .v = leaving};
	int r = load_running(ctx, names, n, &w, err);

	all.w = w;
	all.tally.report = report;
	if (r == 0)
		r = hv_get(ctx, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct vm *vm = world_vm(w, names[i]);

		if (vm_is_there(vm))
			leaving[all.n++].vm = vm;
		else
			tally_add(&all.tally, vm->name, 0, NULL);
	}
	if (r < 0)
		return r;
	if (req->dry_run)
		plan_shutdown(&all, ret_plan);
	else
		shut_down_all(&all);
	return tally_result(&all.tally, err);
}

int op_restart(struct qvm_ctx *ctx, const char *const *names, size_t n,
	       const struct op_shutdown *req, struct plan *ret_plan,
	       const struct op_report *report, struct qvm_err *err)
{
	struct op_shutdown down = *req;
	struct op_start up = {.dry_run = req->dry_run};
	int r;

	down.wait = true;
	/* Clients lose a network domain that comes back only for a moment. */
	down.force = true;
	r = op_shutdown(ctx, names, n, &down, ret_plan, NULL, err);
	if (r < 0)
		return r;
	if (!req->dry_run)
		return op_start(ctx, names, n, &up, ret_plan, report, err);
	for (size_t i = 0; i < n; i++)
		plan_add(ret_plan, names[i], "start", "%s", names[i]);
	return 0;
}

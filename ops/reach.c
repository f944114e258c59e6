/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before a call: its domain runs, and somebody answers there. */
#include "ops/call.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>

#include "core/vm.h"
#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "ops/internal.h"
#include "ops/spare.h"

enum { LOOK_MS = 1000 };

static int watch_sockets(const struct qvm_ctx *ctx)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int r = dir_make(ctx->call_dir, 0755);

	if (r == 0 && fd >= 0 &&
	    inotify_add_watch(fd, ctx->call_dir, IN_CREATE | IN_MOVED_TO) < 0)
		r = -errno;
	return r < 0 ? r : fd;
}

bool op_has_agent(const struct qvm_ctx *ctx, const char *name)
{
	cleanup_free char *path = xasprintf("%s/qrexec.%s", ctx->call_dir, name);

	return access(path, F_OK) == 0;
}

static int wait_for_agent(struct qvm_ctx *ctx, const struct vm *vm, int64_t seconds,
			  struct qvm_err *err)
{
	const struct hv_id id = {.domid = vm->live.domid, .uuid = vm->uuid};
	cleanup_close int fd = watch_sockets(ctx);
	uint64_t deadline = clock_in((uint64_t)seconds * 1000);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char events[4096];
	struct hv_dom dom;
	int r = 0;

	ctx_progress(ctx, "waiting for its agent", -1);
	while (r == 0 && !op_has_agent(ctx, vm->name)) {
		if (clock_ms() >= deadline)
			return err_set(err, QVM_E_TIMEOUT,
				       "'%s' has no agent that answers after %lld s",
				       vm->name, (long long)seconds);
		(void)poll(&p, 1, clock_left(deadline, LOOK_MS));
		(void)!read(fd, events, sizeof(events));
		r = ctx->view->find(ctx->view_handle, &id, &dom, err);
	}
	return r < 0 ? err_wrap(err, "'%s' ended before its agent was there", vm->name)
		     : 0;
}

static int not_running(const struct vm *vm, struct qvm_err *err)
{
	return err_set(err, QVM_E_NOT_RUNNING, "'%s' is %s", vm->name,
		       vm_state_name(vm->live.state));
}

static int wake(struct qvm_ctx *ctx, const struct vm *vm, bool no_start,
		struct qvm_err *err)
{
	const struct op_start start = {.skip_if_running = true};
	const struct op_report silent = {0};
	const char *name = vm->name;
	bool paused = vm->live.state == STATE_PAUSED;
	int r;

	if (vm_is_running(vm) && !paused)
		return 0;
	if (no_start)
		return not_running(vm, err);
	/* A program without the backend must find out before there is a watcher. */
	r = hv_get(ctx, err);
	if (r < 0)
		return r;
	return paused ? op_act(ctx, OP_UNPAUSE, &name, 1, false, NULL, &silent, err)
		      : op_start(ctx, &name, 1, &start, NULL, &silent, err);
}

/* Whoever gets it next must be the first that it has ever served. */
static int refuse_spare(struct qvm_ctx *ctx, const struct vm *vm, struct qvm_err *err)
{
	if (!op_disp_is_spare(ctx, vm->id))
		return 0;
	return err_set(err, QVM_E_BUSY,
		       "'%s' is a spare, kept for who asks for a disposable", vm->name);
}

static int load(struct qvm_ctx *ctx, const char *name, struct world **w, struct vm **vm,
		struct qvm_err *err)
{
	int r;

	world_free(steal(*w));
	r = op_world(ctx, true, w, err);
	return r < 0 ? r : vm_find(*w, name, vm, err);
}

/* It becomes a part of a path before the registry is looked at. */
int op_call_check(const char *name, struct qvm_err *err)
{
	if (strcmp(name, "dom0") == 0)
		return err_set(err, QVM_E_VALUE, "'dom0' is the AdminVM: run it here");
	return vm_name_check(name, err);
}

int op_reach(struct qvm_ctx *ctx, const char *name, bool no_start, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	struct vm *vm = NULL;
	int r = op_call_check(name, err);

	if (r == 0)
		r = view_get(ctx, err);
	if (r == 0)
		r = load(ctx, name, &w, &vm, err);
	if (r == 0)
		r = refuse_spare(ctx, vm, err);
	if (r == 0)
		r = wake(ctx, vm, no_start, err);
	if (r == 0)
		r = load(ctx, name, &w, &vm, err);
	if (r == 0 && !lock_is_held(ctx, LOCK_RUNNING, vm->id))
		r = watcher_adopt(ctx, vm->id, err);
	return r < 0 ? r
		     : wait_for_agent(ctx, vm, prop_int(w, vm, PROP_QREXEC_TIMEOUT), err);
}

/* A call is under way: this process must not become another one, as a quick one would. */
static int unpause_beside(const struct qvm_ctx *ctx, const char *name,
			  struct qvm_err *err)
{
	const char *const argv[] = {ctx->self, "unpause", name, NULL};
	cleanup_buf struct buf said = BUF_INIT;
	const struct proc_request request = {.argv = argv, .out = &said, .err = &said};
	int status = 0;
	int r = proc_run(&request, &status);

	if (r < 0)
		return err_errno(err, r, "cannot run '%s'", ctx->self);
	if (status == 0)
		return 0;
	return err_set(err, err_kind_of_exit(status), "'%s' cannot go on: %.*s", name,
		       (int)strcspn(buf_str(&said), "\n"), buf_str(&said));
}

int op_call_unpause(struct qvm_ctx *ctx, const char *name, bool no_start,
		    struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	struct vm *vm = NULL;
	int r = view_get(ctx, err);

	if (r == 0)
		r = load(ctx, name, &w, &vm, err);
	if (r == 0)
		r = refuse_spare(ctx, vm, err);
	if (r < 0 || vm->live.state != STATE_PAUSED)
		return r;
	return no_start ? not_running(vm, err) : unpause_beside(ctx, vm->name, err);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watcher: one process per running domain. It starts the domain, then executes itself
 * afresh, so that what the start needed (libxl and its heap) is given back, and holds the
 * running lock until the domain has ended and its volumes are released.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "ops/calls.h"
#include "ops/image.h"
#include "ops/internal.h"
#include "ops/life.h"
#include "ops/spare.h"

/* Where a watcher finds its progress pipe, and its next life the running lock. */
#define WATCH_FD 3

/* ---- messages to who asked ---- */

/* Nobody listening is no reason to stop: the domain is started all the same. */
static void tell(int fd, const char *fmt, ...) printf_like(2, 3);
static void tell(int fd, const char *fmt, ...)
{
	cleanup_buf struct buf line = BUF_INIT;
	va_list ap;

	if (fd < 0)
		return;
	va_start(ap, fmt);
	buf_vaddf(&line, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] == '\n')
			line.data[i] = ' ';
	buf_add_ch(&line, '\n');
	(void)!write(fd, line.data, line.len);
}

struct telling {
	int fd;
};

static void tell_progress(void *arg, const char *what, int percent)
{
	const struct telling *t = arg;

	(void)percent;
	tell(t->fd, "progress %s", what);
}

/* ---- holding ---- */

static bool is_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return fd >= 0 && poll(&p, 1, 0) > 0;
}

/* What a disposable was made for is over. */
static int end_it(struct qvm_ctx *ctx, const struct hv_id *id, struct qvm_err *err)
{
	int r = hv_get(ctx, err);

	return r < 0 ? r : ctx->hv->destroy(ctx->hv_handle, id, err);
}

/* Keeps console and calls going until the domain ends, or its life is over. */
static int serve(struct qvm_ctx *ctx, const struct hv_id *id, struct console *console,
		 struct call_daemon *calls, struct life *life, int *ret_reason,
		 struct qvm_err *err)
{
	int r = 0;

	while (r == 0 && *ret_reason < 0) {
		const int fds[HV_WAIT_FDS] = {console ? console_fd(console) : -1,
					      call_daemon_fd(calls), life->owner.fd,
					      life->changes, call_daemon_use_fd(calls)};
		int left = life_left(life);

		if (left == 0)
			return end_it(ctx, id, err);
		r = ctx->view->wait_end(ctx->view_handle, id, fds, left, ret_reason, err);
		if (r == -QVM_E_TIMEOUT)
			r = 0;
		if (r < 0 || *ret_reason >= 0)
			break;
		if (console)
			console_serve(console);
		if (is_readable(fds[1]))
			call_daemon_renew(calls);
		life_renew(life, call_daemon_use(calls));
	}
	return r;
}

static int wait_for_end(struct qvm_ctx *ctx, struct store *s, const struct vm *vm,
			struct qvm_err *err)
{
	cleanup_life struct life life = LIFE_INIT;
	cleanup_world struct world *w = NULL;
	struct call_daemon *calls;
	struct console *console;
	struct run_state state;
	struct hv_dom dom;
	int reason = -1;
	int r = vm_alive(ctx, vm, &dom, err);

	if (r <= 0)
		return r;
	life_begin(&life, ctx, vm);
	if (life_left(&life) == 0)
		return end_it(ctx, &dom.id, err);
	r = store_load(s, &w, err);
	if (r < 0)
		return r;
	run_state_read(ctx, vm->id, &state);
	calls = call_daemon_start(ctx, w, world_vm_by_id(w, vm->id), dom.id.domid);
	world_free(steal(w));
	console = console_open(ctx, vm, state.console);
	r = serve(ctx, &dom.id, console, calls, &life, &reason, err);
	console_close(console);
	call_daemon_stop(calls);
	if (r == 0 && reason == HV_END_SUSPEND)
		image_hold(ctx, s, vm->id);
	return r;
}

/* RUNNING is released as soon as the stop is done: removing takes the locks by itself. */
static int clean_up_after(struct qvm_ctx *ctx, struct store *s, int64_t vm_id,
			  struct lock *running, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	const struct vm *vm;
	const char *name;
	int r;

	reserve_use(ctx);
	r = run_stop(ctx, s, vm_id, err);

	lock_release(running);
	if (r == 0)
		r = store_load(s, &w, err);
	if (r < 0)
		return r;
	store_tidy(s);
	reserve_keep(ctx);
	vm = world_vm_by_id(w, vm_id);
	if (vm && vm->klass != CLASS_DISP)
		spare_kick(ctx, w, 0); /* what spares are made of may be another now */
	if (!vm || vm->klass != CLASS_DISP || !prop_bool(w, vm, PROP_AUTO_CLEANUP))
		return 0;
	if (spare_withdraw(ctx, vm_id))
		spare_kick(ctx, w, 0); /* it has ended by itself */
	name = vm->name;
	return op_remove(ctx, &name, 1, false, NULL, NULL, err);
}

static int hold(struct qvm_ctx *ctx, int64_t vm_id, int lock_fd, struct qvm_err *err)
{
	cleanup(vm_dispose) struct vm vm = {0};
	cleanup_lock struct lock running = LOCK_INIT;
	cleanup_store struct store *s = NULL;
	int r;

	fcntl(lock_fd, F_SETFD, FD_CLOEXEC);
	lock_adopt(ctx, &running, lock_fd, LOCK_RUNNING, vm_id);
	r = store_open(ctx, STORE_WRITE, &s, err);
	if (r == 0)
		r = store_vm_load(s, vm_id, &vm, err);
	/*
	 * Left open: as long as one connection is, the next ones find the log's index ready
	 * and need not read the log for it.
	 */
	if (r == 0)
		r = wait_for_end(ctx, s, &vm, err);
	return r < 0 ? r : clean_up_after(ctx, s, vm_id, &running, err);
}

/* Gives the running lock to the same process's next life, as descriptor 3. */
static int hold_afresh(struct qvm_ctx *ctx, int64_t vm_id, struct vm_hold *held,
		       struct qvm_err *err)
{
	char id[24];
	const char *argv[] = {ctx->self, "__watch", id, "hold", NULL};
	int fd;

	snprintf(id, sizeof(id), "%lld", (long long)vm_id);
	lock_release(&held->op);
	fd = held->running.fd == WATCH_FD ? WATCH_FD : dup2(held->running.fd, WATCH_FD);
	if (fd == WATCH_FD && fcntl(WATCH_FD, F_SETFD, 0) == 0)
		execv(ctx->self, (char *const *)argv);
	/* Still the old life: it can hold as well, only with more memory. */
	ctx->locks_held[LOCK_RUNNING]--;
	return hold(ctx, vm_id, steal_fd(&held->running.fd), err);
}

/* ---- starting and adopting ---- */

static int start(struct qvm_ctx *ctx, struct store *s, const struct vm *vm,
		 const struct op_start *how, struct vm_hold *held, struct qvm_err *err)
{
	int r = vm_hold_halted(ctx, s, vm, "start", held, err);

	return r < 0 ? r : run_start(ctx, s, vm->id, how, err);
}

static int adopt(struct qvm_ctx *ctx, struct store *s, const struct vm *vm,
		 struct vm_hold *held, struct qvm_err *err)
{
	struct intent *all = NULL;
	size_t n = 0;
	int r = lock_take(ctx, LOCK_RUNNING, vm->id, 0, &held->running, err);

	if (r == 0)
		r = intent_list(s, &all, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (all[i].vm_id == vm->id && all[i].op == INTENT_RUN)
			r = intent_adopt(s, all[i].id, err);
	intents_free(all, n);
	return r;
}

/* HOW NULL: it runs already. */
static int begin(struct qvm_ctx *ctx, int64_t vm_id, const struct op_start *how,
		 struct vm_hold *held, struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup(vm_dispose) struct vm vm = {0};
	int r = store_open(ctx, STORE_WRITE, &s, err);

	if (r == 0)
		r = store_vm_load(s, vm_id, &vm, err);
	if (r < 0)
		return r;
	return how ? start(ctx, s, &vm, how, held, err) : adopt(ctx, s, &vm, held, err);
}

int op_watch(struct qvm_ctx *ctx, int64_t vm_id, enum watch_mode mode,
	     const struct op_start *how, int fd, struct qvm_err *err)
{
	struct telling telling = {fd};
	struct vm_hold held = VM_HOLD_INIT;
	int r;

	signal(SIGPIPE, SIG_IGN);
	/* Until it is executed afresh it would be called as who asked for it. */
	(void)prctl(PR_SET_NAME, "qvm-watcher");
	if (mode == WATCH_HOLD)
		return hold(ctx, vm_id, fd, err);
	ctx->progress = tell_progress;
	ctx->log_arg = &telling;
	ctx->log = NULL;
	r = begin(ctx, vm_id, how, &held, err);
	if (r < 0) {
		vm_hold_release(&held);
		tell(fd, "error %d %s", err->kind, err->text);
		return r;
	}
	tell(fd, "done");
	if (fd >= 0)
		close(fd);
	ctx->progress = NULL;
	return hold_afresh(ctx, vm_id, &held, err);
}

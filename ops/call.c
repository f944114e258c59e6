/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/call.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>

#include "core/vm.h"
#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "ops/internal.h"
#include "ops/spare.h"
#include "qrexec/invoke.h"

enum { CONNECT_MS = 60000, LOOK_MS = 1000 };

/* ---- reaching ---- */

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
		return err_set(err, QVM_E_NOT_RUNNING, "'%s' is %s", name,
			       vm_state_name(vm->live.state));
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
static int check_domain(const char *name, struct qvm_err *err)
{
	if (strcmp(name, "dom0") == 0)
		return err_set(err, QVM_E_VALUE, "'dom0' is the AdminVM: run it here");
	return vm_name_check(name, err);
}

int op_reach(struct qvm_ctx *ctx, const char *name, bool no_start, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	struct vm *vm = NULL;
	int r = check_domain(name, err);

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

/* ---- calling ---- */

char *op_call_encode(const char *const *words, size_t n)
{
	cleanup_buf struct buf out = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_ch(&out, '+');
		for (const char *c = words[i]; *c; c++) {
			if (isalnum((unsigned char)*c) || *c == '_' || *c == '.')
				buf_add_ch(&out, *c);
			else if (*c == '-')
				buf_add(&out, "--");
			else
				buf_addf(&out, "-%02X", (unsigned char)*c);
		}
	}
	return buf_steal(&out);
}

static char *command_line(const struct op_call *c)
{
	const char *user = c->user ? c->user : "DEFAULT";

	if (c->command)
		return xasprintf("%s:%s", user, c->command);
	return xasprintf("%s:QUBESRPC %s%s dom0", user, c->service,
			 strchr(c->service, '+') ? "" : "+");
}

struct slow {
	struct qvm_ctx *ctx;
	const struct op_call *c;
	struct qvm_err *err;
	bool failed;
};

/* The daemon of a paused domain answers: only the domain does not. */
static int unpause(void *arg)
{
	struct slow *slow = arg;
	cleanup_world struct world *w = NULL;
	struct vm *vm = NULL;
	int r = view_get(slow->ctx, slow->err);

	if (r == 0)
		r = load(slow->ctx, slow->c->domain, &w, &vm, slow->err);
	if (r == 0)
		r = refuse_spare(slow->ctx, vm, slow->err);
	if (r == 0 && vm->live.state == STATE_PAUSED)
		r = wake(slow->ctx, vm, slow->c->no_start, slow->err);
	slow->failed = r < 0;
	return r;
}

/* The fast way first: a domain that runs is asked without a look at the registry. */
static int connect(struct qvm_ctx *ctx, const struct op_call *c, struct invoke *call,
		   struct relay *ret, struct qvm_err *err)
{
	struct slow slow = {.ctx = ctx, .c = c, .err = err};
	int r;

	call->slow = unpause;
	call->arg = &slow;
	r = invoke(call, ret);
	if (slow.failed)
		return r;
	if (r == -ENOENT || r == -ECONNREFUSED) {
		r = op_reach(ctx, c->domain, c->no_start, err);
		if (r < 0)
			return r;
		/* What its start took is not the connection's time. */
		call->deadline = clock_in(CONNECT_MS);
		r = invoke(call, ret);
	}
	if (r == -ETIMEDOUT)
		return err_set(err, QVM_E_TIMEOUT, "'%s' has not answered the call",
			       c->domain);
	return r < 0 ? err_errno(err, r, "cannot call '%s'", c->domain) : 0;
}

/* A command that reads finds the end at once where there is no input. */
static int set_streams(const struct op_call *c, struct relay *relay, struct qvm_err *err)
{
	relay->errors = c->errors;
	relay->stop_on_sink_end = !c->local;
	if (c->local) {
		if (invoke_local(relay, c->local, NULL, NULL))
			return err_set(err, QVM_E_FAILED, "cannot start '%s'", c->local);
		return 0;
	}
	relay->sink = c->out;
	relay->source = c->in;
	if (c->in < 0)
		relay->source = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return relay->source < 0 ? err_errno(err, -errno, "cannot open '/dev/null'") : 0;
}

static int finish(const struct op_call *c, struct relay *relay, int *ret_status,
		  struct qvm_err *err)
{
	int r = relay_run(relay, ret_status);

	if (r == -ETIMEDOUT)
		return err_set(err, QVM_E_TIMEOUT,
			       "the call of '%s' has not ended within %d ms", c->domain,
			       c->timeout_ms);
	return r < 0 ? err_errno(err, r, "the call of '%s' broke off", c->domain) : 0;
}

int op_call(struct qvm_ctx *ctx, const struct op_call *c, int *ret_status,
	    struct qvm_err *err)
{
	cleanup_free char *command = command_line(c);
	cleanup_vchan struct vchan *v = NULL;
	struct vchan_site site;
	struct invoke call = {
		.site = &site,
		.socket_dir = ctx->call_dir,
		.domain = c->domain,
		.command = command,
		.detached = c->detached,
		.deadline = clock_in(CONNECT_MS),
	};
	struct relay relay;
	int r = check_domain(c->domain, err);

	if (r < 0)
		return r;
	r = vchan_site_init(&site, ctx->vchan_dir, ctx->vchan_domid);
	if (r < 0)
		return err_set(err, QVM_E_VALUE, "VCHAN_DOMAIN is no domain number");
	r = connect(ctx, c, &call, &relay, err);
	if (r < 0)
		return r;
	v = relay.v;
	r = set_streams(c, &relay, err);
	if (r < 0)
		return r;
	relay.prefix = c->prefix;
	relay.prefix_len = c->prefix_len;
	relay.filter_out = c->filter_out;
	relay.filter_err = c->filter_err;
	relay.deadline = c->timeout_ms ? clock_in((uint64_t)c->timeout_ms) : 0;
	return finish(c, &relay, ret_status, err);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The asking side of a start: the order, the watchers, and what they report. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/proc.h"
#include "lib/size.h"
#include "ops/volume.h"

/* ---- watchers ---- */

static int progress_pipe(int *ret_from, int *ret_to, struct qvm_err *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot make a pipe");
	*ret_from = fds[0];
	*ret_to = fds[1];
	return 0;
}

int watcher_adopt(struct qvm_ctx *ctx, int64_t vm_id, struct qvm_err *err)
{
	char id[24];
	const char *argv[] = {ctx->self, "__watch", id, "adopt", NULL};
	int r;

	snprintf(id, sizeof(id), "%lld", (long long)vm_id);
	r = proc_spawn_detached(argv, -1, -1, -1, -1);
	return r < 0 ? err_errno(err, r, "cannot execute '%s'", ctx->self) : 0;
}

/*
 * A copy of this process: what it has loaded need not be loaded again. It opens the registry
 * and the backends afresh, as no handle of either may be used on both sides of a fork.
 */
static int watcher_fork(struct qvm_ctx *ctx, int64_t vm_id, const struct op_start *how,
			int *ret_fd, struct qvm_err *err)
{
	cleanup_close int from = -1, to = -1;
	int r = progress_pipe(&from, &to, err);

	if (r < 0)
		return r;
	ctx_assert_idle(ctx);
	r = proc_fork_detached();
	if (r < 0)
		return err_errno(err, r, "cannot start a watcher");
	if (r == 0) {
		ctx_forget_backends(ctx);
		close(steal_fd(&from));
		_exit(op_watch(ctx, vm_id, WATCH_START, how, steal_fd(&to), err) < 0);
	}
	*ret_fd = steal_fd(&from);
	return 0;
}

/*
 * One message of a watcher: "progress TEXT", "error KIND TEXT" or "done". Returns 1 while
 * more may come, 0 when it is done, or the error that it met.
 */
static int take_message(struct qvm_ctx *ctx, const char *line, struct qvm_err *err)
{
	char *text;
	long kind;

	if (strncmp(line, "progress ", 9) == 0) {
		ctx_progress(ctx, line + 9, -1);
		return 1;
	}
	if (strncmp(line, "error ", 6) == 0) {
		kind = strtol(line + 6, &text, 10);
		return err_set(err, kind > 0 ? (int)kind : QVM_E_FAILED, "%s",
			       *text ? text + 1 : "");
	}
	return strcmp(line, "done") != 0;
}

int watcher_wait(struct qvm_ctx *ctx, int fd, struct qvm_err *err)
{
	cleanup_free char *line = NULL;
	FILE *in = fdopen(fd, "r");
	size_t size = 0;
	ssize_t n;
	int r = 1;

	if (!in)
		return err_errno(err, -errno, "cannot read from the watcher");
	while (r > 0 && (n = getline(&line, &size, in)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		r = take_message(ctx, line, err);
	}
	fclose(in);
	if (r > 0)
		return err_set(err, QVM_E_FAILED, "its watcher died while starting it");
	return r;
}

/* ---- order ---- */

/* The domains to start, network domains before their clients, each once. */
static void add_with_netvms(const struct world *w, struct vm *vm, struct strv *order)
{
	struct vm *netvm =
		prop_applies(PROP_NETVM, vm) ? prop_vm(w, vm, PROP_NETVM) : NULL;

	if (strv_has(order, vm->name) || order->n > w->vm_count)
		return;
	if (netvm && !vm_is_running(netvm))
		add_with_netvms(w, netvm, order);
	strv_add(order, vm->name);
}

static bool is_named(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* ---- plan ---- */

static void plan_volumes(const struct world *w, const struct vm *vm, struct plan *p)
{
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &vm->volumes[i];
		const struct vm_volume *source;
		const struct vm *owner = NULL;
		char size[32];

		if (!vm->has_volume[i])
			continue;
		size_format(vol->size, size);
		source = volume_source(w, vm, (enum vol_role)i, &owner);
		if (vol->persistent)
			plan_add(p, vm->name, "use-volume", "%s: %s in pool '%s'",
				 vol_role_names[i], size, vol->pool);
		else if (source)
			plan_add(p, vm->name, "make-volume",
				 "%s: %s over revision %u of '%s'", vol_role_names[i],
				 size, vol_newest(source)->serial, owner->name);
		else
			plan_add(p, vm->name, "make-volume", "%s: %s, empty",
				 vol_role_names[i], size);
	}
}

static int plan_start(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		      const struct op_start *req, struct plan *p, struct qvm_err *err)
{
	cleanup_run_plan struct run_plan run = RUN_PLAN_INIT;
	char size[32];
	int r = run_check(w, vm, err);

	run.cdrom = req->cdrom;

	if (r == 0)
		r = run_plan_make(ctx, w, vm, &run, err);
	if (r < 0)
		return r;
	size_format(run.config.memory, size);
	plan_add(p, vm->name, "check-memory", "%s", size);
	plan_volumes(w, vm, p);
	plan_add(p, vm->name, "build-domain", "%u vcpus, kernel %s", run.config.vcpus,
		 run.config.kernel ? run.config.kernel : "of the guest");
	if (req->cdrom)
		plan_add(p, vm->name, "insert-cdrom", "%s", req->cdrom);
	if (!req->paused)
		plan_add(p, vm->name, "unpause", "%s", vm->name);
	if (p->config)
		return 0;
	r = hv_get(ctx, err);
	return r < 0 ? r
		     : ctx->hv->config_json(ctx->hv_handle, &run.config, &p->config, err);
}

/* ---- starting ---- */

struct start_job {
	const struct vm *vm;
	int fd;
	int r;
	struct qvm_err err;
};

static int start_refusal(const struct world *w, const struct vm *vm, struct qvm_err *err)
{
	if (vm_is_running(vm) && vm->klass != CLASS_ADMIN)
		return err_set(err, QVM_E_RUNNING, "cannot start '%s': it is %s",
			       vm->name,
			       vm->live.state == STATE_TRANSIENT ? "being started"
			       : vm->live.state == STATE_PAUSED	 ? "paused"
								 : "running");
	return run_check(w, vm, err);
}

static void job_begin(struct qvm_ctx *ctx, const struct world *w, struct start_job *job,
		      const struct op_start *req)
{
	job->r = start_refusal(w, job->vm, &job->err);
	if (job->r == 0)
		job->r = pool_guard_vm(ctx, w, job->vm, false, &job->err);
	if (job->r == 0)
		job->r = watcher_fork(ctx, job->vm->id, req, &job->fd, &job->err);
}

static void job_end(struct qvm_ctx *ctx, struct start_job *job)
{
	if (job->fd >= 0)
		job->r = watcher_wait(ctx, steal_fd(&job->fd), &job->err);
	if (job->r < 0 && strncmp(job->err.text, "cannot start '", 14) != 0)
		err_wrap(&job->err, "cannot start '%s'", job->vm->name);
}

/* The job of VM's network domain, if that is being started too. */
static struct start_job *netvm_job(const struct world *w, const struct vm *vm,
				   struct start_job *jobs, size_t n)
{
	struct vm *netvm =
		prop_applies(PROP_NETVM, vm) ? prop_vm(w, vm, PROP_NETVM) : NULL;

	for (size_t i = 0; netvm && i < n; i++)
		if (jobs[i].vm == netvm)
			return &jobs[i];
	return NULL;
}

/* Waits for the network domain first; without it there is no start. */
static int await_netvm(struct qvm_ctx *ctx, const struct world *w, struct start_job *job,
		       struct start_job *jobs)
{
	struct start_job *netvm = netvm_job(w, job->vm, jobs, (size_t)(job - jobs));

	if (!netvm)
		return 0;
	job_end(ctx, netvm);
	if (netvm->r >= 0)
		return 0;
	job->err = netvm->err;
	return err_wrap(&job->err, "cannot start '%s': its netvm", job->vm->name);
}

/* Started side by side; one that needs another's network waits for it. */
static int start_all(struct qvm_ctx *ctx, const struct world *w, const struct strv *order,
		     const char *const *names, size_t n, const struct op_start *req,
		     const struct op_report *report, struct qvm_err *err)
{
	cleanup_free struct start_job *jobs = xcalloc(order->n, sizeof(*jobs));
	struct tally t = {.report = report};

	for (size_t i = 0; i < order->n; i++) {
		const struct op_start unpaused = {0};

		jobs[i].vm = world_vm(w, order->v[i]);
		jobs[i].fd = -1;
		jobs[i].r = await_netvm(ctx, w, &jobs[i], jobs);
		if (jobs[i].r == 0)
			job_begin(ctx, w, &jobs[i],
				  is_named(names, n, order->v[i]) ? req : &unpaused);
	}
	for (size_t i = 0; i < order->n; i++) {
		job_end(ctx, &jobs[i]);
		if (jobs[i].r == -QVM_E_RUNNING && req->skip_if_running)
			jobs[i].r = 0;
		/* A network domain that nobody named is spoken of by its client. */
		if (is_named(names, n, order->v[i]))
			tally_add(&t, jobs[i].vm->name, jobs[i].r, &jobs[i].err);
	}
	return tally_result(&t, err);
}

static bool needs_network(const struct world *w, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct vm *vm = world_vm(w, names[i]);

		if (vm && prop_applies(PROP_NETVM, vm) && prop_vm(w, vm, PROP_NETVM))
			return true;
	}
	return false;
}

static int look_at_running(struct qvm_ctx *ctx, struct world **w, struct qvm_err *err)
{
	int r = view_get(ctx, err); /* without Xen there is no use in going on */

	world_free(steal(*w));
	return r < 0 ? r : op_world(ctx, true, w, err);
}

int op_start(struct qvm_ctx *ctx, const char *const *names, size_t n,
	     const struct op_start *req, struct plan *ret_plan,
	     const struct op_report *report, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	cleanup_strv struct strv order = STRV_INIT;
	const struct op_start unpaused = {.dry_run = req->dry_run};
	int r = op_world(ctx, false, &w, err);

	/*
	 * What runs is asked only where the order depends on it: each watcher finds out
	 * about its own domain, under the lock.
	 */
	if (r == 0 && (req->dry_run || needs_network(w, names, n)))
		r = look_at_running(ctx, &w, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct vm *vm;

		r = vm_find(w, names[i], &vm, err);
		if (r == 0)
			add_with_netvms(w, vm, &order);
	}
	if (r < 0)
		return r;
	if (!req->dry_run)
		return start_all(ctx, w, &order, names, n, req, report, err);
	for (size_t i = 0; r == 0 && i < order.n; i++) {
		const struct vm *vm = world_vm(w, order.v[i]);

		if (req->skip_if_running && vm_is_running(vm))
			continue;
		r = start_refusal(w, vm, err);
		if (r == 0)
			r = pool_guard_vm(ctx, w, vm, true, err);
		if (r < 0 && strncmp(err->text, "cannot start '", 14) != 0)
			err_wrap(err, "cannot start '%s'", vm->name);
		if (r == 0)
			r = plan_start(ctx, w, vm,
				       is_named(names, n, vm->name) ? req : &unpaused,
				       ret_plan, err);
	}
	return r;
}

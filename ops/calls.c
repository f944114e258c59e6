/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "core/prop.h"
#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "qrexec/ask.h"
#include "qrexec/daemon.h"

/* One that keeps dying so soon after its start is broken: nothing is gained by more. */
enum { SOON_MS = 10000, TRIES = 3 };

struct call_daemon {
	struct qvm_ctx *ctx;
	struct strv argv;
	pid_t pid;
	int fd; /* of the process; -1: none runs */
	uint64_t started;
	int tries;  /* starts in a row that did not last */
	int use[2]; /* the pipe on which it tells; -1: it does not */
	enum call_use told;
};

static void launch(struct call_daemon *d)
{
	size_t n = d->argv.n;
	cleanup_free const char **argv = xcalloc(n + 1, sizeof(*argv));

	memcpy(argv, d->argv.v, n * sizeof(*argv));
	d->started = clock_ms();
	d->pid = proc_spawn_bound(argv, d->use[1]);
	d->fd = d->pid < 0 ? -1 : pidfd_open(d->pid, 0);
	if (d->fd < 0)
		ctx_log(d->ctx, QVM_LEVEL_WARN, "cannot run '%s': %s", argv[0],
			strerror(d->pid < 0 ? -d->pid : errno));
}

/* Both ends stay here: a pipe without a writer would be readable for ever. */
static void hear_use(struct call_daemon *d, const struct vm *vm)
{
	if (vm->klass != CLASS_DISP || pipe2(d->use, O_CLOEXEC | O_NONBLOCK) < 0)
		d->use[0] = d->use[1] = -1;
}

static void compose(struct call_daemon *d, const struct world *w, const struct vm *vm,
		    uint32_t domid)
{
	const struct qvm_ctx *ctx = d->ctx;
	struct strv *argv = &d->argv;
	char uuid[UUID_TEXT], number[16];
	struct prop_value user;

	snprintf(number, sizeof(number), "%u", domid);
	uuid_format(&vm->uuid, uuid);
	strv_addf(argv, "%s/qrexec-daemon", ctx->libexec_dir);
	strv_add(argv, "--supervised");
	if (d->use[1] >= 0)
		strv_add(argv, "--tell-use");
	strv_addf(argv, "--socket-dir=%s", ctx->call_dir);
	strv_addf(argv, "--registry=%s", ctx->state_dir);
	strv_addf(argv, "--run=%s", ctx->run_dir);
	strv_addf(argv, "--prompters=%s/" ASK_DIR, ctx->run_dir);
	strv_addf(argv, "--uuid=%s", uuid);
	strv_add(argv, "--");
	strv_add(argv, number);
	strv_add(argv, vm->name);
	prop_get(w, vm, PROP_DEFAULT_USER, &user);
	strv_add(argv, user.text);
}

struct call_daemon *call_daemon_start(struct qvm_ctx *ctx, const struct world *w,
				      const struct vm *vm, uint32_t domid)
{
	struct call_daemon *d;
	int r;

	if (!ctx->view->has_vchan)
		return NULL;
	r = dir_make(ctx->call_dir, 0755);
	if (r < 0) {
		ctx_log(ctx, QVM_LEVEL_WARN, "cannot make '%s': %s", ctx->call_dir,
			strerror(-r));
		return NULL;
	}
	d = xcalloc(1, sizeof(*d));
	d->ctx = ctx;
	hear_use(d, vm);
	compose(d, w, vm, domid);
	launch(d);
	return d;
}

int call_daemon_fd(const struct call_daemon *d)
{
	return d ? d->fd : -1;
}

int call_daemon_use_fd(const struct call_daemon *d)
{
	return d ? d->use[0] : -1;
}

enum call_use call_daemon_use(struct call_daemon *d)
{
	char told[64];
	ssize_t n;

	if (!d || d->use[0] < 0)
		return CALLS_UNKNOWN;
	while ((n = read(d->use[0], told, sizeof(told))) > 0)
		d->told = told[n - 1] == DAEMON_BUSY ? CALLS_SOME : CALLS_NONE;
	return d->told;
}

static void ended(struct call_daemon *d)
{
	close(d->fd);
	d->fd = -1;
	d->pid = 0;
}

void call_daemon_renew(struct call_daemon *d)
{
	int status = proc_wait(d->pid);

	ended(d);
	if (status == 0)
		return; /* it saw that the domain is gone */
	d->tries = clock_ms() - d->started < SOON_MS ? d->tries + 1 : 0;
	ctx_log(d->ctx, QVM_LEVEL_WARN, "the daemon for calls ended with %d", status);
	if (d->tries < TRIES)
		launch(d);
}

void call_daemon_stop(struct call_daemon *d)
{
	if (!d)
		return;
	if (d->fd >= 0) {
		kill(d->pid, SIGTERM); /* it only removes its sockets' names */
		if (proc_wait(d->pid) < 0)
			ctx_log(d->ctx, QVM_LEVEL_WARN, "lost the daemon for calls");
		ended(d);
	}
	cleanup_close_at(&d->use[0]);
	cleanup_close_at(&d->use[1]);
	strv_dispose(&d->argv);
	free(d);
}

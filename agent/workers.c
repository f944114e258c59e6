/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/locals.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/signals.h"
#include "qrexec/proto.h"

extern char **environ;

/* What is sent to a worker: this, and the command behind it. */
struct order {
	uint32_t domain, port, just_exec;
	struct vchan_address told;
};

/*
 * ORDER_MAX: a size that is in the pages at hand; the kernel's send buffer takes it whole.
 * CALLS_MAX: what calls leave in the memory of the one that served them is bounded so.
 */
enum {
	ORDER_MAX = sizeof(struct order) + QREXEC_COMMAND_MAX,
	IDLE_MAX = 4,
	CALLS_MAX = 32
};

/* ---- in the worker ---- */

/* A child that has our memory until it is another program changes the environment. */
static bool serve_apart(const struct agent_call *c)
{
	char **own = environ;
	cleanup_free char **copy = NULL;
	bool again = false;
	size_t n = 0;

	while (own[n])
		n++;
	copy = xcalloc(n + 1, sizeof(*copy));
	memcpy(copy, own, n * sizeof(*copy));
	environ = copy;
	again = agent_serve(c);
	environ = own;
	return again;
}

static bool take_order(int fd, struct order *o, struct agent_call *c)
{
	ssize_t n;

	do
		n = recv(fd, o, ORDER_MAX, 0);
	while (n < 0 && errno == EINTR);
	if (n <= (ssize_t)sizeof(*o)) /* the agent has ended, or has no use for us */
		return false;
	((char *)o)[n] = '\0'; /* a longer one may have been there */
	c->domain = o->domain;
	c->port = o->port;
	c->just_exec = o->just_exec != 0;
	c->told = o->told;
	c->command = (const char *)(o + 1);
	return true;
}

/* What a program of an earlier call may have said too late; it stays blocked. */
static void forget_readiness(void)
{
	(void)signal(SIGUSR1, SIG_IGN);
	(void)signal(SIGUSR1, SIG_DFL);
}

/* What others wait for the end of must not live on here, nor hide the agent's end. */
static void become_worker(struct agent *a)
{
	locals_forget(a);
	cleanup_close_at(&a->signals);
	for (size_t i = 0; i < a->workers.n; i++)
		cleanup_close_at(&a->workers.v[i].fd);
	cleanup_close_at(&a->workers.done[0]);
	signals_unblock();
	(void)signal(SIGPIPE, SIG_IGN);
}

/* FIRST: the call that it was made for; NULL: it waits for one. */
static noreturn void work(struct agent *a, int fd, const struct agent_call *first)
{
	struct order *o = xcalloc(1, ORDER_MAX + 1);
	struct agent_call c = {.site = a->site, .session_pattern = a->session_pattern};
	const pid_t pid = getpid();

	become_worker(a);
	if (first)
		c = *first;
	/* Who has said that it is ready must be: else the next order would be lost. */
	for (int n = 1; first || take_order(fd, o, &c); n++) {
		forget_readiness();
		if (!serve_apart(&c) || !a->workers.keep || n == CALLS_MAX ||
		    write(a->workers.done[1], &pid, sizeof(pid)) != sizeof(pid))
			break;
		first = NULL;
	}
	_exit(0);
}

/* ---- in the agent ---- */

int workers_open(struct workers *w, bool keep)
{
	*w = (struct workers){.done = {-1, -1}, .keep = keep};
	return pipe2(w->done, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
}

static struct worker *make(struct agent *a, const struct agent_call *first)
{
	struct workers *w = &a->workers;
	struct worker *one;
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return NULL;
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		work(a, pair[1], first);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return NULL;
	}
	one = &array_grow(w->v, w->n);
	*one = (struct worker){.pid = pid, .fd = pair[0]};
	w->n++;
	return one;
}

static bool is_idle(const struct worker *one)
{
	return one->fd >= 0 && !one->busy;
}

static size_t count_idle(const struct workers *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		n += is_idle(&w->v[i]);
	return n;
}

static bool send_order(const struct worker *one, const struct agent_call *c)
{
	const size_t len = strlen(c->command);
	cleanup_free struct order *o = xcalloc(1, sizeof(*o) + len);
	ssize_t n;

	*o = (struct order){c->domain, c->port, c->just_exec, c->told};
	memcpy(o + 1, c->command, len);
	do
		n = send(one->fd, o, sizeof(*o) + len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

/* Who has died is noticed by the order. */
static struct worker *find_idle(struct workers *w, const struct agent_call *c)
{
	for (size_t i = 0; i < w->n; i++) {
		struct worker *one = &w->v[i];

		if (!is_idle(one))
			continue;
		if (send_order(one, c))
			return one;
		cleanup_close_at(&one->fd);
	}
	return NULL;
}

int workers_serve(struct agent *a, const struct agent_call *c)
{
	struct worker *one = find_idle(&a->workers, c);

	if (!one)
		one = make(a, c);
	if (!one)
		return -EAGAIN;
	one->busy = true;
	one->domain = c->domain;
	one->port = c->port;
	return 0;
}

static struct worker *find(struct workers *w, pid_t pid)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->v[i].pid == pid)
			return &w->v[i];
	}
	return NULL;
}

static void call_over(struct agent *a, struct worker *one)
{
	if (one->busy)
		agent_terminated(a, one->domain, one->port);
	one->busy = false;
}

void workers_ready(struct agent *a)
{
	struct workers *w = &a->workers;
	pid_t pid;

	while (read(w->done[0], &pid, sizeof(pid)) == sizeof(pid)) {
		struct worker *one = find(w, pid);

		if (!one)
			continue;
		call_over(a, one);
		if (count_idle(w) > IDLE_MAX)
			cleanup_close_at(&one->fd);
	}
}

void workers_reap(struct agent *a)
{
	struct workers *w = &a->workers;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		struct worker *one = find(w, pid);

		if (!one)
			continue;
		call_over(a, one);
		cleanup_close_at(&one->fd);
		*one = w->v[--w->n];
	}
}

bool workers_busy(const struct workers *w)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->v[i].busy)
			return true;
	}
	return false;
}

bool workers_short(const struct workers *w)
{
	return w->keep && count_idle(w) == 0;
}

void workers_spare(struct agent *a)
{
	(void)!make(a, NULL); /* else the next call is served without */
}

void workers_end_idle(struct workers *w)
{
	for (size_t i = 0; i < w->n; i++) {
		if (!w->v[i].busy && kill(w->v[i].pid, SIGKILL) == 0)
			(void)waitpid(w->v[i].pid, NULL, 0);
	}
}

void workers_dispose(struct workers *w)
{
	for (size_t i = 0; i < w->n; i++)
		cleanup_close_at(&w->v[i].fd);
	cleanup_close_at(&w->done[0]);
	cleanup_close_at(&w->done[1]);
	free(w->v);
	*w = (struct workers){.done = {-1, -1}};
}

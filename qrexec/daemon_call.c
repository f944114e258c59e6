/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request of the guest: decided, then carried out, in a process of its own. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/proc.h"
#include "qrexec/audit.h"
#include "qrexec/call.h"
#include "qrexec/daemon.h"

enum { SERVE_MS = 5000, START_MS = 120000, AGENT_MS = 120000, LOOK_AGAIN_MS = 100 };

static int trouble(const struct qrexec_trigger *q, const char *what, int r)
{
	dprintf(STDERR_FILENO, "qrexec-daemon: '%.200s': %s: %s\n", q->service, what,
		strerror(-r));
	return QREXEC_EXIT_TROUBLE;
}

/* Tells the daemon of the caller where the other end is; the port, or -E. */
static int tell_caller(const struct daemon_conf *c, const struct qrexec_trigger *q,
		       uint32_t domain, uint32_t port)
{
	cleanup_free char *self = xasprintf("%u", c->domid);
	cleanup_close int fd = call_connect(c->socket_dir, self);
	uint32_t peer = 0;
	int r = fd;

	if (r >= 0)
		r = call_request(fd, QREXEC_SERVICE_CONNECT, domain, port, q->ident,
				 QREXEC_IDENT);
	if (r == 0)
		r = port ? call_greeting(fd)
			 : call_answer(fd, QREXEC_SERVICE_CONNECT, &peer, &port);
	return r < 0 ? r : (int)port;
}

static int to_dom0(const struct daemon_conf *c, const struct qrexec_trigger *q,
		   const struct decide_answer *a)
{
	bool keyword = a->requested_target[0] == '@';
	cleanup_free char *command =
		xasprintf("QUBESRPC %s %s %s %s", a->service ? a->service : q->service,
			  a->source ? a->source : c->name, keyword ? "keyword" : "name",
			  a->requested_target + (keyword ? 1 : 0));
	struct call_serve serve = {
		.site = &c->site,
		.at = {.domid = c->domid, .ring = QREXEC_DATA_RING},
		.deadline = clock_in(SERVE_MS),
		.command = command,
		.service_path = c->service_path,
		.config_path = c->config_path,
	};
	int r = tell_caller(c, q, 0, 0);

	if (r < 0)
		return trouble(q, "the caller's daemon did not take the answer", r);
	serve.at.port = (uint32_t)r;
	r = call_serve(&serve);
	return r < 0 && r != -EPIPE ? trouble(q, "the connection failed", r) : 0;
}

/* A domain that has just been started has an agent a while later. */
static int connect_when_up(const struct daemon_conf *c, const char *name)
{
	uint64_t deadline = clock_in(AGENT_MS);

	for (;;) {
		int fd = call_connect(c->socket_dir, name);

		if ((fd != -ENOENT && fd != -ECONNREFUSED) || clock_ms() >= deadline)
			return fd;
		(void)poll(NULL, 0, LOOK_AGAIN_MS);
	}
}

static int start(const struct daemon_conf *c, const char *name)
{
	const char *argv[] = {c->start_program, "--", name, NULL};
	const struct proc_request run = {.argv = argv, .timeout_ms = START_MS};
	int status = 1;
	int r = proc_run(&run, &status);

	return r < 0 ? r : status ? -EHOSTDOWN : 0;
}

static int reach(const struct daemon_conf *c, const struct decide_answer *a)
{
	const char *name = a->target_uuid ? a->target_uuid : a->target;
	int fd;
	int r;

	if (strchr(name, '/'))
		return -EINVAL;
	fd = call_connect(c->socket_dir, name);
	if ((fd != -ENOENT && fd != -ECONNREFUSED) || !a->autostart || !c->start_program)
		return fd;
	r = start(c, a->target);
	return r < 0 ? r : connect_when_up(c, name);
}

/* By the connection FD with the target's daemon, or the reason why there is none. */
static int to_domain(const struct daemon_conf *c, const struct qrexec_trigger *q,
		     const struct decide_answer *a, int fd)
{
	cleanup_free char *command = xasprintf("%s:QUBESRPC %s %s", a->user,
					       a->service ? a->service : q->service,
					       a->source ? a->source : c->name);
	uint32_t domain = 0, port = 0;
	int r = fd;

	if (r >= 0)
		r = call_request(fd, QREXEC_EXEC_CMDLINE, c->domid, 0, command,
				 strlen(command) + 1);
	if (r >= 0)
		r = call_answer(fd, QREXEC_EXEC_CMDLINE, &domain, &port);
	if (r < 0)
		return trouble(q, "the target cannot be reached", r);
	r = tell_caller(c, q, domain, port);
	return r < 0 ? trouble(q, "the caller's daemon did not take the answer", r) : 0;
}

/* "@dispvm:TEMPLATE" becomes the name of one that ends with this process. */
static int make_disposable(const struct daemon_conf *c, struct decide_answer *a)
{
	cleanup_free char *owner = xasprintf("--owner=%d", (int)getpid());
	cleanup_free char *caller = xasprintf("--for=%s", c->name);
	const char *template = strchr(a->target, ':');
	const char *argv[] = {c->disp_program,
			      "start",
			      owner,
			      caller,
			      "--",
			      template ? template + 1 : NULL,
			      NULL};
	cleanup_buf struct buf name = BUF_INIT;
	const struct proc_request run = {
		.argv = argv, .out = &name, .limit = QREXEC_NAME, .timeout_ms = START_MS};
	int status = 1;
	int r = proc_run(&run, &status);

	if (r == 0 && (status || !name.len || strchr(buf_str(&name), '/')))
		r = -EHOSTDOWN;
	if (r < 0)
		return r;
	free(a->target);
	free(a->target_uuid);
	a->target_uuid = NULL;
	a->target = xstrndup(name.data, strcspn(name.data, "\n"));
	return 0;
}

/* Of a disposable: its end is the call's, or that of who has called. */
static void wait_for_either(const struct daemon_conf *c, int fd)
{
	struct vchan_peer *caller = NULL;
	bool over = false;

	if (vchan_peer_open(&c->site, c->domid, &caller) < 0) {
		call_wait(fd);
		return;
	}
	while (!over) {
		struct pollfd p[] = {{.fd = fd, .events = POLLIN},
				     {.fd = vchan_peer_fd(caller), .events = POLLIN}};

		if (poll(p, array_len(p), -1) < 0)
			over = errno != EINTR;
		else
			over = (p[0].revents && !call_lasts(fd)) ||
			       (p[1].revents && vchan_peer_gone(caller));
	}
	vchan_peer_close(caller);
}

/* It lasts as long as the call, which this process waits for. */
static int to_disposable(const struct daemon_conf *c, const struct qrexec_trigger *q,
			 struct decide_answer *a)
{
	cleanup_close int fd = -1;
	int r = make_disposable(c, a);

	if (r == 0)
		r = fd = connect_when_up(c, a->target);
	if (r < 0)
		return trouble(q, "there is no disposable", r);
	r = to_domain(c, q, a, fd);
	if (r == 0)
		wait_for_either(c, fd);
	return r;
}

static void record(const struct daemon_conf *c, const struct qrexec_trigger *q,
		   const struct decide_answer *a)
{
	const char *target = q->target[0] ? q->target : "@default";

	const struct audit entry = {
		.source = c->name,
		.service = q->service,
		.requested = a->requested_target ? a->requested_target : target,
		.allow = a->allow,
		.asked = a->asked,
		.target = a->allow ? a->target : NULL,
		.user = a->allow ? a->user : NULL,
		.rule = a->rule,
		.reason = a->reason ? a->reason : "as the policy daemon says",
	};

	audit_write(&entry);
	if (c->listeners)
		audit_tell(&entry, c->listeners);
}

int daemon_call(const struct daemon_conf *c, const struct qrexec_trigger *q)
{
	cleanup_decide_answer struct decide_answer a = {0};
	const struct decide_request ask = {
		.source = c->name,
		.target = q->target,
		.service = q->service,
		.requested_source = q->has_source ? q->source : NULL,
	};
	cleanup_close int fd = -1;
	int r = decide(&c->decide, &ask, &a);

	if (r < 0)
		a.reason = "there is no decision";
	record(c, q, &a);
	if (!a.allow)
		return QREXEC_EXIT_REFUSED;
	if (strcmp(a.target, "dom0") == 0 || strcmp(a.target, "@adminvm") == 0)
		return to_dom0(c, q, &a);
	if (strncmp(a.target, "@dispvm", 7) == 0)
		return to_disposable(c, q, &a);
	fd = reach(c, &a);
	return to_domain(c, q, &a, fd);
}

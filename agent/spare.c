/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that waits for the next call: in a guest whose page tables Xen has to check, making
 * one takes longer than most of what a call does. It serves one call and ends.
 */
#include "agent/spare.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/signals.h"
#include "qrexec/proto.h"

/* What is sent to it: this, and the command behind it. */
struct order {
	uint32_t domain, port, just_exec;
	struct vchan_address told;
};

/* A size that is in the pages at hand; the kernel's send buffer takes it whole. */
enum { ORDER_MAX = sizeof(struct order) + QREXEC_COMMAND_MAX };

noreturn void call_process(struct agent *a, const struct agent_call *c)
{
	int r;

	/* What others wait for the end of must not live on here. */
	locals_forget(a);
	cleanup_close_at(&a->signals);
	cleanup_close_at(&a->spare.fd);
	signals_unblock();
	(void)signal(SIGPIPE, SIG_IGN);
	r = agent_serve(c);
	_exit(r);
}

static noreturn void wait_for_order(struct agent *a, int fd)
{
	struct order *o = xcalloc(1, ORDER_MAX + 1);
	struct agent_call c = {.site = a->site, .session_pattern = a->session_pattern};
	ssize_t n;

	/* The agent's end would hide the agent's end from us, and the others are not ours. */
	locals_forget(a);
	do
		n = recv(fd, o, ORDER_MAX, 0);
	while (n < 0 && errno == EINTR);
	close(fd);
	if (n <= (ssize_t)sizeof(*o)) /* the agent has ended, or has no use for us */
		_exit(0);
	c.domain = o->domain;
	c.port = o->port;
	c.just_exec = o->just_exec != 0;
	c.told = o->told;
	c.command = (const char *)(o + 1);
	call_process(a, &c);
}

void spare_make(struct agent *a)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		a->spare.fd = -1;
		wait_for_order(a, pair[1]);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return;
	}
	a->spare = (struct spare){.pid = pid, .fd = pair[0]};
}

pid_t spare_use(struct agent *a, const struct agent_call *c)
{
	cleanup_close int fd = steal_fd(&a->spare.fd);
	const size_t len = strlen(c->command);
	cleanup_free struct order *o = NULL;
	ssize_t n;

	if (fd < 0)
		return -1;
	o = xcalloc(1, sizeof(*o) + len);
	*o = (struct order){c->domain, c->port, c->just_exec, c->told};
	memcpy(o + 1, c->command, len);
	do
		n = send(fd, o, sizeof(*o) + len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : a->spare.pid;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "lib/alloc.h"
#include "lib/signals.h"
#include "lib/socket.h"
#include "qrexec/daemon.h"

enum { BACKLOG = 64, RESTART_MS = 1000, EXIT_TIMEOUT = 3 };

struct child {
	pid_t pid; /* 0: free */
	char ident[QREXEC_IDENT];
};

struct broker {
	const struct daemon_conf *c;
	struct daemon_ports *ports;
	int signals;
	struct vchan_peer *peer;
	int link; /* to the worker; -1: none */
	bool up;  /* the names are there */
	bool was_up;
	uint64_t restart; /* no new worker before this */
	struct child children[QREXEC_PENDING_MAX];
};

/* The socket's own name by number, and the links to it. */
static char *socket_path(const struct daemon_conf *c)
{
	return xasprintf("%s/qrexec.%u", c->socket_dir, c->domid);
}

static void links_each(const struct daemon_conf *c, bool make)
{
	cleanup_free char *target = xasprintf("qrexec.%u", c->domid);
	cleanup_free char *by_name = xasprintf("%s/qrexec.%s", c->socket_dir, c->name);
	cleanup_free char *by_uuid =
		c->uuid ? xasprintf("%s/qrexec.uuid:%s", c->socket_dir, c->uuid) : NULL;
	const char *links[] = {by_name, by_uuid};

	for (size_t i = 0; i < array_len(links); i++) {
		if (!links[i])
			continue;
		(void)unlink(links[i]); /* usually absent */
		if (make && symlink(target, links[i]) < 0)
			dprintf(STDERR_FILENO, "qrexec-daemon: cannot make '%s': %s\n",
				links[i], strerror(errno));
	}
}

static void names_remove(struct broker *b)
{
	cleanup_free char *path = socket_path(b->c);

	if (!b->up)
		return;
	links_each(b->c, false);
	(void)unlink(path);
	b->up = false;
}

static int names_make(struct broker *b)
{
	cleanup_free char *path = socket_path(b->c);
	int fd = unix_listen(path, 0777, BACKLOG);

	if (fd < 0)
		return fd;
	links_each(b->c, true);
	b->up = true;
	return fd;
}

static noreturn void worker_process(struct broker *b, int theirs)
{
	cleanup_close_at(&b->signals);
	vchan_peer_close(b->peer);
	signals_unblock();
	_exit(worker_run(b->c, b->ports, theirs));
}

/*
 * The worker is nobody's child: whoever counts the daemon's children sees its calls only.
 * It ends when its end of the link does.
 */
static int worker_start(struct broker *b)
{
	int pair[2];
	int status = 1;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		pid = fork();
		if (pid == 0)
			worker_process(b, pair[1]);
		_exit(pid < 0 ? 1 : 0);
	}
	close(pair[1]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		close(pair[0]);
		return -EAGAIN;
	}
	b->link = pair[0];
	b->restart = clock_in(RESTART_MS);
	return 0;
}

static int agent_up(struct broker *b)
{
	const struct link_msg m = {.kind = LINK_LISTENER};
	cleanup_close int fd = names_make(b);

	if (fd < 0) {
		dprintf(STDERR_FILENO, "qrexec-daemon: cannot listen in '%s': %s\n",
			b->c->socket_dir, strerror(-fd));
		return fd;
	}
	b->was_up = true;
	if (b->c->started_fd >= 0 && write(b->c->started_fd, "", 1) != 1)
		dprintf(STDERR_FILENO, "qrexec-daemon: nobody waits for the start\n");
	return link_send(b->link, &m, fd);
}

static int call_done(struct broker *b, const char *ident, int status)
{
	struct link_msg m = {.kind = LINK_DONE, .value = status};

	memcpy(m.call.ident, ident, QREXEC_IDENT);
	return b->link >= 0 ? link_send(b->link, &m, -1) : 0;
}

static int call_start(struct broker *b, const struct qrexec_trigger *call)
{
	struct child *c = NULL;

	for (size_t i = 0; i < array_len(b->children); i++) {
		if (!b->children[i].pid)
			c = &b->children[i];
	}
	if (!c)
		return call_done(b, call->ident, QREXEC_EXIT_REFUSED);
	if (b->c->decide.prepare)
		b->c->decide.prepare(b->c->decide.data);
	c->pid = fork();
	if (c->pid == 0) {
		cleanup_close_at(&b->link);
		cleanup_close_at(&b->signals);
		vchan_peer_close(b->peer);
		signals_unblock();
		_exit(daemon_call(b->c, call));
	}
	if (c->pid < 0) {
		c->pid = 0;
		return call_done(b, call->ident, QREXEC_EXIT_TROUBLE);
	}
	memcpy(c->ident, call->ident, QREXEC_IDENT);
	return 0;
}

static int pass_use(const struct broker *b, int32_t use)
{
	char byte = (char)use;

	if (use != DAEMON_IDLE && use != DAEMON_BUSY)
		return -EPROTO;
	/* A full pipe is one whose reader has ended. */
	return write(b->c->calls_fd, &byte, 1) == 1 || errno == EAGAIN ? 0 : -errno;
}

/* -ENXIO: the domain is gone. */
static int from_worker(struct broker *b)
{
	cleanup_free struct link_msg *m = xcalloc(1, sizeof(*m));
	int fd = -1;
	int r = link_take(b->link, m, &fd);

	cleanup_close_at(&fd);
	if (r < 0)
		return r;
	/* It was sanitised there; a worker that is not itself any more must not matter. */
	qrexec_service_sanitise(m->call.service);
	qrexec_domain_sanitise(m->call.source);
	qrexec_domain_sanitise(m->call.target);
	switch (m->kind) {
	case LINK_UP:
		return b->up ? -EPROTO : agent_up(b);
	case LINK_CALL:
		if (!qrexec_ident_ok(m->call.ident) || !strchr(m->call.service, '+') ||
		    m->call.service[0] == '+')
			return -EPROTO;
		return call_start(b, &m->call);
	case LINK_GONE:
		return -ENXIO;
	case LINK_USE:
		return pass_use(b, m->value);
	default:
		return -EPROTO;
	}
}

static void reap(struct broker *b)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < array_len(b->children); i++) {
			struct child *c = &b->children[i];

			if (c->pid != pid)
				continue;
			c->pid = 0;
			if (call_done(b, c->ident, status) < 0)
				return; /* its worker is about to be missed */
		}
	}
}

/* true: to end. */
static bool take_signal(struct broker *b)
{
	if (signals_end(b->signals))
		return true;
	reap(b);
	return false;
}

static void worker_ended(struct broker *b)
{
	cleanup_close_at(&b->link);
	names_remove(b);
}

static int left(const struct broker *b)
{
	uint64_t until = b->link < 0 ? b->restart : 0;

	if (!b->was_up && b->c->deadline && (!until || b->c->deadline < until))
		until = b->c->deadline;
	return clock_left(until, -1);
}

static int loop(struct broker *b)
{
	for (;;) {
		struct pollfd p[] = {
			{.fd = b->signals, .events = POLLIN},
			{.fd = b->link, .events = POLLIN},
			{.fd = vchan_peer_fd(b->peer), .events = POLLIN},
		};
		int r = 0;

		if (b->link < 0 && clock_ms() >= b->restart && worker_start(b) < 0)
			b->restart = clock_in(RESTART_MS);
		if (poll(p, array_len(p), left(b)) < 0 && errno != EINTR)
			return 1;
		if (p[0].revents && take_signal(b))
			return 0;
		if (p[2].revents && vchan_peer_gone(b->peer))
			return 0;
		if (p[1].revents)
			r = from_worker(b);
		if (r == -ENXIO)
			return 0;
		if (r < 0)
			worker_ended(b);
		if (!b->was_up && b->c->deadline && clock_ms() >= b->c->deadline)
			return EXIT_TIMEOUT;
	}
}

int broker_run(const struct daemon_conf *c)
{
	cleanup_free struct broker *b = xcalloc(1, sizeof(*b));
	int r;

	*b = (struct broker){.c = c, .link = -1};
	b->signals = signals_open((const int[]){SIGCHLD, SIGTERM, SIGINT, 0});
	b->ports = mmap(NULL, sizeof(*b->ports), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b->signals < 0 || b->ports == MAP_FAILED ||
	    vchan_peer_open(&c->site, c->domid, &b->peer) < 0)
		return 1;
	r = loop(b);
	names_remove(b);
	(void)vchan_peer_gone(b->peer); /* told to end because the domain has? */
	vchan_peer_close(b->peer);
	cleanup_close_at(&b->link);
	cleanup_close_at(&b->signals);
	munmap(b->ports, sizeof(*b->ports));
	return r;
}

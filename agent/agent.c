/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qrexec-agent [-a|--agent-socket=PATH] [-s|--fork-server-socket=PATTERN]
 *	[-S|--no-fork-server]
 *
 * Holds the control channel to dom0's daemon and the socket for programs of this guest.
 * It ends when dom0 does; the guest's init starts it again.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/clip.h"
#include "agent/locals.h"
#include "agent/rest.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/signals.h"
#include "lib/size.h"
#include "lib/socket.h"

/* Why it ends, beside an error. */
enum { TOLD_TO_END = 1, TOLD_TO_SLEEP };

enum { BACKLOG = 64, QUEUE_MAX = 256 * 1024, CONTROL_RING = 65536, SPARE_MS = 100 };

static const struct option options[] = {
	{"agent-socket", required_argument, NULL, 'a'},
	{"fork-server-socket", required_argument, NULL, 's'},
	{"no-fork-server", no_argument, NULL, 'S'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static void report(struct agent *a, uint32_t type, uint32_t domain, uint32_t port)
{
	uint8_t body[QREXEC_EXEC];

	qrexec_u32_put(body, domain);
	qrexec_u32_put(body + 4, port);
	outq_add(&a->out, type, body, sizeof(body));
}

static int terminated(struct agent *a, uint32_t domain, uint32_t port)
{
	report(a, QREXEC_CONNECTION_TERMINATED, domain, port);
	return 0;
}

void agent_terminated(struct agent *a, uint32_t domain, uint32_t port)
{
	(void)terminated(a, domain, port);
}

static int call(struct agent *a, const struct frame *f)
{
	struct qrexec_exec q;
	struct agent_call c = {.site = a->site, .session_pattern = a->session_pattern};

	if (qrexec_exec(&f->head, f->body, &q) != QREXEC_OK)
		return -EPROTO;
	c.domain = q.domain;
	c.port = q.port;
	c.command = q.command;
	c.just_exec = q.type == QREXEC_JUST_EXEC;
	c.told = (struct vchan_address){
		.ring_ref = q.ring_ref, .port = q.event, .mark = q.mark};
	if (c.told.port && session_any(c.session_pattern)) {
		report(a, QREXEC_PUBLISH, q.domain, q.port);
		c.told.port = 0;
	}
	if (workers_serve(a, &c) < 0)
		return terminated(a, q.domain, q.port);
	return 0;
}

static int from_dom0(struct agent *a, const struct frame *f)
{
	struct qrexec_exec q;

	switch (f->head.type) {
	case QREXEC_EXEC_CMDLINE:
	case QREXEC_JUST_EXEC:
	case QREXEC_EXEC_TOLD:
		return call(a, f);
	case QREXEC_SERVICE_CONNECT:
		if (qrexec_exec(&f->head, f->body, &q) != QREXEC_OK)
			return -EPROTO;
		if (!locals_connect(a, q.ident, q.domain, q.port))
			return terminated(a, q.domain, q.port);
		return 0;
	case QREXEC_SERVICE_REFUSED:
		if (f->head.len != QREXEC_IDENT)
			return -EPROTO;
		locals_refuse(a, (const char *)f->body);
		return 0;
	default:
		return -EPROTO;
	}
}

static int channel(struct agent *a)
{
	while (outq_len(&a->out) < QUEUE_MAX) {
		int r = frame_read(&a->in, frame_vchan_read, a->v, QREXEC_COMMAND_MAX);

		if (r <= 0)
			return r;
		r = from_dom0(a, &a->in);
		frame_reset(&a->in);
		if (r < 0)
			return r;
	}
	return 0;
}

/* true: to end. */
static bool take_signal(struct agent *a)
{
	if (signals_end(a->signals))
		return true;
	workers_reap(a);
	return false;
}

/* When nothing else is to be done: a call that has just begun would wait for it. */
static bool spare_is_due(const struct agent *a)
{
	return a->version && workers_short(&a->workers);
}

/* To end, to sleep, 0 or a negative errno. */
static int wait_round(struct agent *a)
{
	bool full = outq_len(&a->out) >= QUEUE_MAX;
	struct pollfd p[4 + LOCALS_MAX];
	size_t n = 4;
	int r;

	if (spare_is_due(a) && !workers_busy(&a->workers))
		workers_spare(a);
	p[0] = (struct pollfd){.fd = a->signals, .events = POLLIN};
	p[1] = vchan_poll(a->v, !full, outq_len(&a->out) > 0);
	p[2] = (struct pollfd){.fd = full ? -1 : locals_listener(a), .events = POLLIN};
	p[3] = (struct pollfd){.fd = a->workers.done[0], .events = POLLIN};
	if (!full)
		n += locals_poll(a, p + n);
	r = poll(p, n, spare_is_due(a) ? SPARE_MS : -1);
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	if (r == 0)
		workers_spare(a);
	if (p[3].revents)
		workers_ready(a);
	if (p[0].revents && take_signal(a))
		return TOLD_TO_END;
	if ((p[0].revents || p[3].revents) && !workers_busy(&a->workers) &&
	    sleep_is_due())
		return TOLD_TO_SLEEP;
	if (p[1].revents)
		r = a->v->ops->ready(a->v);
	if (p[2].revents)
		locals_accept(a);
	if (!full)
		locals_work(a);
	return r < 0 ? r : 0;
}

static int loop(struct agent *a)
{
	for (;;) {
		int r = channel(a);

		if (r == 0)
			r = outq_flush(&a->out, frame_vchan_write, a->v);
		if (r == 0)
			r = wait_round(a);
		if (r)
			return r;
	}
}

/* HELLO both ways; dom0 may take any time. 1: told to end meanwhile. */
static int handshake(struct agent *a)
{
	uint8_t body[4];
	int r = 0;

	qrexec_u32_put(body, QREXEC_VERSION);
	outq_add(&a->out, QREXEC_HELLO, body, sizeof(body));
	while (r == 0) {
		r = outq_flush(&a->out, frame_vchan_write, a->v);
		if (r == 0)
			r = frame_read(&a->in, frame_vchan_read, a->v, 4);
		if (r > 0)
			break;
		if (r == 0)
			r = wait_round(a);
		if (r)
			return r;
	}
	if (r < 0)
		return r;
	a->version = qrexec_hello(&a->in.head, a->in.body, QREXEC_VERSION_MIN);
	frame_reset(&a->in);
	return a->version ? 0 : -EPROTO;
}

static int listen_at(struct agent *a, const char *path)
{
	cleanup_free char *dir = xstrdup(path);
	char *slash = strrchr(dir, '/');
	int r;

	if (slash && slash != dir) {
		*slash = '\0';
		r = dir_make(dir, 0755);
		if (r < 0)
			return r;
	}
	a->listener = unix_listen(path, 0777, BACKLOG);
	return a->listener < 0 ? a->listener : 0;
}

/* systemd's protocol for "I am ready". */
static void say_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un at;
	cleanup_close int fd = -1;
	size_t len = path ? strlen(path) : 0;

	if (len < 2 || unix_address(path, &at) < 0)
		return;
	if (at.sun_path[0] == '@')
		at.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void)sendto(fd, "READY=1", 7, MSG_NOSIGNAL, (struct sockaddr *)&at,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}

/* It waits for this before it reports: with dom0 there is somebody to report to. */
static void wake_meminfo(void)
{
	cleanup_buf struct buf text = BUF_INIT;
	long long pid;

	if (file_read("/var/run/meminfo-writer.pid", 32, &text) < 0 || !text.len)
		return;
	text.data[strcspn(text.data, "\n")] = '\0';
	if (num_parse(text.data, 2, INT32_MAX, &pid) == 0)
		(void)kill((pid_t)pid, SIGUSR1);
}

static int run(struct agent *a, const char *path)
{
	const struct vchan_at at = {
		.port = QREXEC_CONTROL_PORT, .ring = CONTROL_RING, .takes = true};
	int r = vchan_server(&a->site, &at, &a->v);

	if (r < 0) {
		dprintf(STDERR_FILENO, "qrexec-agent: cannot open the channel: %s\n",
			strerror(-r));
		return r;
	}
	r = handshake(a);
	if (r == 0)
		r = listen_at(a, path);
	if (r == 0) {
		if (strcmp(path, AGENT_SOCKET) == 0) /* this guest's own agent */
		{
			clip_prepare();
			wake_meminfo();
		}
		say_ready();
		r = loop(a);
		(void)unlink(path);
	}
	if (r < 0)
		dprintf(STDERR_FILENO, "qrexec-agent: the connection to dom0 ended: %s\n",
			strerror(-r));
	return r;
}

static void dispose(struct agent *a)
{
	locals_forget(a);
	frame_reset(&a->in);
	outq_dispose(&a->out);
	workers_dispose(&a->workers);
	vchan_close(a->v);
}

/* Nothing of ours may have a channel then. Those who wait for calls stand still. */
static int sleep_and_begin_anew(struct agent *a, char **argv)
{
	(void)!outq_flush(&a->out, frame_vchan_write, a->v); /* the call has ended */
	workers_end_idle(&a->workers);
	dispose(a);
	if (sleep_until_copied() < 0)
		return 1;
	signals_unblock();
	execv("/proc/self/exe", argv);
	return 1;
}

static const char *arguments(struct agent *a, int argc, char **argv)
{
	const char *path = AGENT_SOCKET;
	int opt;

	a->session_pattern = AGENT_SESSIONS;
	while ((opt = getopt_long(argc, argv, "a:s:Sh", options, NULL)) != -1) {
		switch (opt) {
		case 'a':
			path = optarg;
			break;
		case 's':
		case 'S':
			a->session_pattern = opt == 's' ? optarg : NULL;
			break;
		default:
			dprintf(STDERR_FILENO,
				"usage: qrexec-agent [-a SOCKET] [-s PATTERN] [-S]\n");
			exit(opt == 'h' ? 0 : 2);
		}
	}
	return path;
}

int agent_main(int argc, char **argv)
{
	cleanup_free struct agent *a = xcalloc(1, sizeof(*a));
	const char *path = arguments(a, argc, argv);
	int r;

	agent_site(&a->site);
	if (!getenv("QREXEC_NO_ROOT")) {
		vchan_make_room(&a->site);
		devices_share();
	}
	a->listener = -1;
	a->signals = signals_open((const int[]){SIGCHLD, SIGTERM, SIGINT, 0});
	r = a->signals < 0 ? a->signals : 0;
	/* Elsewhere making one costs nothing, and who tests us counts processes, or asks. */
	if (r == 0)
		r = workers_open(&a->workers, a->site.ops == &vchan_xen ||
						      getenv("QREXEC_KEEP_WORKERS"));
	if (r == 0)
		r = run(a, path);
	if (r == TOLD_TO_SLEEP)
		return sleep_and_begin_anew(a, argv);
	dispose(a);
	return r < 0 ? 1 : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qrexec-client-vm [-t] [-T] [--no-filter-escape-chars-stdout|-stderr] [-b|--buffer-size=N]
 *	[-a PATH] [-p DATA] [--use-stdin-socket] [-s|--source-qube NAME] [--]
 *	TARGET SERVICE[+ARG] [LOCAL-PROGRAM ARG...]
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/agent.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/signals.h"
#include "lib/socket.h"
#include "qrexec/frame.h"
#include "qrexec/relay.h"

enum { OPT_NO_OUT = 256, OPT_NO_ERR, OPT_STDIN_SOCKET };

struct client {
	struct vchan_site site;
	const char *socket;
	const char *source;
	const char *prefix;
	bool filter_out, filter_err, one_socket;
	char *target;
	const char *service;
	char **local; /* NULL: none */
};

static const struct option options[] = {
	{"filter-escape-chars-stdout", no_argument, NULL, 't'},
	{"filter-escape-chars-stderr", no_argument, NULL, 'T'},
	{"no-filter-escape-chars-stdout", no_argument, NULL, OPT_NO_OUT},
	{"no-filter-escape-chars-stderr", no_argument, NULL, OPT_NO_ERR},
	{"buffer-size", required_argument, NULL, 'b'},
	{"agent-socket", required_argument, NULL, 'a'},
	{"prefix-data", required_argument, NULL, 'p'},
	{"use-stdin-socket", no_argument, NULL, OPT_STDIN_SOCKET},
	{"source-qube", required_argument, NULL, 's'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static noreturn void usage(int status)
{
	dprintf(status ? STDERR_FILENO : STDOUT_FILENO,
		"usage: qrexec-client-vm [-t] [-T] [-a SOCKET] [-p DATA] [-s NAME]\n"
		"\t[--buffer-size=N] [--use-stdin-socket] [--] TARGET SERVICE[+ARG]\n"
		"\t[PROGRAM ARG...]\n");
	exit(status);
}

static noreturn void die(const char *what, int errnum)
{
	dprintf(STDERR_FILENO, "qrexec-client-vm: %s: %s\n", what, strerror(errnum));
	exit(QREXEC_EXIT_TROUBLE);
}

static void option(struct client *c, int opt)
{
	switch (opt) {
	case 't':
		c->filter_out = true;
		break;
	case 'T':
		c->filter_err = true;
		break;
	case OPT_NO_OUT:
		c->filter_out = false;
		break;
	case OPT_NO_ERR:
		c->filter_err = false;
		break;
	case 'b':
		break; /* the ring has one size */
	case 'a':
		c->socket = optarg;
		break;
	case 'p':
		c->prefix = optarg;
		break;
	case OPT_STDIN_SOCKET:
		c->one_socket = true;
		break;
	case 's':
		c->source = optarg;
		break;
	default:
		usage(opt == 'h' ? 0 : 2);
	}
}

static void arguments(struct client *c, int argc, char **argv)
{
	int opt;

	c->filter_out = isatty(STDOUT_FILENO);
	c->filter_err = isatty(STDERR_FILENO);
	while ((opt = getopt_long(argc, argv, "+tTa:b:p:s:h", options, NULL)) != -1)
		option(c, opt);
	if (argc - optind < 2)
		usage(2);
	c->target = argv[optind];
	c->service = argv[optind + 1];
	if (argc - optind > 2)
		c->local = argv + optind + 2;
	for (char *p = c->target; *p; p++)
		*p = *p == '$' ? '@' : *p;
	if (strlen(c->target) >= QREXEC_NAME)
		die(c->target, ENAMETOOLONG);
	if (c->source && strlen(c->source) >= QREXEC_NAME)
		die(c->source, ENAMETOOLONG);
	if (strlen(c->service) >= QREXEC_SERVICE_MAX)
		die("the service", ENAMETOOLONG);
}

static int ask(const struct client *c)
{
	uint8_t params[QREXEC_TRIGGER4] = {0};
	struct buf body = BUF_INIT;
	struct outq q = {0};
	int fd = unix_connect(c->socket);
	int r;

	if (fd < 0)
		die(c->socket, -fd);
	if (c->source)
		memcpy(params, c->source, strlen(c->source));
	memcpy(params + QREXEC_NAME, c->target, strlen(c->target));
	memcpy(params + 2 * QREXEC_NAME, "SOCKET", strlen("SOCKET"));
	buf_add_mem(&body, params, sizeof(params));
	buf_add_mem(&body, c->service, strlen(c->service) + 1);
	outq_add(&q, QREXEC_TRIGGER_SERVICE4, body.data, body.len);
	r = fd_write_all(fd, q.data.data, outq_len(&q));
	buf_dispose(&body);
	outq_dispose(&q);
	if (r < 0)
		die(c->socket, -r);
	return fd;
}

/* A person may have to be asked: this takes any time. */
static void answer(int fd, struct vchan_at *ret)
{
	uint8_t bytes[8];

	if (fd_read_exactly(fd, bytes, sizeof(bytes)) < 0) {
		dprintf(STDERR_FILENO, "Request refused\n");
		exit(QREXEC_EXIT_REFUSED);
	}
	ret->domid = qrexec_u32_get(bytes);
	ret->port = qrexec_u32_get(bytes + 4);
	ret->ring = QREXEC_DATA_RING;
}

static noreturn void local_process(char **argv, int in, int out)
{
	const int saved = getenv("PASS_LOCAL_STDERR") ? 3 : 2;

	for (int fd = 0; fd < saved; fd++) {
		cleanup_free char *name = xasprintf("SAVED_FD_%d", fd);
		cleanup_free char *number = xasprintf("%d", dup(fd));

		setenv(name, number, 1);
	}
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0)
		_exit(QREXEC_EXIT_TROUBLE);
	(void)signal(SIGPIPE, SIG_DFL);
	signals_unblock();
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "qrexec-client-vm: %s: %s\n", argv[0], strerror(errno));
	_exit(QREXEC_EXIT_TROUBLE);
}

static void local_start(const struct client *c, struct relay *r)
{
	int in[2], out[2];
	int n = signals_block((const int[]){SIGCHLD, 0});

	if (n < 0)
		die("sigprocmask", -n);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out) < 0)
		die("socketpair", errno);
	if (fcntl(in[0], F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(out[0], F_SETFL, O_NONBLOCK) < 0)
		die("fcntl", errno);
	r->pid = fork();
	if (r->pid == 0)
		local_process(c->local, in[1], out[1]);
	if (r->pid < 0)
		die("fork", errno);
	close(in[1]);
	close(out[1]);
	r->sink = in[0];
	r->source = out[0];
}

static int fail(const char *what, int r)
{
	dprintf(STDERR_FILENO, "qrexec-client-vm: %s: %s\n", what, strerror(-r));
	return QREXEC_EXIT_TROUBLE;
}

static int data(const struct client *c, const struct vchan_at *at)
{
	cleanup_vchan struct vchan *v = NULL;
	struct relay r = {
		.role = RELAY_CALLER,
		.sink = c->one_socket ? STDIN_FILENO : STDOUT_FILENO,
		.source = STDIN_FILENO,
		.errors = STDERR_FILENO,
		.filter_out = c->filter_out && !c->local,
		.filter_err = c->filter_err,
		.stop_on_sink_end = !c->local && !c->one_socket,
		.prefix = c->prefix,
		.prefix_len = c->prefix ? strlen(c->prefix) : 0,
	};
	int status = QREXEC_EXIT_TROUBLE;
	int n = vchan_server(&c->site, at, &v);

	if (n < 0)
		die("cannot open the data connection", -n);
	n = relay_hello(v, true, clock_in(AGENT_DATA_MS));
	if (n < 0)
		return fail("no data connection", n); /* and close the channel */
	r.v = v;
	r.version = (uint32_t)n;
	if (c->local)
		local_start(c, &r);
	n = relay_run(&r, &status);
	if (n < 0)
		return fail("the data connection failed", n);
	return status ? status : relay_local_status(&r);
}

int client_vm_main(int argc, char **argv)
{
	struct client c = {.socket = AGENT_SOCKET};
	struct vchan_at at = {0};
	cleanup_close int fd = -1;

	arguments(&c, argc, argv);
	agent_site(&c.site);
	fd = ask(&c); /* stays open as long as the call lasts */
	answer(fd, &at);
	return data(&c, &at);
}

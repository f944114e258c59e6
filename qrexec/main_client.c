/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qrexec-client -d DOMAIN [-l LOCAL-PROG | -c IDENT,SRC-NAME,SRC-DOMID | -e] [-E] [-t] [-T]
 *	[-w SECONDS] [-W] [-k] [-p DATA] [--socket-dir=DIR] [--use-stdin-socket]
 *	USER:COMMAND
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/proc.h"
#include "lib/size.h"
#include "qrexec/call.h"
#include "qrexec/invoke.h"
#include "qrexec/proto.h"

enum { WAIT_SECONDS = 10, HELLO_MS = 10000, STATUS_REFUSED_SOURCE = 137 };
enum { OPT_SOCKET_DIR = 256, OPT_STDIN_SOCKET };

struct client {
	struct vchan_site site;
	const char *domain;
	const char *local;
	const char *ident, *source;
	uint32_t source_domid;
	bool just_exec, ignore_status, filter_out, filter_err, wait_end, kill, one_socket;
	long long seconds;
	const char *prefix;
	const char *socket_dir;
	const char *command;
};

static const struct option options[] = {
	{"socket-dir", required_argument, NULL, OPT_SOCKET_DIR},
	{"use-stdin-socket", no_argument, NULL, OPT_STDIN_SOCKET},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static noreturn void usage(int status)
{
	dprintf(status ? STDERR_FILENO : STDOUT_FILENO,
		"usage: qrexec-client -d DOMAIN [-l PROGRAM | -c IDENT,NAME,DOMID | -e]\n"
		"\t[-E] [-t] [-T] [-w SECONDS] [-W] [-k] [-p DATA] [--socket-dir=DIR]\n"
		"\t[--use-stdin-socket] USER:COMMAND\n");
	exit(status ? QREXEC_EXIT_TROUBLE : 0);
}

static noreturn void die(const char *what, const char *why)
{
	dprintf(STDERR_FILENO, "qrexec-client: %s: %s\n", what, why);
	exit(QREXEC_EXIT_TROUBLE);
}

/* IDENT,SRC-NAME,SRC-DOMID */
static void request_id(struct client *c, char *text)
{
	char *name = strchr(text, ',');
	char *number = name ? strrchr(text, ',') : NULL;
	long long domid = 0;

	if (!name || number == name)
		die(text, "is not IDENT,NAME,DOMID");
	*name++ = '\0';
	*number++ = '\0';
	if (strlen(text) >= QREXEC_IDENT || num_parse(number, 1, 32751, &domid) < 0)
		die(text, "is not IDENT,NAME,DOMID");
	c->ident = text;
	c->source = name;
	c->source_domid = (uint32_t)domid;
}

static void option(struct client *c, int opt)
{
	switch (opt) {
	case 'd':
		c->domain = optarg;
		break;
	case 'l':
		c->local = optarg;
		break;
	case 'c':
		request_id(c, optarg);
		break;
	case 'e':
		c->just_exec = true;
		break;
	case 'E':
		c->ignore_status = true;
		break;
	case 't':
		c->filter_out = true;
		break;
	case 'T':
		c->filter_err = true;
		break;
	case 'w':
		if (num_parse(optarg, 0, 1000000, &c->seconds) < 0)
			die(optarg, "is no number of seconds");
		break;
	case 'W':
		c->wait_end = true;
		break;
	case 'k':
		c->kill = true;
		break;
	case 'p':
		c->prefix = optarg;
		break;
	case OPT_SOCKET_DIR:
		c->socket_dir = optarg;
		break;
	case OPT_STDIN_SOCKET:
		c->one_socket = true;
		break;
	default:
		usage(opt != 'h');
	}
}

static void arguments(struct client *c, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "+d:l:c:eEtTw:Wkp:h", options, NULL)) != -1)
		option(c, opt);
	if (!c->domain || argc - optind != 1)
		usage(1);
	c->command = argv[optind];
	if ((c->local && c->just_exec) || (c->ident && (c->local || c->just_exec)))
		usage(1);
	if (strchr(c->domain, '/'))
		die(c->domain, "is no domain's name");
}

static uint64_t data_deadline(const struct client *c)
{
	return c->seconds ? clock_in((uint64_t)c->seconds * 1000) : 0;
}

static bool is_dom0(const char *name)
{
	return strcmp(name, "dom0") == 0 || strcmp(name, "@adminvm") == 0 ||
	       strcmp(name, "uuid:00000000-0000-0000-0000-000000000000") == 0;
}

/* Starts the local program of -l, or takes our own standard descriptors. */
static void local_end(const struct client *c, struct relay *r)
{
	r->sink = c->one_socket ? STDIN_FILENO : STDOUT_FILENO;
	r->source = STDIN_FILENO;
	r->errors = STDERR_FILENO;
	r->stop_on_sink_end = !c->local && !c->one_socket;
	if (!c->local)
		return;
	if (invoke_local(r, c->local, getenv("QREXEC_SERVICE_PATH"),
			 getenv("QUBES_RPC_CONFIG_PATH")))
		die(c->local, "cannot be started");
}

static int fail(const char *what, int r)
{
	dprintf(STDERR_FILENO, "qrexec-client: %s: %s\n", what, strerror(-r));
	return QREXEC_EXIT_TROUBLE;
}

/* dom0 calls a domain. */
static int call(const struct client *c)
{
	const struct invoke request = {
		.site = &c->site,
		.socket_dir = c->socket_dir,
		.domain = c->domain,
		.command = c->command,
		.detached = c->just_exec,
		.deadline = data_deadline(c),
	};
	cleanup_vchan struct vchan *v = NULL;
	struct relay r;
	int status = QREXEC_EXIT_TROUBLE;
	int n = invoke(&request, &r);

	if (n < 0)
		die(c->domain, strerror(-n));
	v = r.v;
	r.filter_out = c->filter_out;
	r.filter_err = c->filter_err;
	r.prefix = c->prefix;
	r.prefix_len = c->prefix ? strlen(c->prefix) : 0;
	local_end(c, &r);
	n = relay_run(&r, &status);
	if (n < 0)
		return fail("the data connection failed", n);
	return status;
}

static int tell_source(const struct client *c, uint32_t domain, uint32_t *port)
{
	cleanup_free char *number = xasprintf("%u", c->source_domid);
	cleanup_close int fd = call_connect(c->socket_dir, number);
	char ident[QREXEC_IDENT] = {0};
	uint32_t peer;
	int r = fd;

	memcpy(ident, c->ident, strlen(c->ident)); /* shorter than that */
	if (r >= 0)
		r = call_request(fd, QREXEC_SERVICE_CONNECT, domain, *port, ident,
				 sizeof(ident));
	if (r >= 0)
		r = *port ? call_greeting(fd)
			  : call_answer(fd, QREXEC_SERVICE_CONNECT, &peer, port);
	return r;
}

/* Acts for a pending request: of a domain to dom0 ... */
static int serve(const struct client *c)
{
	struct call_serve s = {
		.site = &c->site,
		.at = {.domid = c->source_domid, .ring = QREXEC_DATA_RING},
		.command = strncmp(c->command, "DEFAULT:", 8) == 0 ? c->command + 8
								   : c->command,
		.service_path = getenv("QREXEC_SERVICE_PATH"),
		.config_path = getenv("QUBES_RPC_CONFIG_PATH"),
	};
	int r = tell_source(c, 0, &s.at.port);

	s.deadline = data_deadline(c);
	if (r == 0)
		r = call_serve(&s);
	return r < 0 && r != -EPIPE ? QREXEC_EXIT_TROUBLE : 0;
}

/* ... or to another. */
static int connect_two(const struct client *c)
{
	cleanup_close int fd = call_connect(c->socket_dir, c->domain);
	uint32_t domain = 0, port = 0;
	int r = fd;

	if (r >= 0)
		r = call_request(fd, QREXEC_EXEC_CMDLINE, c->source_domid, 0, c->command,
				 strlen(c->command) + 1);
	if (r >= 0)
		r = call_answer(fd, QREXEC_EXEC_CMDLINE, &domain, &port);
	if (r >= 0)
		r = tell_source(c, domain, &port);
	if (r < 0)
		return STATUS_REFUSED_SOURCE;
	if (c->wait_end)
		call_wait(fd);
	return 0;
}

static int in_place(const struct client *c)
{
	cleanup_command struct command command = {0};
	const char *paths = getenv("QREXEC_SERVICE_PATH");
	cleanup_service struct service service = {0};
	int r = command_parse(c->command, true, &command);

	if (r == 0 && (command.shell || strcmp(command.user, "DEFAULT") != 0))
		r = QREXEC_EXIT_TROUBLE;
	if (r == 0)
		r = service_find(&command, paths ? paths : SERVICE_PATH_DEFAULT,
				 &service);
	if (r == 0 && service.kind != SERVICE_EXEC)
		r = QREXEC_EXIT_TROUBLE;
	return r ? r : start_in_place(&command, service.path);
}

static int run(const struct client *c)
{
	if (!c->ident)
		return is_dom0(c->domain) ? in_place(c) : call(c);
	return is_dom0(c->domain) ? serve(c) : connect_two(c);
}

int main(int argc, char **argv)
{
	struct client c = {.seconds = WAIT_SECONDS, .socket_dir = CALL_SOCKET_DIR};
	int status;

	arguments(&c, argc, argv);
	if (vchan_site_init(&c.site, getenv("VCHAN_SOCKET_DIR"), getenv("VCHAN_DOMAIN")) <
	    0)
		die("VCHAN_DOMAIN", "is no domain number");
	(void)signal(SIGPIPE, SIG_IGN);
	status = run(&c);
	if (c.kill && !is_dom0(c.domain)) {
		const char *kill_argv[] = {"qvm-kill", "--", c.domain, NULL};
		const struct proc_request kill_it = {.argv = kill_argv,
						     .timeout_ms = 60000};
		int ignored;

		if (proc_run(&kill_it, &ignored) < 0)
			dprintf(STDERR_FILENO, "qrexec-client: cannot kill '%s'\n",
				c.domain);
	}
	return c.ignore_status ? 0 : status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qrexec-daemon [-q] [--socket-dir=DIR] [-p|--policy-program=PATH] [-D|--direct]
 *	[-u|--uuid=UUID] DOMID NAME [DEFAULT-USER]
 *
 * Beyond Qubes: --policy-socket=PATH, --start-program=PATH, --user=NAME; --registry=DIR, to
 * decide by qvm's registry there and the policy files, and --supervised, for who starts it
 * as its child: it does not detach, waits for the agent as long as it takes, and logs.
 * --tell-use: descriptor 3 is told when the domain is used by calls and when it is not.
 * --prompters=DIR and --ask-seconds=N: who is asked where the policy says so, and how long.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "lib/uuid.h"
#include "qrexec/ask.h"
#include "qrexec/call.h"
#include "qrexec/daemon.h"
#include "qrexec/decide_own.h"
#include "qrexec/tell.h"

#define LOG_DIR "/var/log/qubes"
#define PROMPTERS_DIR "/run/qvm/" ASK_DIR

enum { STARTUP_SECONDS = 60, NOBODY = 65534, USE_FD = 3 };
enum {
	OPT_SOCKET_DIR = 256,
	OPT_POLICY_SOCKET,
	OPT_START,
	OPT_USER,
	OPT_REGISTRY,
	OPT_RUN,
	OPT_SUPERVISED,
	OPT_TELL_USE,
	OPT_PROMPTERS,
	OPT_ASK_SECONDS,
};

enum mode { DETACHED, DIRECT, SUPERVISED };

struct arguments {
	enum mode mode;
	const char *registry, *run, *prompters;
	int ask_seconds;
};

static const struct option options[] = {
	{"quiet", no_argument, NULL, 'q'},
	{"socket-dir", required_argument, NULL, OPT_SOCKET_DIR},
	{"policy-program", required_argument, NULL, 'p'},
	{"policy-socket", required_argument, NULL, OPT_POLICY_SOCKET},
	{"start-program", required_argument, NULL, OPT_START},
	{"user", required_argument, NULL, OPT_USER},
	{"registry", required_argument, NULL, OPT_REGISTRY},
	{"run", required_argument, NULL, OPT_RUN},
	{"prompters", required_argument, NULL, OPT_PROMPTERS},
	{"ask-seconds", required_argument, NULL, OPT_ASK_SECONDS},
	{"supervised", no_argument, NULL, OPT_SUPERVISED},
	{"tell-use", no_argument, NULL, OPT_TELL_USE},
	{"direct", no_argument, NULL, 'D'},
	{"uuid", required_argument, NULL, 'u'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static noreturn void usage(int status)
{
	dprintf(status ? STDERR_FILENO : STDOUT_FILENO,
		"usage: qrexec-daemon [-q] [--socket-dir=DIR] [-p PROGRAM] [-D]\n"
		"\t[--policy-socket=PATH] [--start-program=PATH] [--user=NAME]\n"
		"\t[--registry=DIR] [--run=DIR] [--prompters=DIR] [--ask-seconds=N] "
		"[--supervised]\n"
		"\t[--tell-use] [-u UUID] DOMID NAME [DEFAULT-USER]\n");
	exit(status);
}

static noreturn void die(const char *what, const char *why)
{
	dprintf(STDERR_FILENO, "qrexec-daemon: %s: %s\n", what, why);
	exit(1);
}

/* The user that the worker becomes. */
static void worker_user(const char *name, struct daemon_conf *c)
{
	const struct passwd *pw = name ? getpwnam(name) : NULL;

	if (name && !pw)
		die(name, "no such user");
	c->uid = pw ? pw->pw_uid : NOBODY;
	c->gid = pw ? pw->pw_gid : NOBODY;
}

static int ask_seconds(const char *text)
{
	long long seconds;

	if (num_parse(text, 1, ASK_SECONDS_MAX, &seconds) < 0)
		die(text, "is no time to answer in");
	return (int)seconds;
}

static void option(struct daemon_conf *c, int opt, struct arguments *a)
{
	struct uuid uuid;
	const char *text = optarg;

	switch (opt) {
	case 'q':
		break;
	case 'D':
		a->mode = DIRECT;
		break;
	case 'p':
		c->decide.program = optarg;
		break;
	case 'u':
		if (strncmp(text, "uuid:", 5) == 0)
			text += 5;
		if (uuid_parse(text, &uuid) < 0)
			die(text, "is no UUID");
		c->uuid = text;
		break;
	case OPT_SOCKET_DIR:
		c->socket_dir = optarg;
		break;
	case OPT_POLICY_SOCKET:
		c->decide.socket = optarg;
		break;
	case OPT_START:
		c->start_program = optarg;
		break;
	case OPT_USER:
		worker_user(optarg, c);
		break;
	case OPT_REGISTRY:
		a->registry = optarg;
		break;
	case OPT_RUN:
		a->run = optarg;
		break;
	case OPT_PROMPTERS:
		a->prompters = optarg;
		break;
	case OPT_ASK_SECONDS:
		a->ask_seconds = ask_seconds(optarg);
		break;
	case OPT_SUPERVISED:
		a->mode = SUPERVISED;
		break;
	case OPT_TELL_USE:
		c->calls_fd = USE_FD;
		break;
	default:
		usage(opt == 'h' ? 0 : 1);
	}
}

static void arguments(struct daemon_conf *c, int argc, char **argv, struct arguments *a)
{
	long long domid = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "+qp:Du:h", options, NULL)) != -1)
		option(c, opt, a);
	if (argc - optind < 2 || argc - optind > 3)
		usage(1);
	if (num_parse(argv[optind], 1, 32751, &domid) < 0)
		die(argv[optind], "is no domain number");
	c->domid = (uint32_t)domid;
	c->name = argv[optind + 1];
	c->default_user = argc - optind > 2 ? argv[optind + 2] : "user";
	if (!*c->name || strlen(c->name) >= QREXEC_NAME || strchr(c->name, '/'))
		die(c->name, "is no domain's name");
}

/* Who asks for our own policy means no other, were it there as well. */
static void decide_by(struct daemon_conf *c, const struct arguments *a)
{
	const char *root = secure_getenv("QVM_ROOT");
	const struct decide_own_conf own = {
		.state_dir = a->registry,
		.run_dir = a->run,
		.socket_dir = c->socket_dir,
		.root = root ? root : "",
		.prompters = a->prompters ? a->prompters : PROMPTERS_DIR,
		.ask_seconds = a->ask_seconds,
	};

	c->listeners = tell_dir(own.prompters); /* for as long as it runs */
	c->decide = (struct decide){
		.policy = decide_own,
		.prepare = decide_own_prepare,
		.data = decide_own_new(&own),
	};
}

static bool startup(struct daemon_conf *c)
{
	const char *text = getenv("QREXEC_STARTUP_TIMEOUT");
	long long seconds = STARTUP_SECONDS;

	if (getenv("QREXEC_STARTUP_NOWAIT"))
		return false;
	if (text && (num_parse(text, 1, 1000000, &seconds) < 0 || seconds < 1))
		seconds = STARTUP_SECONDS;
	c->deadline = clock_in((uint64_t)seconds * 1000);
	return true;
}

/* Nothing is said to a terminal that others use: to the log, or nowhere. */
static void log_to_file(const struct daemon_conf *c)
{
	cleanup_free char *path = xasprintf(LOG_DIR "/qrexec.%s.log", c->name);
	cleanup_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	cleanup_close int fd = -1;

	if (dir_make(LOG_DIR, 0750) == 0)
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
			  0660);
	if (null < 0)
		return;
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(fd < 0 ? null : fd, STDOUT_FILENO);
	(void)dup2(fd < 0 ? null : fd, STDERR_FILENO);
}

/* The parent: ends when the agent is there (0), or with the daemon's own status. */
static int wait_started(pid_t pid, int started)
{
	char byte;
	int status;
	ssize_t n;

	do {
		n = read(started, &byte, 1);
	} while (n < 0 && errno == EINTR);
	if (n == 1)
		return 0;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : 1;
}

static int detached(struct daemon_conf *c, bool wait)
{
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		die("pipe", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("fork", strerror(errno));
	if (pid > 0) {
		close(pair[1]);
		return wait ? wait_started(pid, pair[0]) : 0;
	}
	close(pair[0]);
	setsid();
	umask(0007);
	log_to_file(c);
	c->started_fd = pair[1];
	return broker_run(c);
}

int main(int argc, char **argv)
{
	struct daemon_conf c = {
		.socket_dir = CALL_SOCKET_DIR,
		.start_program = "qvm-start",
		.disp_program = "qvm-disp",
		.decide = {.socket = DECIDE_SOCKET, .program = DECIDE_PROGRAM},
		.service_path = getenv("QREXEC_SERVICE_PATH"),
		.config_path = getenv("QUBES_RPC_CONFIG_PATH"),
		.uid = NOBODY,
		.gid = NOBODY,
		.started_fd = -1,
		.calls_fd = -1,
	};
	struct arguments a = {.mode = DETACHED};
	bool wait;

	arguments(&c, argc, argv, &a);
	if (a.registry)
		decide_by(&c, &a);
	wait = a.mode != SUPERVISED && startup(&c);
	/* Programs that are run for a call have nothing to tell there. */
	if (c.calls_fd >= 0 && fcntl(c.calls_fd, F_SETFD, FD_CLOEXEC) < 0)
		die("--tell-use", strerror(errno));
	if (vchan_site_init(&c.site, getenv("VCHAN_SOCKET_DIR"), getenv("VCHAN_DOMAIN")) <
	    0)
		die("VCHAN_DOMAIN", "is no domain number");
	if (a.mode == SUPERVISED)
		log_to_file(&c);
	vchan_make_room(&c.site);
	return a.mode == DETACHED ? detached(&c, wait) : broker_run(&c);
}

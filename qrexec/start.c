/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/start.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/signals.h"
#include "lib/socket.h"
#include "lib/strv.h"
#include "qrexec/proto.h"

extern char **environ;

/* What the child does between fork and exec. */
struct launch {
	const struct start *s;
	const char *user;
	struct strv argv;    /* a shell command: the command alone */
	const char *program; /* NULL: the user's shell */
	bool own;	     /* it is one of ours */
	int fds[3];
};

static void environment(const struct command *c, pid_t agent, bool dom0)
{
	bool keyword = c->target_type && strcmp(c->target_type, "keyword") == 0;

	for (char **e = environ; *e;) {
		cleanup_free char *name = xstrndup(*e, strcspn(*e, "="));

		if (strncmp(name, "QREXEC", 6) == 0 &&
		    strcmp(name, "QREXEC_SERVICE_PATH") != 0 && unsetenv(name) == 0)
			e = environ;
		else
			e++;
	}
	if (!dom0) {
		cleanup_free char *pid = xasprintf("%ld", (long)agent);

		setenv("QREXEC_AGENT_PID", pid, 1);
	}
	if (c->shell)
		return;
	setenv("QREXEC_REMOTE_DOMAIN", c->source, 1);
	setenv("QREXEC_SERVICE_FULL_NAME", c->full, 1);
	if (c->argument)
		setenv("QREXEC_SERVICE_ARGUMENT", c->argument, 1);
	setenv("QREXEC_REQUESTED_TARGET_TYPE", dom0 ? c->target_type : "", 1);
	if (dom0 && c->target)
		setenv(keyword ? "QREXEC_REQUESTED_TARGET_KEYWORD"
			       : "QREXEC_REQUESTED_TARGET",
		       c->target, 1);
}

static noreturn void child_fail(const char *what, int errnum)
{
	dprintf(STDERR_FILENO, "qrexec: cannot run '%s': %s\n", what, strerror(errnum));
	_exit(QREXEC_EXIT_TROUBLE);
}

static void child_shell(struct launch *l, const char *shell)
{
	bool login = l->s->become != NULL;
	cleanup_free char *name = xasprintf("%s%s", login ? "-" : "", basename(shell));

	execl(shell, name, "-c", l->s->command->shell, (char *)NULL);
	child_fail(shell, errno);
}

static noreturn void child(struct launch *l, pid_t agent)
{
	const struct start *s = l->s;
	const char *shell = s->dom0 ? "/bin/bash" : "/bin/sh";

	for (int i = 0; i < 3; i++) {
		if (l->fds[i] >= 0 && dup2(l->fds[i], i) < 0)
			_exit(QREXEC_EXIT_TROUBLE);
	}
	for (int sig = 1; sig < 32; sig++)
		(void)signal(sig, SIG_DFL); /* fails for two of them, and may */
	signals_unblock();
	setsid();
	environment(s->command, agent, s->dom0);
	if (s->become) {
		int r = s->become(l->user, &shell);

		if (r < 0)
			child_fail(l->user ? l->user : "", -r);
	}
	if (s->command->shell) {
		if (s->dom0 && access(shell, X_OK) < 0)
			shell = "/bin/sh";
		child_shell(l, shell);
	}
	execv(l->program, l->argv.v);
	if (errno == ENOEXEC)
		execl("/bin/sh", "sh", l->program, l->argv.n > 1 ? l->argv.v[1] : NULL,
		      (char *)NULL);
	child_fail(l->program, errno);
}

/*
 * The child has our memory until it is another program: to copy the page tables of a guest
 * takes longer than all else here. What it changes there, the environment above all, is
 * not looked at by us again.
 */
static int launch(struct launch *l, pid_t *ret)
{
	const pid_t agent = getpid();
	/* Its readiness must not end us; its end is looked for, should it come this early. */
	const int r = signals_block((const int[]){SIGUSR1, 0});
	pid_t pid;

	if (r < 0)
		return r;
	pid = vfork();
	if (pid == 0)
		child(l, agent);
	if (pid < 0)
		return -errno;
	*ret = pid;
	return 0;
}

struct ends {
	int ours[3], theirs[3];
};

static void ends_dispose(struct ends *e)
{
	for (int i = 0; i < 3; i++) {
		cleanup_close_at(&e->ours[i]);
		cleanup_close_at(&e->theirs[i]);
	}
}

/*
 * A service may ask for its standard input to carry its output as well, or hand it to a driver
 * of the kernel that wants a socket; nothing else does. A pipe carries as much in two thirds of
 * the time, and /dev/stdin and /dev/stdout can be opened where they are pipes.
 */
static int pair_open(bool socket, bool into, int *ret_ours, int *ret_theirs)
{
	int pair[2];
	int r = socket ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)
		       : pipe2(pair, O_CLOEXEC);

	if (r < 0)
		return -errno;
	*ret_ours = pair[into];
	*ret_theirs = pair[!into];
	return fcntl(*ret_ours, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int ends_open(const struct launch *l, struct ends *e)
{
	bool foreign = !l->s->command->shell && !l->own;
	int n = l->s->with_stderr ? 3 : 2;
	int r = 0;

	for (int i = 0; r == 0 && i < n; i++)
		r = pair_open(foreign && i == 0, i == 0, &e->ours[i], &e->theirs[i]);
	return r;
}

static int ends_null(struct ends *e)
{
	for (int i = 0; i < 3; i++) {
		e->theirs[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (e->theirs[i] < 0)
			return -errno;
	}
	return 0;
}

static int run(struct launch *l, struct started *ret)
{
	cleanup(ends_dispose) struct ends e = {{-1, -1, -1}, {-1, -1, -1}};
	int r = l->s->detached ? ends_null(&e) : ends_open(l, &e);

	if (r < 0)
		return QREXEC_EXIT_TROUBLE;
	memcpy(l->fds, e.theirs, sizeof(l->fds));
	r = launch(l, &ret->pid);
	if (r < 0)
		return QREXEC_EXIT_TROUBLE;
	ret->sink = steal_fd(&e.ours[0]);
	ret->source = steal_fd(&e.ours[1]);
	ret->errors = steal_fd(&e.ours[2]);
	return 0;
}

static int connect_unix(const char *path)
{
	cleanup_close int folder = -1;
	cleanup_free char *dir = xstrdup(path);
	cleanup_free char *near = NULL;
	char *slash = strrchr(dir, '/');
	int fd = unix_connect(path);

	if (fd != -ENAMETOOLONG || !slash)
		return fd;
	/* Too long for an address: by way of its folder. */
	*slash = '\0';
	folder = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	near = xasprintf("/proc/self/fd/%d/%s", folder, slash + 1);
	return unix_connect(near);
}

static int connect_tcp(const char *host, const char *port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at = {0};
	const uint16_t number = htons((uint16_t)atoi(port));
	bool v6 = strchr(host, ':') != NULL;
	cleanup_close int fd =
		socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int one = 1;

	at.any.sa_family = v6 ? AF_INET6 : AF_INET;
	if (v6)
		at.v6.sin6_port = number;
	else
		at.v4.sin_port = number;
	if (inet_pton(at.any.sa_family, host,
		      v6 ? (void *)&at.v6.sin6_addr : (void *)&at.v4.sin_addr) != 1)
		return -EINVAL;
	if (fd < 0 || connect(fd, &at.any, v6 ? sizeof(at.v6) : sizeof(at.v4)) < 0)
		return -errno;
	/* Small requests are not to wait for an acknowledgement. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return steal_fd(&fd);
}

int start_connect(const struct service *service)
{
	if (service->kind == SERVICE_TCP)
		return connect_tcp(service->host, service->port);
	return connect_unix(service->path);
}

static int run_socket(const struct start *s, const struct service *service,
		      const struct service_config *config, struct started *ret)
{
	cleanup_close int fd = start_connect(service);
	const char *descriptor = s->command->descriptor;

	if (fd < 0)
		return QREXEC_EXIT_TROUBLE;
	if (!config->skip_descriptor &&
	    fd_write_all(fd, descriptor, strlen(descriptor) + 1) < 0)
		return QREXEC_EXIT_TROUBLE;
	ret->end_on_remote = config->end_on_client;
	ret->end_on_local = config->end_on_service;
	if (s->detached)
		return 0;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return QREXEC_EXIT_TROUBLE;
	ret->sink = ret->source = steal_fd(&fd);
	return 0;
}

/* qubes.WaitForSession, with the user on its standard input, run to its end. */
static void wait_session(const struct start *s, const char *user)
{
	cleanup_command struct command c = {0};
	cleanup_free char *text =
		xasprintf("QUBESRPC qubes.WaitForSession %s", s->command->source);
	cleanup_free char *line = xasprintf("%s\n", user ? user : "");
	cleanup_service struct service service = {0};
	struct launch l = {.s = s, .user = user, .fds = {-1, -1, -1}};
	struct start inner = *s;
	cleanup_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int pair[2];
	pid_t pid = 0;

	if (command_parse(text, false, &c) ||
	    service_find(&c, s->service_path, &service) || service.kind != SERVICE_EXEC ||
	    pipe2(pair, O_CLOEXEC) < 0)
		return;
	if (write(pair[1], line, strlen(line)) < 0) /* less than a pipe takes */
		dprintf(STDERR_FILENO, "qrexec: cannot name the user to its session\n");
	close(pair[1]);
	inner.command = &c;
	l.s = &inner;
	l.program = service.path;
	l.fds[0] = s->dom0 ? null : pair[0];
	l.fds[1] = null;
	strv_add(&l.argv, service.path);
	if (launch(&l, &pid) == 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	strv_dispose(&l.argv);
	close(pair[0]);
}

static int start_service(const struct start *s, struct launch *l, struct started *ret)
{
	const struct command *c = s->command;
	cleanup_service struct service service = {0};
	cleanup_service_config struct service_config config = {0};
	int r = service_find(c, s->service_path, &service);
	const char *applet = NULL;

	if (r == QREXEC_EXIT_NO_SERVICE && s->built_in)
		applet = s->built_in(c->service);
	if (r && !applet)
		return r;
	r = service_config_find(c, s->config_path, &config);
	if (r)
		return r;
	if (config.force_user)
		l->user = config.force_user;
	if (config.wait_for_session && !c->nogui)
		wait_session(s, l->user);
	if (!applet && service.kind != SERVICE_EXEC)
		return run_socket(s, &service, &config, ret);
	strv_add(&l->argv, applet ? applet : service.path);
	if (c->argument && *c->argument)
		strv_add(&l->argv, c->argument);
	l->own = applet;
	l->program = applet ? "/proc/self/exe" : service.path;
	return run(l, ret);
}

int start_command(const struct start *given, struct started *ret)
{
	struct start s = *given;
	struct launch l = {.s = &s, .user = s.command->user, .fds = {-1, -1, -1}};
	int r;

	if (!s.service_path)
		s.service_path = SERVICE_PATH_DEFAULT;
	if (!s.config_path)
		s.config_path = SERVICE_CONFIG_DEFAULT;
	*ret = (struct started){.sink = -1, .source = -1, .errors = -1};
	r = s.command->shell ? run(&l, ret) : start_service(&s, &l, ret);
	strv_dispose(&l.argv);
	return r;
}

int start_in_place(const struct command *c, const char *path)
{
	const char *argument = c->argument && *c->argument ? c->argument : NULL;

	environment(c, getpid(), true);
	execl(path, path, argument, (char *)NULL);
	return QREXEC_EXIT_TROUBLE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm.Pty: a program on a terminal of its own, for qvm-run --tty; qrexec/pty.h has the format. */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "agent/agent.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "qrexec/pty.h"

enum { EXIT_TROUBLE = 125, CHUNK = 65536 };

struct session {
	struct pty_in in;
	struct winsize window;
	int master; /* -1 until the program runs, and after the terminal's end */
	pid_t pid;
	bool input_ended;
};

static noreturn void become_program(const char *command)
{
	const char *shell = getenv("SHELL");
	const char *slash;
	cleanup_free char *login = NULL;

	if (!shell || !*shell)
		shell = "/bin/sh";
	slash = strrchr(shell, '/');
	login = xasprintf("-%s", slash ? slash + 1 : shell);
	(void)signal(SIGPIPE, SIG_DFL);
	if (*command)
		execl(shell, login, "-c", command, (char *)NULL);
	else
		execl(shell, login, (char *)NULL);
	dprintf(STDERR_FILENO, "%s: %s\n", shell, strerror(errno));
	_exit(127);
}

static int run_program(struct session *s, const struct pty_event *e)
{
	cleanup_free char *command = xstrndup((const char *)e->body, e->len);

	if (s->pid)
		return -EPROTO;
	s->pid = forkpty(&s->master, NULL, NULL, &s->window);
	if (s->pid == 0)
		become_program(command);
	return s->pid < 0 ? -errno : 0;
}

static int set_variable(struct session *s, const struct pty_event *e)
{
	char *text =
		xstrndup((const char *)e->body, e->len); /* becomes the environment's */

	if (s->pid || !strchr(text, '=') || *text == '=') {
		free(text);
		return -EPROTO;
	}
	return putenv(text) == 0 ? 0 : -errno;
}

static int set_window(struct session *s, const struct pty_event *e)
{
	int r = pty_window_get(e, &s->window.ws_row, &s->window.ws_col);

	if (r == 0 && s->master >= 0 && ioctl(s->master, TIOCSWINSZ, &s->window) < 0)
		return -errno;
	return r;
}

static int take_event(struct session *s, const struct pty_event *e)
{
	switch (e->type) {
	case PTY_DATA:
		return s->pid ? fd_write_all(s->master, e->body, e->len) : -EPROTO;
	case PTY_WINDOW:
		return set_window(s, e);
	case PTY_ENV:
		return set_variable(s, e);
	default:
		return run_program(s, e);
	}
}

static int from_caller(struct session *s)
{
	char chunk[CHUNK];
	struct pty_event e;
	ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));
	int r;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0) {
		s->input_ended = true;
		if (s->pid)
			kill(-s->pid, SIGHUP); /* as when a terminal is closed */
		return s->pid ? 0 : -EPIPE;
	}
	pty_in_add(&s->in, chunk, (size_t)n);
	while ((r = pty_in_next(&s->in, &e)) > 0) {
		r = take_event(s, &e);
		if (r == -EIO) /* nobody has the terminal any more */
			r = 0;
		if (r < 0)
			return r;
	}
	return r;
}

/* 1: the terminal has ended. */
static int from_program(struct session *s)
{
	char chunk[CHUNK];
	ssize_t n = read(s->master, chunk, sizeof(chunk));

	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0) /* EIO: its last process is gone */
		return 1;
	return fd_write_all(STDOUT_FILENO, chunk, (size_t)n);
}

static int converse(struct session *s)
{
	int r = 0;

	while (r == 0) {
		struct pollfd p[2] = {
			{.fd = s->input_ended ? -1 : STDIN_FILENO, .events = POLLIN},
			{.fd = s->master, .events = POLLIN},
		};

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (p[1].revents)
			r = from_program(s);
		if (r == 0 && p[0].revents)
			r = from_caller(s);
	}
	return r < 0 ? r : 0;
}

int pty_main(int argc, char **argv)
{
	struct session s = {.master = -1, .window = {.ws_row = 24, .ws_col = 80}};
	int status = 0;
	int r = converse(&s);

	(void)argc;
	if (r < 0)
		dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(-r));
	cleanup_close_at(&s.master);
	pty_in_dispose(&s.in);
	if (s.pid > 0)
		status = proc_wait(s.pid);
	return r < 0 || status < 0 ? EXIT_TROUBLE : status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/alloc.h"

extern char **environ;

static int spawn(const char *const *argv, const int fds[3], pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int r;

	posix_spawn_file_actions_init(&actions);
	for (int i = 0; fds && i < 3; i++) {
		if (fds[i] >= 0)
			posix_spawn_file_actions_adddup2(&actions, fds[i], i);
		else
			posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR,
							 0);
	}
	posix_spawnattr_init(&attr);
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	r = posix_spawnp(ret, argv[0], &actions, &attr, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int child_start(struct child *c, const char *const *argv, bool input, bool errors)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1};
	int fds[3];
	int r;

	*c = CHILD_NONE;
	if ((input && pipe2(in, O_CLOEXEC) < 0) || pipe2(out, O_CLOEXEC) < 0) {
		r = -errno;
		cleanup_close_at(&in[0]);
		cleanup_close_at(&in[1]);
		return r;
	}
	fds[0] = in[0];
	fds[1] = out[1];
	fds[2] = errors ? out[1] : -1;
	r = spawn(argv, fds, &c->pid);
	cleanup_close_at(&in[0]);
	cleanup_close_at(&out[1]);
	if (r < 0) {
		cleanup_close_at(&in[1]);
		cleanup_close_at(&out[0]);
		c->pid = 0;
		return r;
	}
	(void)fcntl(out[0], F_SETFL, O_NONBLOCK);
	c->in = in[1];
	c->out = out[0];
	return 0;
}

void child_read(struct child *c, size_t limit)
{
	char part[16384];
	ssize_t n;

	while (c->out >= 0 && (n = read(c->out, part, sizeof(part))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		if (c->text.len + (size_t)n <= limit)
			buf_add_mem(&c->text, part, (size_t)n);
	}
	cleanup_close_at(&c->out);
}

char *child_line(struct child *c)
{
	char *end = c->text.len ? memchr(c->text.data, '\n', c->text.len) : NULL;
	size_t len;
	char *line;

	if (!end)
		return NULL;
	len = (size_t)(end - c->text.data);
	line = xstrndup(c->text.data, len);
	c->text.len -= len + 1;
	memmove(c->text.data, end + 1, c->text.len);
	c->text.data[c->text.len] = '\0';
	return line;
}

static int status_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int child_status(struct child *c)
{
	int status;

	if (!c->pid || waitpid(c->pid, &status, WNOHANG) != c->pid)
		return -1;
	c->pid = 0;
	return status_of(status);
}

void child_stop(struct child *c)
{
	if (c->pid) {
		kill(c->pid, SIGTERM);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	cleanup_close_at(&c->in);
	cleanup_close_at(&c->out);
	buf_dispose(&c->text);
	*c = CHILD_NONE;
}

int child_on_terminal(const char *const *argv)
{
	int status;
	pid_t pid;
	int r = spawn(argv, NULL, &pid);

	if (r < 0)
		return r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return status_of(status);
}

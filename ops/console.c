/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console of a guest. xenconsoled offers one terminal that one reader can have; the
 * watcher is that reader. It keeps a capped log, made harmless for whoever prints it, and
 * relays to one client at a time over a socket in the domain's run folder. The client gets
 * one byte first ('+' or '-': busy), then the last output, then all that comes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/socket.h"
#include "ops/internal.h"

#define LOG_LIMIT (256 * 1024) /* of each of the two files */
#define HISTORY 4096
#define CONNECT_TRIES 150
#define CONNECT_RETRY_MS 20
#define ESCAPE_KEY 0x1d /* ^] */

struct console {
	int epoll, tty, listener, client, log;
	size_t log_size;
	char *log_path;
	char *socket_path;
	char history[HISTORY]; /* ring; `written` counts all bytes ever */
	size_t written;
};

static void watch_fd(struct console *c, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	(void)epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void drop(int *fd)
{
	cleanup_close_at(fd);
	*fd = -1;
}

static int open_tty(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios raw;

	if (fd >= 0 && tcgetattr(fd, &raw) == 0) {
		cfmakeraw(&raw);
		(void)tcsetattr(fd, TCSANOW, &raw);
	}
	return fd;
}

static void open_log(struct console *c)
{
	struct stat st;

	c->log = open(c->log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		      0640);
	c->log_size = c->log >= 0 && fstat(c->log, &st) == 0 ? (size_t)st.st_size : 0;
}

struct console *console_open(struct qvm_ctx *ctx, const struct vm *vm, const char *tty)
{
	cleanup_free char *dir = ctx_vm_run_dir(ctx, vm->id);
	struct console *c;
	int fd;

	if (!*tty)
		return NULL;
	fd = open_tty(tty);
	if (fd < 0)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	*c = (struct console){.tty = fd, .client = -1};
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->socket_path = xasprintf("%s/console.sock", dir);
	c->log_path = ctx_console_log(ctx, vm->id, vm->name);
	(void)!dir_make(ctx->log_dir, 0755); /* without a log it still relays */
	c->listener = unix_listen(c->socket_path, 0600, 4);
	open_log(c);
	watch_fd(c, c->tty);
	if (c->listener >= 0)
		watch_fd(c, c->listener);
	return c;
}

int console_fd(const struct console *c)
{
	return c->epoll;
}

/* Two files of limited size: the current one and the one before. */
static void rotate(struct console *c)
{
	cleanup_free char *old = xasprintf("%s.old", c->log_path);

	drop(&c->log);
	(void)rename(c->log_path, old);
	open_log(c);
}

/* What a guest prints may not steer the terminal of who reads the log. */
static void write_log(struct console *c, const char *untrusted_text, size_t len)
{
	char line[1024];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)untrusted_text[i];

		if (ch == '\r')
			continue;
		line[n++] = ch == '\n' || ch == '\t' || (ch >= 0x20 && ch < 0x7f)
				    ? (char)ch
				    : '.';
	}
	if (c->log < 0)
		return;
	if (c->log_size + n > LOG_LIMIT)
		rotate(c);
	if (c->log >= 0 && fd_write_all(c->log, line, n) == 0)
		c->log_size += n;
}

static void remember(struct console *c, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		c->history[c->written++ % HISTORY] = text[i];
}

static void drop_client(struct console *c)
{
	drop(&c->client);
}

/* A client that does not read loses output rather than holding up the guest. */
static void to_client(struct console *c, const char *text, size_t len)
{
	if (c->client >= 0 &&
	    send(c->client, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
	    errno != EAGAIN)
		drop_client(c);
}

static void from_tty(struct console *c)
{
	char untrusted_text[1024];
	ssize_t n = read(c->tty, untrusted_text, sizeof(untrusted_text));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(&c->tty); /* the guest is gone; its end is seen elsewhere */
		return;
	}
	write_log(c, untrusted_text, (size_t)n);
	remember(c, untrusted_text, (size_t)n);
	to_client(c, untrusted_text, (size_t)n);
}

static void greet(struct console *c)
{
	size_t kept = c->written < HISTORY ? c->written : HISTORY;

	to_client(c, "+", 1);
	for (size_t i = c->written - kept; i < c->written; i++)
		to_client(c, &c->history[i % HISTORY], 1);
}

static void from_listener(struct console *c)
{
	cleanup_close int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (c->client >= 0) {
		(void)send(fd, "-", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		return;
	}
	c->client = steal_fd(&fd);
	watch_fd(c, c->client);
	greet(c);
}

static void from_client(struct console *c)
{
	char text[256];
	ssize_t n = recv(c->client, text, sizeof(text), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		drop_client(c);
	else if (c->tty >= 0)
		(void)!write(c->tty, text,
			     (size_t)n); /* a guest that reads not loses it */
}

void console_serve(struct console *c)
{
	struct epoll_event events[4];
	int n = epoll_wait(c->epoll, events, (int)array_len(events), 0);

	for (int i = 0; i < n; i++) {
		int fd = events[i].data.fd;

		if (fd == c->tty)
			from_tty(c);
		else if (fd == c->listener)
			from_listener(c);
		else if (fd == c->client)
			from_client(c);
	}
}

void console_close(struct console *c)
{
	if (!c)
		return;
	/* What the guest printed last is still in the terminal. */
	for (int i = 0; i < 64 && c->tty >= 0; i++) {
		struct pollfd fd = {.fd = c->tty, .events = POLLIN};

		if (poll(&fd, 1, 0) <= 0)
			break;
		from_tty(c);
	}
	unlink(c->socket_path);
	drop(&c->client);
	drop(&c->listener);
	drop(&c->tty);
	drop(&c->log);
	drop(&c->epoll);
	free(c->log_path);
	free(c->socket_path);
	free(c);
}

/* ---- the client ---- */

/* Just after a start, the watcher is still on its way to offering the socket. */
static int connect_patiently(const char *path)
{
	for (int tries = 0;; tries++) {
		int fd = unix_connect(path);

		if ((fd != -ENOENT && fd != -ECONNREFUSED) || tries >= CONNECT_TRIES)
			return fd;
		(void)poll(NULL, 0, CONNECT_RETRY_MS);
	}
}

static int connect_console(struct qvm_ctx *ctx, const struct vm *vm, struct qvm_err *err)
{
	cleanup_free char *dir = ctx_vm_run_dir(ctx, vm->id);
	cleanup_free char *path = xasprintf("%s/console.sock", dir);
	cleanup_close int fd = connect_patiently(path);
	char greeting = 0;

	if (fd < 0)
		return err_errno(err, fd, "cannot reach the console of '%s'", vm->name);
	if (read(fd, &greeting, 1) != 1 || greeting != '+')
		return err_set(err, QVM_E_BUSY,
			       "the console of '%s' is in use by somebody else",
			       vm->name);
	return steal_fd(&fd);
}

/* Copies what is there; returns false when FROM has ended or the escape key was met. */
static bool relay(int from, int to, bool escape)
{
	char text[1024];
	ssize_t n = read(from, text, sizeof(text));
	char *stop;

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	stop = escape && n ? memchr(text, ESCAPE_KEY, (size_t)n) : NULL;
	if (stop)
		n = stop - text;
	return fd_write_all(to, text, (size_t)n) == 0 && n > 0 && !stop;
}

static void converse(int fd, int in, int out)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
			       {.fd = in, .events = POLLIN}};

	for (;;) {
		if (poll(fds, array_len(fds), -1) < 0 && errno != EINTR)
			return;
		if (fds[0].revents && !relay(fd, out, false))
			return;
		if (fds[1].revents && !relay(in, fd, true))
			return;
	}
}

int op_console(struct qvm_ctx *ctx, const char *name, int in, int out,
	       struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	cleanup_close int fd = -1;
	struct vm *vm;
	int r = view_get(ctx, err);

	if (r == 0)
		r = op_world(ctx, true, &w, err);
	if (r == 0)
		r = vm_find(w, name, &vm, err);
	if (r < 0)
		return r;
	if (!vm_is_running(vm) || vm->klass == CLASS_ADMIN)
		return err_set(err, QVM_E_NOT_RUNNING, "'%s' does not run", name);
	fd = connect_console(ctx, vm, err);
	if (fd < 0)
		return fd;
	converse(fd, in, out);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-run --tty. What is typed and the window's size go to the domain as records
 * (qrexec/pty.h), packed by a process beside the one that carries the call.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/signals.h"
#include "qrexec/pty.h"
#include "qvm-tools/call.h"
#include "qvm-tools/tty.h"

static void add_window(struct buf *b)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		pty_window(b, size.ws_row, size.ws_col);
}

static int send_opening(int to, const char *command, const struct strv *env)
{
	cleanup_buf struct buf b = BUF_INIT;
	const char *term = getenv("TERM");
	cleanup_free char *variable = xasprintf("TERM=%s", term ? term : "linux");

	add_window(&b);
	pty_record(&b, PTY_ENV, variable, strlen(variable));
	for (size_t i = 0; i < env->n; i++)
		pty_record(&b, PTY_ENV, env->v[i], strlen(env->v[i]));
	pty_record(&b, PTY_RUN, command, strlen(command));
	return fd_write_all(to, b.data, b.len);
}

/* 1: the input has ended. */
static int send_typed(int to)
{
	cleanup_buf struct buf b = BUF_INIT;
	char chunk[4096];
	ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));

	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0)
		return 1;
	pty_record(&b, PTY_DATA, chunk, (size_t)n);
	return fd_write_all(to, b.data, b.len);
}

static int send_window(int to, int signals)
{
	cleanup_buf struct buf b = BUF_INIT;

	if (signals_end(signals))
		add_window(&b);
	return fd_write_all(to, b.data, b.len);
}

/*
 * A terminal's end is only its closing; a file's end is that of what is typed, and the
 * program there has yet to say its part: it is told of it as a terminal does, by ^D.
 */
static int pack_input(int to, const char *command, const struct strv *env)
{
	static const int resized[] = {SIGWINCH, 0};
	cleanup_close int signals = signals_open(resized);
	bool ended = false;
	int r = signals < 0 ? signals : send_opening(to, command, env);

	while (r == 0) {
		struct pollfd p[3] = {
			{.fd = ended ? -1 : STDIN_FILENO, .events = POLLIN},
			{.fd = signals, .events = POLLIN},
			{.fd = to, .events = 0}, /* the call has ended */
		};

		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return -errno;
		if (p[2].revents)
			return 0;
		if (p[1].revents)
			r = send_window(to, signals);
		if (r == 0 && p[0].revents)
			r = send_typed(to);
		if (r == 1) {
			cleanup_buf struct buf b = BUF_INIT;

			ended = true;
			pty_record(&b, PTY_DATA, "\004", 1);
			r = fd_write_all(to, b.data, b.len);
		}
	}
	return r;
}

static int start_packing(const char *command, const struct strv *env, int *ret_fd,
			 struct qvm_err *err)
{
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		_exit(pack_input(pair[1], command, env) < 0);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_errno(err, -errno, "cannot make a process");
	}
	*ret_fd = pair[0];
	return 0;
}

/* The domain is reached first: a start has its progress, on a terminal as it was. */
int call_tty(struct inv *inv, struct op_call *call, const struct strv *env,
	     int *ret_status, struct qvm_err *err)
{
	cleanup(tty_raw_leave) struct tty_raw raw = {0};
	int r = op_reach(inv->ctx, call->domain, call->no_start, err);

	if (r < 0)
		return r;
	tty_raw_enter(&raw);
	r = start_packing(call->command ? call->command : "", env, &call->in, err);
	call->command = NULL;
	call->service = PTY_SERVICE;
	call->out = STDOUT_FILENO;
	call->errors = STDERR_FILENO;
	call->filter_out = call->filter_err = false;
	if (r == 0)
		r = op_call(inv->ctx, call, ret_status, err);
	raw.used = true;
	return r;
}

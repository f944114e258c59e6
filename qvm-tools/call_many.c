/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-run in several domains at once: a process for each, their output line by line. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/ctx.h"
#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/proc.h"
#include "qvm-tools/call.h"
#include "qvm-tools/msg.h"

enum { LINE_MAX_KEPT = 65536 };

/* One stream of one domain, on its way to ours. */
struct stream {
	int fd; /* -1: ended */
	int to;
	const char *name;
	struct buf line;
};

static void show_line(struct stream *s)
{
	cleanup_buf struct buf text = BUF_INIT;

	buf_addf(&text, "%s: ", s->name);
	buf_add_mem(&text, s->line.data, s->line.len);
	buf_add_ch(&text, '\n');
	(void)!write(s->to, text.data, text.len);
	buf_reset(&s->line);
}

static void take(struct stream *s)
{
	char chunk[4096];
	ssize_t n = read(s->fd, chunk, sizeof(chunk));

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		if (s->line.len)
			show_line(s);
		close(steal_fd(&s->fd));
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (chunk[i] != '\n')
			buf_add_ch(&s->line, chunk[i]);
		if (chunk[i] == '\n' || s->line.len >= LINE_MAX_KEPT)
			show_line(s);
	}
}

static void show_all(struct stream *streams, size_t n)
{
	cleanup_free struct pollfd *p = xcalloc(n + 1, sizeof(*p));

	for (;;) {
		size_t open = 0;

		for (size_t i = 0; i < n; i++) {
			p[i] = (struct pollfd){.fd = streams[i].fd, .events = POLLIN};
			open += streams[i].fd >= 0;
		}
		if (!open)
			return;
		if (poll(p, n, -1) < 0)
			continue;
		for (size_t i = 0; i < n; i++)
			if (p[i].revents)
				take(&streams[i]);
	}
}

/* In the child: never returns. */
static noreturn void call_one(struct inv *inv, struct op_call call, const char *name,
			      int out, int errors)
{
	struct qvm_err err = QVM_ERR_INIT;
	int status = 0;
	int r;

	ctx_forget_backends(inv->ctx);
	call.domain = name;
	call.in = -1;
	if (out >= 0) {
		call.out = out;
		call.errors = errors;
	}
	r = op_call(inv->ctx, &call, &status, &err);
	if (r < 0)
		msg_line(inv->ctx->log_arg, err.text);
	_exit(r < 0 ? err_exit_code(r) : status);
}

static int begin(struct inv *inv, const struct op_call *call, const char *name,
		 struct stream streams[2], pid_t *ret, struct qvm_err *err)
{
	int out[2] = {-1, -1}, errors[2] = {-1, -1};
	bool show = streams != NULL;

	if (show && (pipe2(out, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0))
		return err_errno(err, -errno, "cannot make a pipe");
	*ret = fork();
	if (*ret < 0)
		return err_errno(err, -errno, "cannot make a process");
	if (*ret == 0)
		call_one(inv, *call, name, out[1], errors[1]);
	if (!show)
		return 0;
	close(out[1]);
	close(errors[1]);
	streams[0] = (struct stream){.fd = out[0], .to = STDOUT_FILENO, .name = name};
	streams[1] = (struct stream){.fd = errors[0], .to = STDERR_FILENO, .name = name};
	return 0;
}

int call_many(struct inv *inv, const struct op_call *call, bool show, int *ret_status,
	      struct qvm_err *err)
{
	size_t n = inv->names.n;
	cleanup_free struct stream *streams = xcalloc(2 * n + 1, sizeof(*streams));
	cleanup_free pid_t *pids = xcalloc(n + 1, sizeof(*pids));
	size_t begun = 0;
	/* A program that has to become another one must do so before there are children. */
	int r = hv_get(inv->ctx, err);

	for (; r == 0 && begun < n; begun += r == 0)
		r = begin(inv, call, inv->names.v[begun],
			  show ? &streams[2 * begun] : NULL, &pids[begun], err);
	if (show)
		show_all(streams, 2 * begun);
	for (size_t i = 0; i < begun; i++) {
		int status = proc_wait(pids[i]);

		if (status > *ret_status)
			*ret_status = status;
		buf_dispose(&streams[2 * i].line);
		buf_dispose(&streams[2 * i + 1].line);
	}
	return r;
}

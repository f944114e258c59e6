/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/relay_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Ends writing to the sink. A socket may be read as well, now or after SIGUSR1. */
static void sink_close(struct loop *l)
{
	struct relay *r = l->r;

	bool inherited = r->sink == STDOUT_FILENO || r->sink == STDERR_FILENO;

	relay_fd_close(&l->sink_own);
	if (inherited) { /* others write there too: only our own end is let go */
		cleanup_close int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (null >= 0)
			(void)dup2(null, r->sink);
	} else if (l->sink_kind == SINK_SOCKET && r->sink >= 0) {
		(void)shutdown(r->sink, SHUT_WR); /* fails where the reader has gone */
	} else {
		relay_fd_close(&r->sink);
	}
}

/* Of a pipe the other end may be anybody's, and so its flags are: the same pipe, with ours. */
static int open_anew(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

/* The kernel writes no pipe without waiting: from now on it goes another way. */
static void pipe_is_old(struct loop *l)
{
	struct incoming *in = &l->in;
	bool errors = in->now.type == QREXEC_DATA_STDERR;
	int own = open_anew(in->fd);

	in->kind = own < 0 ? SINK_PIPE_OLD : SINK_PIPE_OWN;
	if (own >= 0)
		in->fd = own;
	*(errors ? &l->errors_own : &l->sink_own) = own;
	*(errors ? &l->errors_kind : &l->sink_kind) = in->kind;
}

static ssize_t put(struct loop *l, const uint8_t *data, size_t len)
{
	struct iovec all = {.iov_base = (void *)data, .iov_len = len};
	struct incoming *in = &l->in;
	ssize_t n;

	if (in->kind == SINK_PIPE) {
		n = pwritev2(in->fd, &all, 1, -1, RWF_NOWAIT);
		if (n >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL))
			return n;
		pipe_is_old(l);
	}
	if (in->kind == SINK_SOCKET)
		return send(in->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* So much always fits into a pipe that polls writable. */
	if (in->kind == SINK_PIPE_OLD && len > PIPE_ATOMIC)
		len = PIPE_ATOMIC;
	return write(in->fd, data, len);
}

/* Passes the piece on. 1: something happened. */
int relay_give_local(struct loop *l)
{
	struct incoming *in = &l->in;
	ssize_t n;

	if (in->done == in->len)
		return 0;
	if (in->fd < 0) {
		in->done = in->len;
		return 1;
	}
	n = put(l, in->piece + in->done, in->len - in->done);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0) { /* what comes now is dropped, so that the call still ends well */
		if (in->now.type == QREXEC_DATA_STDERR)
			l->r->errors = -1;
		else
			l->sink_gone = true;
		in->fd = -1;
		return 1;
	}
	in->done += (size_t)n;
	return 1;
}

static int exit_code(struct loop *l)
{
	uint32_t status = 255;

	if (l->in.exit_have == sizeof(l->in.exit_bytes))
		status = qrexec_u32_get(l->in.exit_bytes);
	l->status = (int)(status & 0xff);
	l->finished = true;
	return 1;
}

/* Where it is written to, unless nobody reads there any more. */
static int end_of(int fd, int own)
{
	return fd >= 0 && own >= 0 ? own : fd;
}

/* A header is complete: where does its body go? */
static int begin(struct loop *l)
{
	struct incoming *in = &l->in;
	struct relay *r = l->r;
	uint32_t type;

	in->now = qrexec_header_get(in->head);
	type = in->now.type;
	if (in->now.len > qrexec_chunk(r->version) || type < QREXEC_DATA_STDIN ||
	    type > QREXEC_DATA_EXIT_CODE)
		return -EPROTO;
	if (r->role == RELAY_CALLER && type == QREXEC_DATA_STDIN)
		return -EPROTO;
	in->left = in->now.len;
	in->done = in->len = 0;
	in->fd = -1;
	in->exit_have = 0;
	in->kind = l->sink_kind;
	if (type == QREXEC_DATA_STDIN || type == QREXEC_DATA_STDOUT) {
		in->fd =
			l->sink_ended || l->sink_gone ? -1 : end_of(r->sink, l->sink_own);
	} else if (r->role == RELAY_CALLER && type == QREXEC_DATA_STDERR) {
		in->kind = l->errors_kind;
		in->fd = end_of(r->errors, l->errors_own);
	}
	return 1;
}

/* The message is through. */
static int finish(struct loop *l)
{
	struct incoming *in = &l->in;
	uint32_t type = in->now.type;

	in->have = 0;
	if (type == QREXEC_DATA_EXIT_CODE && l->r->role == RELAY_CALLER)
		return exit_code(l);
	if (in->now.len == 0 && !l->sink_ended && type < QREXEC_DATA_STDERR) {
		l->sink_ended = true;
		sink_close(l);
	}
	return 1;
}

/* A piece of the body has come. */
static void piece(struct loop *l, size_t n)
{
	struct incoming *in = &l->in;
	uint32_t type = in->now.type;

	in->piece = in->raw + in->raw_done;
	in->raw_done += n;
	in->left -= n;
	in->done = 0;
	in->len = n;
	for (size_t i = 0; type == QREXEC_DATA_EXIT_CODE && i < n && in->exit_have < 4;
	     i++)
		in->exit_bytes[in->exit_have++] = in->piece[i];
	if ((type == QREXEC_DATA_STDERR && l->r->filter_err) ||
	    (type == QREXEC_DATA_STDOUT && l->r->filter_out))
		qrexec_output_sanitise(in->piece, n);
}

/* How much of what came is still unused, at most LEN; 0 or -E as reading the channel. */
static ssize_t available(struct loop *l, size_t len)
{
	struct incoming *in = &l->in;

	if (in->raw_done == in->raw_len) {
		ssize_t n = l->r->v->ops->read(l->r->v, in->raw, sizeof(in->raw));

		if (n <= 0)
			return n;
		in->raw_done = 0;
		in->raw_len = (size_t)n;
	}
	return (ssize_t)(len < in->raw_len - in->raw_done ? len
							  : in->raw_len - in->raw_done);
}

/* Takes what the channel has; only once the last piece is passed on. 1: something. */
int relay_take_remote(struct loop *l)
{
	struct incoming *in = &l->in;
	bool head = in->have < QREXEC_HEADER;
	ssize_t n;

	if (in->done < in->len || (l->finished && l->r->role == RELAY_CALLER))
		return 0;
	if (!head && in->left == 0)
		return finish(l);
	n = available(l, head ? QREXEC_HEADER - in->have : in->left);
	if (n <= 0)
		return (int)n;
	if (!head) {
		piece(l, (size_t)n);
		return 1;
	}
	memcpy(in->head + in->have, in->raw + in->raw_done, (size_t)n);
	in->raw_done += (size_t)n;
	in->have += (size_t)n;
	return in->have == QREXEC_HEADER ? begin(l) : 1;
}

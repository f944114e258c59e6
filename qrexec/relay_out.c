/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/relay_int.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void relay_fd_close(int *fd)
{
	if (*fd > 2)
		close(*fd);
	*fd = -1;
}

void relay_queue(struct loop *l, uint32_t type, const void *body, size_t len)
{
	struct outgoing *o = &l->out;

	if (o->done == o->len)
		o->done = o->len = 0;
	qrexec_header_put(o->bytes + o->len, type, (uint32_t)len);
	o->len += QREXEC_HEADER;
	if (len)
		memcpy(o->bytes + o->len, body, len);
	o->len += len;
}

/* 1: something went, 0: not; a header that fits in no more waits for room. */
int relay_send(struct loop *l)
{
	struct vchan *v = l->r->v;
	struct outgoing *o = &l->out;
	ssize_t n;

	if (o->done == o->len || l->remote_gone)
		return 0;
	if (o->done == 0 && !v->ops->has_room(v, QREXEC_HEADER)) {
		/* A closed channel has to be told from a full one. */
		if (v->ops->state(v) == VCHAN_CLOSED)
			l->remote_gone = true;
		return l->remote_gone;
	}
	n = v->ops->write(v, o->bytes + o->done, o->len - o->done);
	if (n == -EPIPE) {
		l->remote_gone = true; /* but what it has sent is still to be read */
		return 1;
	}
	if (n < 0)
		return (int)n;
	o->done += (size_t)n;
	return n > 0;
}

bool relay_out_free(const struct loop *l)
{
	return l->out.done == l->out.len && !l->remote_gone;
}

bool relay_out_room(const struct loop *l)
{
	const struct outgoing *o = &l->out;

	return sizeof(o->bytes) - o->len >= QREXEC_HEADER + sizeof(uint32_t) &&
	       !l->remote_gone;
}

/*
 * What one message takes that fits into an empty channel, though it may be full by now: when it
 * has been emptied, all goes at once, and each side is woken once for it.
 */
static size_t read_size(const struct loop *l)
{
	size_t most = qrexec_chunk(l->r->version);

	return most < QREXEC_DATA_RING - QREXEC_HEADER ? most
						       : QREXEC_DATA_RING - QREXEC_HEADER;
}

/* The one socket for both: closed altogether, or does it still take something? */
static void source_end_shared(struct loop *l)
{
	struct pollfd p = {.fd = l->r->sink};

	if (poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)))
		l->sink_gone = true;
	l->r->source = -1;
}

/* Takes what it has into a message. 1: something happened. */
int relay_take_local(struct loop *l, struct local_end *e)
{
	struct outgoing *o = &l->out;
	ssize_t n;

	if (*e->ended)
		return 0;
	if (*e->fd < 0 && relay_out_room(l)) {
		*e->ended = true;
		relay_queue(l, e->type, NULL, 0);
		return 1;
	}
	if (!*e->ready || !relay_out_free(l))
		return 0;
	n = read(*e->fd, o->bytes + QREXEC_HEADER, read_size(l));
	*e->ready = e->never_waits && n >= EAGER;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) { /* EIO too: a terminal whose other side has closed */
		if (e->fd == &l->r->source && *e->fd == l->r->sink)
			source_end_shared(l);
		else
			relay_fd_close(e->fd);
		return 1;
	}
	if (e->type == QREXEC_DATA_STDERR && l->r->errors_seen)
		l->r->errors_seen(l->r->arg, o->bytes + QREXEC_HEADER, (size_t)n);
	qrexec_header_put(o->bytes, e->type, (uint32_t)n);
	o->done = 0;
	o->len = QREXEC_HEADER + (size_t)n;
	return 1;
}

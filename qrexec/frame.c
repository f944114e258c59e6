/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/frame.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/alloc.h"
#include "qrexec/vchan.h"

/* At most LEN bytes at AT; 1 when that is complete. */
static int fill(struct frame *f, uint8_t *at, size_t len, frame_read_fn read, void *from)
{
	while (len) {
		ssize_t n = read(from, at, len);

		if (n <= 0)
			return (int)n;
		f->have += (size_t)n;
		at += n;
		len -= (size_t)n;
	}
	return 1;
}

int frame_read(struct frame *f, frame_read_fn read, void *from, size_t limit)
{
	if (f->have < QREXEC_HEADER) {
		int r = fill(f, f->bytes + f->have, QREXEC_HEADER - f->have, read, from);

		if (r <= 0)
			return r;
	}
	if (!f->body) {
		f->head = qrexec_header_get(f->bytes);
		if (f->head.len > limit)
			return -EMSGSIZE;
		f->body = xcalloc(1, (size_t)f->head.len + 1);
	}
	return fill(f, f->body + (f->have - QREXEC_HEADER),
		    f->head.len - (f->have - QREXEC_HEADER), read, from);
}

void frame_reset(struct frame *f)
{
	free(f->body);
	*f = (struct frame){0};
}

void outq_add(struct outq *q, uint32_t type, const void *body, size_t len)
{
	uint8_t head[QREXEC_HEADER];

	qrexec_header_put(head, type, (uint32_t)len);
	buf_add_mem(&q->data, head, sizeof(head));
	if (len)
		buf_add_mem(&q->data, body, len);
}

size_t outq_len(const struct outq *q)
{
	return q->data.len - q->done;
}

int outq_flush(struct outq *q, frame_write_fn write, void *to)
{
	while (outq_len(q)) {
		ssize_t n = write(to, q->data.data + q->done, outq_len(q));

		if (n <= 0)
			return (int)n;
		q->done += (size_t)n;
	}
	buf_reset(&q->data);
	q->done = 0;
	return 0;
}

void outq_dispose(struct outq *q)
{
	buf_dispose(&q->data);
	q->done = 0;
}

ssize_t frame_fd_read(void *fd, void *data, size_t len)
{
	ssize_t n = recv(*(int *)fd, data, len, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return n ? n : -EPIPE;
}

ssize_t frame_fd_write(void *fd, const void *data, size_t len)
{
	ssize_t n = send(*(int *)fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return n;
}

ssize_t frame_vchan_read(void *v, void *data, size_t len)
{
	return ((struct vchan *)v)->ops->read(v, data, len);
}

ssize_t frame_vchan_write(void *v, const void *data, size_t len)
{
	return ((struct vchan *)v)->ops->write(v, data, len);
}

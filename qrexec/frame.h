/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages over something that gives and takes bytes in pieces: a frame collects one that
 * comes in, an outgoing queue keeps what could not be written yet. Neither ever waits, and
 * a body is given memory only after its length was checked.
 */
#ifndef QVM_QREXEC_FRAME_H
#define QVM_QREXEC_FRAME_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/buf.h"
#include "qrexec/proto.h"

/* A count, 0 for nothing now, or a negative errno; -EPIPE is the end. */
typedef ssize_t (*frame_read_fn)(void *from, void *data, size_t len);
typedef ssize_t (*frame_write_fn)(void *to, const void *data, size_t len);

struct frame {
	uint8_t bytes[QREXEC_HEADER];
	size_t have; /* of header and body */
	struct qrexec_header head;
	uint8_t *body; /* NULL until the header is complete; one NUL lies behind it */
};

/*
 * Reads on. 1: the message is complete, to be handled and then frame_reset; 0: more has to
 * come; negative errno: -EMSGSIZE for a body above LIMIT.
 */
int frame_read(struct frame *f, frame_read_fn read, void *from, size_t limit) must_check;
void frame_reset(struct frame *f);

struct outq {
	struct buf data;
	size_t done;
};

void outq_add(struct outq *q, uint32_t type, const void *body, size_t len);
size_t outq_len(const struct outq *q);
/* Writes what goes; 0, also when something is left, or a negative errno. */
int outq_flush(struct outq *q, frame_write_fn write, void *to) must_check;
void outq_dispose(struct outq *q);

/* The two functions for a socket (FROM and TO: int *) and for a channel (struct vchan *). */
ssize_t frame_fd_read(void *fd, void *data, size_t len);
ssize_t frame_fd_write(void *fd, const void *data, size_t len);
ssize_t frame_vchan_read(void *v, void *data, size_t len);
ssize_t frame_vchan_write(void *v, const void *data, size_t len);

#endif

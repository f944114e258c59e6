/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Service qvm.Pty of our agent: a program with a terminal of its own. Its standard input is
 * a sequence of records, its standard output the plain bytes of the terminal:
 *
 *	u8 type, u32 length (little-endian), body
 *
 * PTY_RUN comes first but for the others: it starts the program. What the end of the input
 * means is the end of the terminal.
 */
#ifndef QVM_QREXEC_PTY_H
#define QVM_QREXEC_PTY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/macro.h"

#define PTY_SERVICE "qvm.Pty"

enum { PTY_HEAD = 5, PTY_BODY_MAX = 65536 };

enum pty_type {
	PTY_DATA,   /* typed text */
	PTY_WINDOW, /* u16 rows, u16 columns */
	PTY_ENV,    /* "NAME=VALUE" for the program, before PTY_RUN */
	PTY_RUN,    /* a shell command; empty: a login shell */
	PTY_TYPE_COUNT,
};

void pty_record(struct buf *to, enum pty_type type, const void *body, size_t len);
void pty_window(struct buf *to, unsigned rows, unsigned columns);

/* Bytes as they come in. Zero it first. */
struct pty_in {
	struct buf bytes;
	size_t taken; /* of the record that was given out last */
};

/* A whole record; BODY is valid until the next call. */
struct pty_event {
	enum pty_type type;
	const uint8_t *body;
	size_t len;
};

void pty_in_add(struct pty_in *in, const void *data, size_t len);
/* 1 and the next record, 0 when more bytes are needed, or -EPROTO. */
int pty_in_next(struct pty_in *in, struct pty_event *ret) must_check;
void pty_in_dispose(struct pty_in *in);

/* Of a PTY_WINDOW: 0 or -EPROTO. */
int pty_window_get(const struct pty_event *e, uint16_t *ret_rows, uint16_t *ret_columns)
	must_check;

#endif

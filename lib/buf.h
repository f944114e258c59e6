/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing text buffer. `data` is always NUL-terminated once something was added, `len`
 * does not count that NUL, and bytes that are NUL themselves are kept.
 */
#ifndef QVM_LIB_BUF_H
#define QVM_LIB_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "lib/macro.h"

struct buf {
	char *data;
	size_t len;
	size_t size; /* allocated */
};

#define BUF_INIT ((struct buf){0})

void buf_add(struct buf *b, const char *s);
void buf_add_mem(struct buf *b, const void *mem, size_t len);
void buf_add_ch(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) printf_like(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list ap) printf_like(2, 0);
/* 'TEXT' for a shell, whatever is in it. */
void buf_add_quoted(struct buf *b, const char *text);
/* For messages: what is not printable ASCII becomes '?'. */
void buf_add_printable(struct buf *b, const char *untrusted, size_t len);
void buf_reset(struct buf *b); /* empties it, keeps the memory */
void buf_dispose(struct buf *b);

/* Hands the text to the caller (never NULL; free it) and leaves the buffer empty. */
char *buf_steal(struct buf *b) must_check;

/* The text, "" for an empty buffer; valid until the next change. */
const char *buf_str(const struct buf *b);

#define cleanup_buf cleanup(buf_dispose)

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/buf.h"

#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"

static void buf_reserve(struct buf *b, size_t more)
{
	size_t need = b->len + more + 1;
	size_t size = b->size ? b->size : 64;

	if (need <= b->size)
		return;
	while (size < need)
		size *= 2;
	b->data = xreallocarray(b->data, size, 1);
	b->size = size;
}

void buf_add_mem(struct buf *b, const void *mem, size_t len)
{
	buf_reserve(b, len);
	if (len)
		memcpy(b->data + b->len, mem, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_add(struct buf *b, const char *s)
{
	buf_add_mem(b, s, strlen(s));
}

void buf_add_ch(struct buf *b, char c)
{
	buf_add_mem(b, &c, 1);
}

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	cleanup_free char *text = xvasprintf(fmt, ap);

	buf_add(b, text);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

void buf_dispose(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

void buf_add_printable(struct buf *b, const char *untrusted, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_add_ch(b, untrusted[i] >= ' ' && untrusted[i] < 0x7f ? untrusted[i]
									 : '?');
}

char *buf_steal(struct buf *b)
{
	char *text = b->data ? b->data : xstrdup("");

	*b = (struct buf)BUF_INIT;
	return text;
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

void buf_add_quoted(struct buf *b, const char *text)
{
	buf_add_ch(b, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_add(b, "'\\''");
		else
			buf_add_ch(b, *text);
	}
	buf_add_ch(b, '\'');
}

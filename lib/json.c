/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/json.h"

#include <stdarg.h>
#include <string.h>

void json_add_text(struct buf *b, const char *text)
{
	if (!text) {
		buf_add(b, "null");
		return;
	}
	buf_add_ch(b, '"');
	while (*text) {
		size_t plain = 0;

		while ((unsigned char)text[plain] >= 0x20 && text[plain] != '"' &&
		       text[plain] != '\\' && text[plain] != 0x7f)
			plain++;
		buf_add_mem(b, text, plain);
		text += plain;
		if (*text == '"' || *text == '\\')
			buf_addf(b, "\\%c", *text++);
		else if (*text)
			buf_addf(b, "\\u%04x", (unsigned char)*text++);
	}
	buf_add_ch(b, '"');
}

static void begin(struct buf *b, const char *key)
{
	if (b->len && !strchr("{[\n", b->data[b->len - 1]))
		buf_add_ch(b, ',');
	if (!key)
		return;
	json_add_text(b, key);
	buf_add_ch(b, ':');
}

void json_put_text(struct buf *b, const char *key, const char *text)
{
	begin(b, key);
	json_add_text(b, text);
}

void json_put_int(struct buf *b, const char *key, long long value)
{
	begin(b, key);
	buf_addf(b, "%lld", value);
}

void json_put_bool(struct buf *b, const char *key, bool value)
{
	begin(b, key);
	buf_add(b, value ? "true" : "false");
}

void json_put_raw(struct buf *b, const char *key, const char *fmt, ...)
{
	va_list ap;

	begin(b, key);
	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void json_put_open(struct buf *b, const char *key, char bracket)
{
	begin(b, key);
	buf_add_ch(b, bracket);
}

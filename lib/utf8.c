/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/utf8.h"

#include <stdint.h>

#include "lib/macro.h"

/* By the first byte: how many follow, and the smallest code point that needs so many. */
static const struct form {
	uint8_t mask, sign;
	size_t more;
	uint32_t least;
} forms[] = {
	{0x80, 0x00, 0, 0x1},
	{0xe0, 0xc0, 1, 0x80},
	{0xf0, 0xe0, 2, 0x800},
	{0xf8, 0xf0, 3, 0x10000},
};

/* The bytes of the character that TEXT begins with, 0 when it is none. */
static size_t character(const uint8_t *text, size_t len)
{
	const struct form *f = forms;
	uint32_t code;

	while (f < forms + array_len(forms) && (text[0] & f->mask) != f->sign)
		f++;
	if (f == forms + array_len(forms) || len <= f->more)
		return 0;
	code = text[0] & (uint8_t)~f->mask;
	for (size_t i = 1; i <= f->more; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < f->least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return f->more + 1;
}

bool utf8_ok(const char *text, size_t len)
{
	const uint8_t *at = (const uint8_t *)text;

	while (len) {
		size_t n = character(at, len);

		if (!n)
			return false;
		at += n;
		len -= n;
	}
	return true;
}

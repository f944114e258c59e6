/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/uuid.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

int uuid_random(struct uuid *ret)
{
	struct uuid u;
	ssize_t n = getrandom(u.b, sizeof(u.b), 0);

	if (n != (ssize_t)sizeof(u.b))
		return n < 0 ? -errno : -EIO;
	u.b[6] = (uint8_t)((u.b[6] & 0x0f) | 0x40);
	u.b[8] = (uint8_t)((u.b[8] & 0x3f) | 0x80);
	*ret = u;
	return 0;
}

static bool dash_at(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

static int hex_value(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

int uuid_parse(const char *text, struct uuid *ret)
{
	struct uuid u = {{0}};
	size_t nibble = 0;

	if (strlen(text) != UUID_TEXT - 1)
		return -EINVAL;
	for (size_t i = 0; i < UUID_TEXT - 1; i++) {
		if (dash_at(i) ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return -EINVAL;
		if (dash_at(i))
			continue;
		u.b[nibble / 2] = (uint8_t)(u.b[nibble / 2] << 4 | hex_value(text[i]));
		nibble++;
	}
	*ret = u;
	return 0;
}

void uuid_format(const struct uuid *u, char ret[static UUID_TEXT])
{
	char *at = ret;

	for (size_t i = 0; i < sizeof(u->b); i++) {
		if (dash_at((size_t)(at - ret)))
			*at++ = '-';
		at += sprintf(at, "%02x", u->b[i]);
	}
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

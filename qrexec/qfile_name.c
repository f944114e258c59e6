/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/qfile.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "qrexec/qfile_int.h"

/* One character of UTF-8 in its shortest form; its length, or 0. */
static size_t decode(const uint8_t *at, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = at[0] < 0x80	  ? 1
		   : at[0] < 0xc0 ? 0
		   : at[0] < 0xe0 ? 2
		   : at[0] < 0xf0 ? 3
				  : 4;
	uint32_t code = n == 1 ? at[0] : at[0] & (0x7fu >> n);

	if (n == 0 || n > len || at[0] >= 0xf8)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret = code;
	return n;
}

static int characters_check(const char *text, size_t len)
{
	const uint8_t *at = (const uint8_t *)text;

	while (len) {
		uint32_t code = 0;
		size_t n = decode(at, len, &code);

		if (n == 0 || !qfile_character_ok(code))
			return EILSEQ;
		at += n;
		len -= n;
	}
	return 0;
}

static bool is_up(const char *part, size_t len)
{
	return len == 2 && memcmp(part, "..", 2) == 0;
}

/* Every part of it; UP_MAX parts `..` may come first. The number of parts in RET_PARTS. */
static int parts_check(const char *text, size_t up_max, size_t *ret_parts)
{
	size_t parts = 0, up = 0;

	if (*text == '/' || *text == '\0')
		return EINVAL;
	for (;;) {
		size_t len = strcspn(text, "/");

		if (is_up(text, len)) {
			if (up != parts || ++up > up_max)
				return EINVAL;
		} else if (len == 0 || (len == 1 && *text == '.')) {
			return EINVAL;
		}
		if (len > NAME_MAX || ++parts > QFILE_DEPTH_MAX)
			return ENAMETOOLONG;
		if (!text[len])
			break;
		text += len + 1;
	}
	*ret_parts = parts;
	return 0;
}

int qfile_name_check(const char *untrusted_name, size_t len, bool any)
{
	size_t parts;
	int code;

	if (strnlen(untrusted_name, len + 1) != len)
		return EINVAL;
	code = parts_check(untrusted_name, 0, &parts);
	return code || any ? code : characters_check(untrusted_name, len);
}

int qfile_link_check(const char *name, const char *untrusted_target, size_t len, bool any)
{
	size_t depth = 0, parts;
	int code;

	if (parts_check(name, 0, &depth) || depth < 2)
		return ENOLINK;
	if (strnlen(untrusted_target, len + 1) != len)
		return EINVAL;
	code = parts_check(untrusted_target, depth - 2, &parts);
	if (code)
		return code == EINVAL ? ENOLINK : code;
	return any ? 0 : characters_check(untrusted_target, len);
}

void qfile_name_show(char *untrusted_name)
{
	uint8_t *at = (uint8_t *)untrusted_name;
	size_t len = strlen(untrusted_name);

	while (len) {
		uint32_t code = 0;
		size_t n = decode(at, len, &code);

		if (n == 0 || !qfile_character_ok(code)) {
			*at = '_';
			n = 1;
		}
		at += n;
		len -= n;
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/xs_wire.h> /* before ours: it uses a word that lib/macro.h defines */

#include "xen/hotplug_wire.h"

#include <string.h>

_Static_assert(sizeof(struct xsd_sockmsg) == WIRE_HEAD, "a head is four words");

/* One string of a payload, with or without its NUL; false when it does not fit. */
static int put(char *buf, size_t size, size_t *at, const char *s, size_t len)
{
	if (len > size - *at)
		return -ENOSPC;
	memcpy(buf + *at, s, len);
	*at += len;
	return 0;
}

static size_t message(char *buf, size_t size, struct xsd_sockmsg head,
		      const char *const parts[3], const char *value)
{
	size_t at = sizeof(head);

	if (size < sizeof(head))
		return 0;
	for (size_t i = 0; i < 3; i++)
		if (put(buf, size, &at, parts[i], strlen(parts[i])))
			return 0;
	if (put(buf, size, &at, "", 1))
		return 0;
	if (at - sizeof(head) > HOTPLUG_PATH_MAX)
		return 0;
	if (value && put(buf, size, &at, value, strlen(value)))
		return 0;
	head.len = (uint32_t)(at - sizeof(head));
	memcpy(buf, &head, sizeof(head));
	return at;
}

size_t wire_read(char *buf, size_t size, uint32_t id, const char *dir, const char *node)
{
	const char *const parts[3] = {dir, "/", node};
	struct xsd_sockmsg head = {.type = XS_READ, .req_id = id};

	return message(buf, size, head, parts, NULL);
}

size_t wire_write(char *buf, size_t size, uint32_t id, const char *dir, const char *node,
		  const char *value)
{
	const char *const parts[3] = {dir, "/", node};
	struct xsd_sockmsg head = {.type = XS_WRITE, .req_id = id};

	return message(buf, size, head, parts, value);
}

uint32_t wire_type_read(void)
{
	return XS_READ;
}

uint32_t wire_type_write(void)
{
	return XS_WRITE;
}

int wire_head(const char bytes[static WIRE_HEAD], struct wire_head *ret)
{
	struct xsd_sockmsg head;

	memcpy(&head, bytes, sizeof(head));
	if (head.len > HOTPLUG_VALUE_MAX)
		return -EPROTO;
	*ret = (struct wire_head){head.type, head.req_id, head.len};
	return 0;
}

int wire_answer(const struct wire_head *head, uint32_t id, uint32_t type,
		const char *body)
{
	if (head->id != id)
		return -EPROTO;
	if (head->type == type)
		return 0;
	if (head->type != XS_ERROR)
		return -EPROTO;
	for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++) {
		size_t len = strlen(xsd_errors[i].errstring);

		if (head->len >= len && memcmp(body, xsd_errors[i].errstring, len) == 0)
			return -xsd_errors[i].errnum;
	}
	return -EIO;
}

/* Up to eight lower-case hex digits; the number of them, or 0. */
static size_t hex(const char *text, uint32_t *ret)
{
	size_t n = 0;

	*ret = 0;
	for (; n <= 8; n++) {
		char c = text[n];

		if (c >= '0' && c <= '9')
			*ret = *ret << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*ret = *ret << 4 | (uint32_t)(c - 'a' + 10);
		else
			break;
	}
	return n > 8 ? 0 : n;
}

int hotplug_disk_parse(const char *text, struct hotplug_disk *ret)
{
	struct hotplug_disk disk = {0};
	size_t first = hex(text, &disk.major);
	size_t second = 0;

	if (!first || text[first] != ':')
		return -EINVAL;
	second = hex(text + first + 1, &disk.minor);
	if (!second)
		return -EINVAL;
	disk.path = text + first + 1 + second;
	if (!*disk.path)
		disk.path = NULL;
	else if (strncmp(disk.path, " /", 2) != 0)
		return -EINVAL;
	else
		disk.path++;
	memcpy(disk.device, text, first + 1 + second);
	*ret = disk;
	return 0;
}

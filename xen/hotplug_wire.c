/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/hotplug_wire.h"

#include <errno.h>
#include <string.h>

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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/bzimage.h"

#include <errno.h>
#include <string.h>

/* Offsets of the x86 boot protocol. */
#define SETUP_SECTS 0x1f1
#define BOOT_FLAG 0x1fe
#define MAGIC 0x202
#define PROTOCOL 0x206
#define PAYLOAD_OFFSET 0x248
#define PAYLOAD_LENGTH 0x24c

#define SECTOR 512

static uint32_t le16(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8;
}

static uint32_t le32(const uint8_t *at)
{
	return le16(at) | le16(at + 2) << 16;
}

int bzimage_parse(const uint8_t *head, size_t len, uint64_t file_size,
		  struct bzimage *ret)
{
	uint64_t setup, offset, length;

	if (len < BZIMAGE_HEAD || le16(head + BOOT_FLAG) != 0xaa55 ||
	    memcmp(head + MAGIC, "HdrS", 4) != 0 || le16(head + PROTOCOL) < 0x0208)
		return -ENOEXEC;
	/* The protocol's first users left the field 0 and meant 4. */
	setup = head[SETUP_SECTS] ? head[SETUP_SECTS] : 4;
	offset = (setup + 1) * SECTOR + le32(head + PAYLOAD_OFFSET);
	length = le32(head + PAYLOAD_LENGTH);
	if (length <= 4 || length > KERNEL_MAX || offset > file_size ||
	    length > file_size - offset)
		return -EINVAL;
	*ret = (struct bzimage){.offset = offset, .length = length};
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/initramfs.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/size.h"

#define UNPACKED_MAX (32 * MIB)
#define GZIP_MIN 18 /* head and trailer */

int initramfs_size(int fd, uint32_t *ret)
{
	uint8_t magic[2], tail[4];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < GZIP_MIN)
		return 0;
	if (pread(fd, magic, sizeof(magic), 0) != sizeof(magic) ||
	    pread(fd, tail, sizeof(tail), st.st_size - 4) != sizeof(tail))
		return -EIO;
	*ret = tail[0] | (uint32_t)tail[1] << 8 | (uint32_t)tail[2] << 16 |
	       (uint32_t)tail[3] << 24;
	return magic[0] == 0x1f && magic[1] == 0x8b && *ret && *ret <= UNPACKED_MAX;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <unistd.h>

#include "core/pool.h"
#include "lib/alloc.h"

int pool_file_ranges(int fd, struct pool_range **ret, size_t *ret_n)
{
	cleanup_free struct pool_range *found = NULL;
	off_t at, end = 0;
	size_t n = 0;

	while ((at = lseek(fd, end, SEEK_DATA)) >= 0) {
		end = lseek(fd, at, SEEK_HOLE);
		if (end < 0)
			break;
		array_grow(found, n) =
			(struct pool_range){(uint64_t)at, (uint64_t)(end - at)};
		n++;
	}
	/* There are no data behind the last ones. */
	if (errno != ENXIO)
		return -errno;
	*ret = steal(found);
	*ret_n = n;
	return 0;
}

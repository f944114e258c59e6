/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done through the nodes of devices. */
#include "storage/dm.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#include "lib/file.h"
#include "lib/size.h"

#define ZERO_STEP ((sectors)64 * KIB / SECTOR)

int dmap_zero(const struct dmap_dev *dev, sectors start, sectors len, bool durable)
{
	/* In memory that allows it to go to the device as it is, past the cache. */
	static const char zeroes[ZERO_STEP * SECTOR] __attribute__((aligned(4096)));
	char path[256];
	cleanup_close int fd = -1;

	dmap_node(dev, sizeof(path), path);
	fd = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || lseek(fd, (off_t)(start * SECTOR), SEEK_SET) < 0)
		return -errno;
	while (len) {
		sectors part = len < ZERO_STEP ? len : ZERO_STEP;
		int r = fd_write_all(fd, zeroes, part * SECTOR);

		if (r < 0)
			return r;
		len -= part;
	}
	return durable && fdatasync(fd) < 0 ? -errno : 0;
}

int dmap_discard(const struct dmap_dev *dev, sectors start, sectors len)
{
	uint64_t range[2] = {start * SECTOR, len * SECTOR};
	char path[256];
	cleanup_close int fd = -1;

	dmap_node(dev, sizeof(path), path);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, BLKDISCARD, range) < 0 && errno != EOPNOTSUPP)
		return -errno;
	return 0;
}

int dmap_length(const struct block_dev *dev, sectors *ret)
{
	struct stat st;
	uint64_t bytes;
	cleanup_close int fd = open(dev->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	bytes = (uint64_t)st.st_size;
	if (S_ISBLK(st.st_mode) && ioctl(fd, BLKGETSIZE64, &bytes) < 0)
		return -errno;
	*ret = bytes / SECTOR;
	return 0;
}

void dmap_block_dev(const struct dmap_dev *dev, struct block_dev *ret)
{
	*ret = (struct block_dev){.major = dev->major, .minor = dev->minor};
	dmap_node(dev, sizeof(ret->path), ret->path);
}

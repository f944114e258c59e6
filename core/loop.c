/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/loop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include <linux/loop.h>

#include "lib/size.h"

#define SYS_BLOCK "/sys/block"
#define TRIES 64 /* others take free devices, too */

static void dir_close(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int node_open(long long nr, int mode, int *ret)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/loop%lld", nr);
	*ret = open(path, mode | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return *ret < 0 ? -errno : 0;
}

static int node_dev(int fd, long long nr, struct block_dev *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	*ret = (struct block_dev){.major = major(st.st_rdev), .minor = minor(st.st_rdev)};
	snprintf(ret->path, sizeof(ret->path), "/dev/loop%lld", nr);
	return 0;
}

static bool is_of(const struct loop_info64 *info, const struct stat *file)
{
	return info->lo_device == (uint64_t)file->st_dev &&
	       info->lo_inode == file->st_ino;
}

/* Is that the file's? If it was to go, and is wanted again, it stays. */
static int look(long long nr, const struct stat *file, bool keep, struct block_dev *ret)
{
	struct loop_info64 info;
	cleanup_close int fd = -1;
	int r = node_open(nr, O_RDONLY, &fd);

	if (r < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0 || !is_of(&info, file))
		return -ENODEV;
	if (keep && info.lo_flags & LO_FLAGS_AUTOCLEAR) {
		info.lo_flags &= ~(uint32_t)LO_FLAGS_AUTOCLEAR;
		if (ioctl(fd, LOOP_SET_STATUS64, &info) < 0)
			return -errno;
	}
	return node_dev(fd, nr, ret);
}

int loop_find(const struct stat *file, bool keep, struct block_dev *ret)
{
	DIR *dir cleanup(dir_close) = opendir(SYS_BLOCK);
	struct dirent *e;

	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		char backing[300];
		long long nr;
		int r;

		if (strncmp(e->d_name, "loop", 4) != 0 ||
		    num_parse(e->d_name + 4, 0, 1 << 20, &nr) < 0)
			continue;
		/* Only one that has a file; opening the others would be for nothing. */
		snprintf(backing, sizeof(backing), "%s/loop/backing_file", e->d_name);
		if (faccessat(dirfd(dir), backing, F_OK, 0) < 0)
			continue;
		r = look(nr, file, keep, ret);
		if (r != -ENODEV)
			return r;
	}
	return -ENODEV;
}

static int configure(int fd, const struct loop_request *req)
{
	struct loop_config config = {.fd = (uint32_t)req->fd, .block_size = 512};

	if (req->readonly)
		config.info.lo_flags |= LO_FLAGS_READ_ONLY;
	if (req->direct)
		config.info.lo_flags |= LO_FLAGS_DIRECT_IO;
	snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s", req->name);
	return ioctl(fd, LOOP_CONFIGURE, &config) < 0 ? -errno : 0;
}

int loop_make(const struct loop_request *req, struct block_dev *ret)
{
	cleanup_close int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	if (control < 0)
		return -errno;
	for (int i = 0; i < TRIES; i++) {
		cleanup_close int fd = -1;
		int nr = ioctl(control, LOOP_CTL_GET_FREE), r;

		if (nr < 0)
			return -errno;
		r = node_open(nr, req->readonly ? O_RDONLY : O_RDWR, &fd);
		if (r < 0)
			return r;
		r = configure(fd, req);
		if (r == 0)
			return node_dev(fd, nr, ret);
		if (r != -EBUSY)
			return r;
	}
	return -EBUSY;
}

int loop_resized(const struct block_dev *dev)
{
	cleanup_close int fd = open(dev->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 || ioctl(fd, LOOP_SET_CAPACITY) < 0 ? -errno : 0;
}

int loop_detach(const struct block_dev *dev, const struct stat *file)
{
	cleanup_close int fd = open(dev->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct loop_info64 info;

	if (fd < 0)
		return -errno;
	/* Somebody else's by now: what we came for has been done. */
	if (ioctl(fd, LOOP_GET_STATUS64, &info) < 0)
		return errno == ENXIO ? 0 : -errno;
	if (!is_of(&info, file))
		return 0;
	/* Newer kernels only note it and do it when all have closed it, we included. */
	if (ioctl(fd, LOOP_CLR_FD) < 0 && errno != ENXIO)
		return -errno;
	close(steal_fd(&fd));
	fd = open(dev->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	return ioctl(fd, LOOP_GET_STATUS64, &info) == 0 && is_of(&info, file) ? -EBUSY
									      : 0;
}

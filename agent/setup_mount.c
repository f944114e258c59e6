/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "agent/setup.h"
#include "lib/alloc.h"
#include "lib/file.h"

#define EXT4_RESIZE _IOW('f', 16, uint64_t)
#define BLOCK_SIZE_OF _IOR(0x12, 114, size_t)

/* Another file system than the folder above it, or bound there: only the list tells both. */
bool is_mounted(const char *folder)
{
	FILE *list = fopen("/proc/self/mounts", "re");
	char line[4096], at[1024];
	bool found = false;

	while (list && !found && fgets(line, sizeof(line), list))
		found = sscanf(line, "%*s %1023s", at) == 1 && strcmp(at, folder) == 0;
	if (list)
		fclose(list);
	return found;
}

int device_size(const char *device, uint64_t *ret)
{
	cleanup_close int fd = open(device, O_RDONLY | O_CLOEXEC);

	return fd < 0 || ioctl(fd, BLOCK_SIZE_OF, ret) < 0 ? -errno : 0;
}

int bind_over(const char *from, const char *to)
{
	struct stat st;
	int r = 0;

	if (stat(from, &st) < 0)
		return -errno;
	if (access(to, F_OK) < 0 && S_ISDIR(st.st_mode))
		r = dir_make(to, 0755);
	if (r == 0 && mount(from, to, NULL, MS_BIND, NULL) < 0)
		r = -errno;
	return r;
}

int copy_tree(const char *from, const char *to)
{
	cleanup_free char *tmp = xasprintf("%s.qvm-new", to);
	const char *const argv[] = {"cp", "-a", from, tmp, NULL};
	int r = tree_remove(tmp);

	if (r == 0)
		r = setup_run(argv);
	if (r > 0)
		r = -EIO;
	if (r == 0 && rename(tmp, to) < 0)
		r = -errno;
	return r;
}

static int grow_ext4(int folder, uint64_t size, const struct statfs *fs)
{
	uint64_t blocks = size / (uint64_t)fs->f_bsize;

	/* One that is as large as it gets says so by refusing; that is fine. */
	if (ioctl(folder, EXT4_RESIZE, &blocks) < 0 && errno != EINVAL && errno != EBUSY)
		return -errno;
	return 0;
}

static int grow_btrfs(int folder)
{
	struct btrfs_ioctl_vol_args args = {.name = "max"};

	return ioctl(folder, BTRFS_IOC_RESIZE, &args) < 0 ? -errno : 0;
}

static int grow_xfs(const char *folder)
{
	const char *const argv[] = {"xfs_growfs", folder, NULL};
	int r = setup_run(argv);

	return r > 0 ? -EIO : r;
}

int grow_fs(const char *folder, const char *device)
{
	cleanup_close int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t size = 0;
	struct statfs fs;
	int r;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	r = device_size(device, &size);
	if (r < 0)
		return r;
	switch (fs.f_type) {
	case EXT4_SUPER_MAGIC:
		/* Its own structures are not in the count: no need where little is missing. */
		if (size / (uint64_t)fs.f_bsize <=
		    (uint64_t)fs.f_blocks + (uint64_t)fs.f_blocks / 16)
			return 0;
		return grow_ext4(fd, size, &fs);
	case BTRFS_SUPER_MAGIC:
		return grow_btrfs(fd);
	case XFS_SUPER_MAGIC:
		return grow_xfs(folder);
	default:
		return 0;
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/reflink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>
#include <linux/magic.h>

#include "storage/lvname.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#define ZFS_MAGIC 0x2fc12fc1

void image_name(const char *id, char ret[static IMAGE_NAME_MAX])
{
	snprintf(ret, IMAGE_NAME_MAX, "%s" IMAGE_SUFFIX, id);
}

bool image_id(const char *name, char ret[static POOL_ID_MAX])
{
	size_t len = strlen(name), suffix = strlen(IMAGE_SUFFIX);

	if (len <= suffix || len - suffix >= POOL_ID_MAX ||
	    strcmp(name + len - suffix, IMAGE_SUFFIX) != 0)
		return false;
	memcpy(ret, name, len - suffix);
	ret[len - suffix] = '\0';
	return vol_id_ok(ret);
}

void reflink_type(int64_t magic, char ret[static 24])
{
	static const struct {
		int64_t magic;
		const char *name;
	} known[] = {
		{BTRFS_SUPER_MAGIC, "btrfs"},
		{XFS_SUPER_MAGIC, "xfs"},
		{EXT4_SUPER_MAGIC, "ext4"},
		{TMPFS_MAGIC, "tmpfs"},
		{OVERLAYFS_SUPER_MAGIC, "overlay"},
		{NFS_SUPER_MAGIC, "nfs"},
		{F2FS_SUPER_MAGIC, "f2fs"},
		{MSDOS_SUPER_MAGIC, "vfat"},
		{ZFS_MAGIC, "zfs"},
	};

	for (size_t i = 0; i < array_len(known); i++)
		if (known[i].magic == magic) {
			snprintf(ret, 24, "%s", known[i].name);
			return;
		}
	snprintf(ret, 24, "0x%" PRIx64, magic);
}

static int nameless(int dir, mode_t mode, int *ret)
{
	*ret = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
	return *ret < 0 ? -errno : 0;
}

static int share(int to, int from)
{
	return ioctl(to, FICLONE, from) < 0 ? -errno : 0;
}

/* Of empty files, so that it takes no space and works in a full file system, too. */
int reflink_probe(int dir)
{
	cleanup_close int a = -1, b = -1;
	int r = nameless(dir, 0600, &a);

	if (r == 0)
		r = nameless(dir, 0600, &b);
	if (r == 0)
		r = share(a, b);
	switch (r) {
	case -EOPNOTSUPP:
	case -ENOTTY:
	case -ENOSYS:
	case -EINVAL:
	case -EXDEV:
	case -EISDIR: /* a kernel or file system without files that have no name */
		return -EOPNOTSUPP;
	case -ENOSPC: /* nothing is known, and removing has to work */
	case -EDQUOT:
		return 0;
	default:
		return r;
	}
}

/* The clone came before the name in the journal as well. */
int image_publish(int dir, int fd, const char *name)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

int image_create(int dir, const char *name, uint64_t size)
{
	cleanup_close int fd = -1;
	int r = nameless(dir, 0600, &fd);

	if (r == 0 && ftruncate(fd, (off_t)size) < 0)
		r = -errno;
	return r < 0 ? r : image_publish(dir, fd, name);
}

int image_clone(int dir, const char *from, const char *to, bool readonly)
{
	cleanup_close int source = openat(dir, from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	cleanup_close int fd = -1;
	int r = source < 0 ? -errno : nameless(dir, 0600, &fd);

	if (r == 0)
		r = share(fd, source);
	if (r == 0 && readonly && fchmod(fd, 0400) < 0)
		r = -errno;
	return r < 0 ? r : image_publish(dir, fd, to);
}

int image_resize(int dir, const char *name, uint64_t size)
{
	cleanup_close int fd = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scratch store as a file beside the images. It has all of its room from the beginning:
 * what runs goes on when the file system is full.
 */
#include "storage/reflink.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/fs.h>

#include "lib/alloc.h"
#include "storage/lvname.h"
#include "storage/store_place.h"

/*
 * btrfs would write each block to another place, with its checksum. What is rewritten all
 * the time is better where it is, and its room stays its own. XFS knows no such flag.
 */
static void keep_in_place(int fd)
{
	int flags;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
		flags |= FS_NOCOW_FL;
		(void)!ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
}

static int make(struct reflink *p, uint64_t size)
{
	cleanup_close int fd = openat(p->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	keep_in_place(fd);
	r = posix_fallocate(fd, 0, (off_t)size);
	return r ? -r : image_publish(p->dir, fd, SCRATCH_LV);
}

int reflink_reserve(void *pool, uint64_t size, char **ret, struct qvm_err *err)
{
	struct reflink *p = pool;
	struct pool_usage u;
	int r = 0;

	if (faccessat(p->dir, SCRATCH_LV, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		r = reflink_usage(p, &u, err);
		if (r == 0)
			r = store_size(size, u.size - u.used, "its file system", &size,
				       err);
		if (r < 0)
			return r;
		r = make(p, size);
	}
	if (r == 0 && fsync(p->dir) < 0)
		r = -errno;
	if (r < 0 && r != -EEXIST)
		return err_errno(err, r, "cannot make the scratch store in '%s'",
				 p->location);
	*ret = xasprintf("%s/" SCRATCH_LV, p->location);
	return 0;
}

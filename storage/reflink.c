/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Volumes that last, as files of a folder on btrfs or XFS. A snapshot is a file that shares
 * its content with another; the device of a volume is a loop device, kept until the volume
 * is released or removed. No process is started for anything.
 */
#include "storage/reflink.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "core/loop.h"
#include "lib/alloc.h"
#include "storage/fill.h"
#include "storage/steps.h"
#include "storage/storage.h"

#define BUSY_TRIES 200
#define BUSY_STEP_MS 25

/* Errors of files as kinds of error; the caller says around it what was being done. */
static int file_fail(int r, const char *id, struct qvm_err *err)
{
	switch (r) {
	case -ENOENT:
		return err_set(err, QVM_E_NOT_FOUND, "there is no volume '%s'", id);
	case -EEXIST:
		return err_set(err, QVM_E_EXISTS, "the volume '%s' exists", id);
	case -ENOSPC:
	case -EDQUOT:
		return err_set(err, QVM_E_NO_SPACE, "%s", strerror(-r));
	case -EPERM:
	case -EACCES:
		return err_set(err, QVM_E_PERMISSION, "%s", strerror(-r));
	case -EBUSY:
		return err_set(err, QVM_E_BUSY, "something has it open");
	default:
		return err_set(err, QVM_E_STORAGE, "%s", strerror(-r));
	}
}

/* --- the folder --- */

static int check_folder(struct reflink *p, struct qvm_err *err)
{
	struct statfs fs;
	struct stat st;
	char type[24];
	int r;

	if (fstat(p->dir, &st) < 0 || fstatfs(p->dir, &fs) < 0)
		return err_errno(err, -errno, "cannot look at '%s'", p->location);
	if (st.st_uid != geteuid() || st.st_mode & 022)
		return err_set(err, QVM_E_PERMISSION,
			       "others than its user may write into the folder");
	reflink_type(fs.f_type, type);
	r = reflink_probe(p->dir);
	if (r == -EOPNOTSUPP)
		return err_set(err, QVM_E_UNSUPPORTED,
			       "files cannot share content on its file system, which is "
			       "%s: it takes btrfs, or XFS made with reflink=1",
			       type);
	if (r < 0)
		return file_fail(r, p->location, err);
	/*
	 * A guest can change a page while it is being written. btrfs has its checksum by
	 * then and would find the block damaged, so there each page is copied first.
	 */
	p->direct = fs.f_type != BTRFS_SUPER_MAGIC;
	return 0;
}

static void reflink_close(void *pool)
{
	struct reflink *p = pool;

	if (p->dir >= 0)
		close(p->dir);
	free(p->location);
	free(p);
}

static int reflink_open(struct qvm_ctx *ctx, const struct pool_config *config, void **ret,
			struct qvm_err *err)
{
	struct reflink *p;
	int r = 0;

	if (config->location[0] != '/')
		return err_set(err, QVM_E_VALUE,
			       "the pool '%s' cannot be at '%s': it takes the absolute "
			       "path of a folder",
			       config->name, config->location);
	p = xcalloc(1, sizeof(*p));
	p->ctx = ctx;
	p->location = xstrdup(config->location);
	p->dir = open(p->location, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir < 0)
		r = err_set(err, errno == ENOENT ? QVM_E_NOT_FOUND : QVM_E_STORAGE, "%s",
			    strerror(errno));
	if (r == 0)
		r = check_folder(p, err);
	if (r < 0) {
		reflink_close(p);
		return err_wrap(err, "the pool '%s' cannot be at '%s'", config->name,
				config->location);
	}
	*ret = p;
	return 0;
}

int reflink_usage(void *pool, struct pool_usage *ret, struct qvm_err *err)
{
	struct reflink *p = pool;
	struct statfs fs;
	uint64_t unit;

	if (fstatfs(p->dir, &fs) < 0)
		return err_errno(err, -errno, "cannot ask the pool '%s'", p->location);
	unit = (uint64_t)fs.f_bsize;
	*ret = (struct pool_usage){
		.size = fs.f_blocks * unit,
		.used = (fs.f_blocks - fs.f_bavail) * unit,
	};
	return 0;
}

static int guard(struct reflink *p, struct qvm_err *err)
{
	cleanup_free char *what = xasprintf("the pool '%s'", p->location);
	struct pool_usage u;
	struct fill fill;
	int r = reflink_usage(p, &u, err);

	if (r < 0 || !fill_past(u.used, u.size, FILL_DATA))
		return r;
	fill = (struct fill){"data", u.used, u.size, FILL_DATA};
	return fill_refuse(&fill, what, "remove domains or revisions, or enlarge it",
			   err);
}

/* --- devices --- */

/* The volume's file: -ENOENT when there is none. */
static int find_file(const struct reflink *p, const char *id, struct stat *ret)
{
	char name[IMAGE_NAME_MAX];

	image_name(id, name);
	if (fstatat(p->dir, name, ret, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return S_ISREG(ret->st_mode) ? 0 : -EINVAL;
}

/* 0 when no device is left of it; -EBUSY when the kernel does that at the last close. */
static int detach(const struct stat *file)
{
	struct block_dev dev;
	int r = loop_find(file, false, &dev);

	if (r == -ENODEV)
		return 0;
	return r < 0 ? r : loop_detach(&dev, file);
}

static int make_device(const struct reflink *p, const char *id, const struct stat *file,
		       struct block_dev *ret)
{
	char name[IMAGE_NAME_MAX];
	struct loop_request req = {
		.name = name,
		.readonly = !(file->st_mode & 0222),
		.direct = p->direct,
	};
	struct stat opened;
	cleanup_close int fd = -1;

	image_name(id, name);
	fd = openat(p->dir, name,
		    (req.readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &opened) < 0)
		return -errno;
	if (opened.st_ino != file->st_ino)
		return -EBUSY;
	req.fd = fd;
	return loop_make(&req, ret);
}

static int reflink_device(void *pool, const char *id, struct block_dev *ret,
			  struct qvm_err *err)
{
	struct reflink *p = pool;
	struct stat file;
	int r = id_check(id, err);

	if (r < 0)
		return r;
	r = find_file(p, id, &file);
	if (r == 0) {
		r = loop_find(&file, true, ret);
		if (r == -ENODEV)
			r = make_device(p, id, &file, ret);
	}
	if (r < 0) {
		file_fail(r, id, err);
		return err_wrap(err, "cannot make a device of the volume '%s'", id);
	}
	return 0;
}

/* One that is still open goes by itself when it is closed. */
static int reflink_release(void *pool, const char *id, struct qvm_err *err)
{
	struct reflink *p = pool;
	struct stat file;
	int r = id_check(id, err);

	if (r < 0)
		return r;
	r = find_file(p, id, &file);
	if (r == 0)
		r = detach(&file);
	if (r == 0 || r == -ENOENT || r == -EBUSY)
		return 0;
	file_fail(r, id, err);
	return err_wrap(err, "cannot release the volume '%s'", id);
}

/* --- steps --- */

static int step_remove(const struct reflink *p, const char *name, const char *id)
{
	struct stat file;
	int r = find_file(p, id, &file);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = detach(&file);
	/* A domain that has just ended still has it open for a moment. */
	for (int i = 0; r == -EBUSY && i < BUSY_TRIES; i++) {
		poll(NULL, 0, BUSY_STEP_MS);
		r = detach(&file);
	}
	if (r == 0 && unlinkat(p->dir, name, 0) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

static int step_resize(const struct reflink *p, const char *name,
		       const struct pool_step *step)
{
	struct block_dev dev;
	struct stat file;
	int r = find_file(p, step->to, &file);

	if (r == 0)
		r = image_resize(p->dir, name, step->size);
	if (r < 0)
		return r;
	r = loop_find(&file, false, &dev);
	if (r == -ENODEV)
		return 0;
	return r < 0 ? r : loop_resized(&dev);
}

static int do_step(const struct reflink *p, const struct pool_step *step)
{
	char from[IMAGE_NAME_MAX], to[IMAGE_NAME_MAX];

	image_name(step->to, to);
	switch (step->kind) {
	case POOL_CREATE:
		return image_create(p->dir, to, step->size);
	case POOL_SNAPSHOT:
		image_name(step->from, from);
		return image_clone(p->dir, from, to, step->readonly);
	case POOL_RESIZE:
		return step_resize(p, to, step);
	case POOL_REMOVE:
		break;
	}
	return step_remove(p, to, step->to);
}

static int reflink_apply(void *pool, const struct pool_step *steps, size_t n,
			 struct qvm_err *err)
{
	struct reflink *p = pool;
	int r = steps_check(steps, n, err);

	if (r == 0 && steps_fill(steps, n))
		r = guard(p, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		const struct pool_step *step = &steps[i];

		r = do_step(p, step);
		if (r == 0)
			continue;
		/* A source that is missing is the one that the message is about. */
		file_fail(r,
			  step->kind == POOL_SNAPSHOT && r == -ENOENT ? step->from
								      : step->to,
			  err);
		return step_wrap(step, err);
	}
	/* The names; one sync for all of them. */
	if (fsync(p->dir) < 0)
		return err_errno(err, -errno, "cannot sync the pool '%s'", p->location);
	return 0;
}

/* --- what there is --- */

static int reflink_stat(void *pool, const char *id, struct vol_stat *ret,
			struct qvm_err *err)
{
	struct reflink *p = pool;
	struct stat file;
	int r = id_check(id, err);

	if (r < 0)
		return r;
	r = find_file(p, id, &file);
	if (r < 0)
		return file_fail(r, id, err);
	*ret = (struct vol_stat){.size = (uint64_t)file.st_size,
				 .used = (uint64_t)file.st_blocks * 512};
	return 0;
}

static void dir_close(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int reflink_ranges(void *pool, const char *id, struct pool_range **ret,
			  size_t *ret_n, struct qvm_err *err)
{
	struct reflink *p = pool;
	char name[IMAGE_NAME_MAX];
	cleanup_close int fd = -1;
	int r = id_check(id, err);

	if (r < 0)
		return r;
	image_name(id, name);
	fd = openat(p->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	r = fd < 0 ? -errno : pool_file_ranges(fd, ret, ret_n);
	return r < 0 ? file_fail(r, id, err) : 0;
}

static int extents_of(struct reflink *p, const char *id, struct reflink_extent **ret,
		      size_t *ret_n, uint64_t *ret_size, struct qvm_err *err)
{
	char name[IMAGE_NAME_MAX];
	cleanup_close int fd = -1;
	struct stat st;
	int r = id_check(id, err);

	if (r < 0)
		return r;
	image_name(id, name);
	fd = openat(p->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return file_fail(-errno, id, err);
	*ret_size = (uint64_t)st.st_size;
	r = reflink_extents(fd, ret, ret_n);
	return r < 0 ? file_fail(r, id, err) : 0;
}

static int reflink_delta(void *pool, const char *from, const char *to,
			 struct pool_range **ret, size_t *ret_n, struct qvm_err *err)
{
	cleanup_free struct reflink_extent *a = NULL, *b = NULL;
	size_t n_a = 0, n_b = 0;
	uint64_t size;
	int r = extents_of(pool, from, &a, &n_a, &size, err);

	if (r == 0)
		r = extents_of(pool, to, &b, &n_b, &size, err);
	if (r == 0)
		reflink_differ(a, n_a, b, n_b, size, ret, ret_n);
	return r;
}

static int reflink_list(void *pool, struct strv *ret, struct qvm_err *err)
{
	struct reflink *p = pool;
	cleanup_close int fd = openat(p->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir cleanup(dir_close) = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	char id[POOL_ID_MAX];

	if (dir)
		(void)steal_fd(&fd); /* the stream's now */
	if (dir)
		errno = 0;
	while (dir && (e = readdir(dir)))
		if (image_id(e->d_name, id))
			strv_add(ret, id);
	if (!dir || errno)
		return err_errno(err, -errno, "cannot list the volumes of the pool '%s'",
				 p->location);
	return 0;
}

const struct pool_ops pool_reflink = {
	.name = "reflink",
	.open = reflink_open,
	.close = reflink_close,
	.apply = reflink_apply,
	.device = reflink_device,
	.release = reflink_release,
	.stat = reflink_stat,
	.usage = reflink_usage,
	.reserve = reflink_reserve,
	.ranges = reflink_ranges,
	.delta = reflink_delta,
	.list = reflink_list,
};

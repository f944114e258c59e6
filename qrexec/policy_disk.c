/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/policy_disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "qrexec/policy_load.h"

#define NAMES_MAX 4096 /* entries of one folder */

void disk_dispose(struct disk *d)
{
	for (size_t i = 0; i < d->stamp_count; i++)
		free(d->stamps[i].path);
	free(d->stamps);
	*d = (struct disk){0};
}

/* ST NULL: there is none. */
static void stamp_add(struct disk *d, const char *path, const struct stat *st)
{
	struct stamp *s = &array_grow(d->stamps, d->stamp_count);

	d->stamp_count++;
	*s = (struct stamp){.path = xstrdup(path), .absent = !st};
	if (!st)
		return;
	s->dev = st->st_dev;
	s->ino = st->st_ino;
	s->size = st->st_size;
	s->mtime = st->st_mtim;
	s->ctime = st->st_ctim;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool stamp_is_fresh(const struct stamp *s)
{
	struct stat st;

	if (stat(s->path, &st) < 0)
		return s->absent;
	return !s->absent && st.st_dev == s->dev && st.st_ino == s->ino &&
	       st.st_size == s->size && same_time(&st.st_mtim, &s->mtime) &&
	       same_time(&st.st_ctim, &s->ctime);
}

bool disk_is_fresh(const struct disk *d)
{
	for (size_t i = 0; i < d->stamp_count; i++)
		if (!stamp_is_fresh(&d->stamps[i]))
			return false;
	return true;
}

/* However the path is written. */
static bool is_replaced(const struct disk *d, const char *path)
{
	cleanup_free char *a = NULL;
	cleanup_free char *b = NULL;
	struct stat x, y;

	if (!d->replaced || strcmp(d->replaced, path) == 0)
		return d->replaced != NULL;
	a = xasprintf("%s%s", d->root, d->replaced);
	b = xasprintf("%s%s", d->root, path);
	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* Stamped before it is read: a change in between is seen by the next look. */
static int open_stamped(struct disk *d, const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
	int r = fd < 0 ? -errno : 0;
	struct stat st;

	if (r < 0) {
		stamp_add(d, path, stat(path, &st) == 0 ? &st : NULL);
		return r;
	}
	if (fstat(fd, &st) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	stamp_add(d, path, &st);
	if (!(flags & O_DIRECTORY) && !S_ISREG(st.st_mode)) {
		close(fd);
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	}
	return fd;
}

static int disk_read(void *arg, const char *path, struct buf *ret)
{
	struct disk *d = arg;
	cleanup_free char *full = NULL;
	cleanup_close int fd = -1;

	if (is_replaced(d, path)) {
		if (d->text)
			buf_add_mem(ret, d->text, d->len);
		return d->text ? 0 : -ENOENT;
	}
	full = xasprintf("%s%s", d->root, path);
	fd = open_stamped(d, full, 0);
	if (fd < 0)
		return fd;
	return fd_read_all(fd, POLICY_FILE_MAX, ret);
}

/* The file that is to be replaced is among the names even before it is there. */
static void list_replaced(const struct disk *d, const char *path, struct strv *ret)
{
	size_t len = strlen(path);

	if (!d->replaced || !d->text || strncmp(d->replaced, path, len) != 0 ||
	    d->replaced[len] != '/' || strchr(d->replaced + len + 1, '/'))
		return;
	strv_add(ret, d->replaced + len + 1);
}

static void list_entry(const struct disk *d, const char *path, int dir, const char *name,
		       struct strv *ret)
{
	cleanup_free char *full = xasprintf("%s/%s", path, name);
	struct stat st;

	if (*name == '.' || is_replaced(d, full))
		return;
	if (fstatat(dir, name, &st, 0) == 0 && S_ISREG(st.st_mode))
		strv_add(ret, name);
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int disk_list(void *arg, const char *path, struct strv *ret)
{
	struct disk *d = arg;
	cleanup_free char *full = xasprintf("%s%s", d->root, path);
	cleanup_close int fd = -1;
	cleanup(close_dir) DIR *dir = NULL;
	const struct dirent *entry;
	size_t n = 0;

	list_replaced(d, path, ret);
	fd = open_stamped(d, full, O_DIRECTORY);
	if (fd < 0)
		return fd == -ENOENT && ret->n ? 0 : fd;
	dir = fdopendir(fd);
	if (!dir)
		return -errno;
	steal_fd(&fd);
	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		if (++n > NAMES_MAX)
			return -EFBIG;
		list_entry(d, path, dirfd(dir), entry->d_name, ret);
	}
	return -errno;
}

struct policy *disk_read_policy(struct disk *d)
{
	static const char *const dirs[] = {POLICY_RUN_DIR, POLICY_DIR};
	const struct policy_files files = {
		.arg = d,
		.read = disk_read,
		.list = disk_list,
		.legacy = POLICY_LEGACY_DIR,
	};
	struct policy *p = policy_new();

	policy_parse_dirs(p, &files, dirs, array_len(dirs));
	policy_finish(p);
	return p;
}

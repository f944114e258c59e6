/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "lib/alloc.h"
#include "qrexec/qfile_int.h"

int walk_argument(const char *path, const char **ret_leaf)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder = slash == path ? xstrdup("/")
				    : slash	  ? xstrndup(path, (size_t)(slash - path))
						  : xstrdup(".");
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	*ret_leaf = slash ? slash + 1 : path;
	return fd < 0 ? -errno : fd;
}

void walk_begin(struct walk *w)
{
	w->fd = -1;
}

void walk_dispose(struct walk *w)
{
	cleanup_close_at(&w->fd);
	while (w->depth)
		closedir(w->levels[--w->depth].dir);
}

static int leave_out(struct walk *w, const char *why)
{
	if (w->skipped)
		w->skipped(w->arg, w->name, why);
	return -EAGAIN;
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       (a->st_mode & S_IFMT) == (b->st_mode & S_IFMT);
}

static int found_file(struct walk *w, int at, const char *leaf)
{
	struct stat st;

	w->fd = openat(at, leaf,
		       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (w->fd < 0 || fstat(w->fd, &st) < 0)
		return -errno;
	if (!same(&st, &w->st))
		return -ESTALE;
	w->st = st;
	return WALK_FILE;
}

static int found_folder(struct walk *w, int at, const char *leaf)
{
	struct walk_level *level = &w->levels[w->depth];
	cleanup_close int fd = -1;

	if (w->depth == array_len(w->levels))
		return -ENAMETOOLONG;
	fd = openat(at, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &level->st) < 0)
		return -errno;
	if (!same(&level->st, &w->st))
		return -ESTALE;
	level->dir = fdopendir(fd);
	if (!level->dir)
		return -errno;
	(void)steal_fd(&fd);
	level->name_len = strlen(w->name);
	w->depth++;
	return WALK_ENTER;
}

static int found_link(struct walk *w, int at, const char *leaf)
{
	ssize_t n;

	if (w->ignore_links)
		return leave_out(w, "is a symbolic link");
	if (w->depth == 0)
		return -ELOOP; /* no receiver takes it: it could only lead out */
	n = readlinkat(at, leaf, w->target, sizeof(w->target));
	if (n < 0 || n == sizeof(w->target))
		return n < 0 ? -errno : -ENAMETOOLONG;
	w->target[n] = '\0';
	w->st.st_size = n;
	return WALK_LINK;
}

/* What LEAF in the folder AT is; -EAGAIN: it is left out. */
static int found(struct walk *w, int at, const char *leaf)
{
	if (fstatat(at, leaf, &w->st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	switch (w->st.st_mode & S_IFMT) {
	case S_IFREG:
		return found_file(w, at, leaf);
	case S_IFDIR:
		return found_folder(w, at, leaf);
	case S_IFLNK:
		return found_link(w, at, leaf);
	default:
		return leave_out(w, "is no file, folder or link");
	}
}

static int append(struct walk *w, size_t at, const char *leaf)
{
	size_t len = strlen(leaf);

	if (at + 1 + len >= sizeof(w->name))
		return -ENAMETOOLONG;
	if (at)
		w->name[at++] = '/';
	memcpy(w->name + at, leaf, len + 1);
	return 0;
}

static int next_argument(struct walk *w)
{
	cleanup_close int at = -1;
	const char *leaf;
	int r;

	if (w->next == w->paths->n)
		return WALK_END;
	w->argument = w->next++;
	at = walk_argument(w->paths->v[w->argument], &leaf);
	r = append(w, 0, leaf);
	if (r < 0 || at < 0)
		return r < 0 ? r : at;
	return found(w, at, leaf);
}

static int next_entry(struct walk *w)
{
	struct walk_level *level = &w->levels[w->depth - 1];
	const struct dirent *e;
	int r;

	errno = 0;
	do
		e = readdir(level->dir);
	while (e && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0));
	w->name[level->name_len] = '\0';
	if (!e && errno)
		return -errno;
	if (!e) {
		w->st = level->st;
		closedir(level->dir);
		w->depth--;
		return WALK_LEAVE;
	}
	r = append(w, level->name_len, e->d_name);
	return r < 0 ? r : found(w, dirfd(level->dir), e->d_name);
}

int walk_next(struct walk *w)
{
	int r;

	do {
		cleanup_close_at(&w->fd);
		r = w->depth ? next_entry(w) : next_argument(w);
	} while (r == -EAGAIN);
	return r;
}

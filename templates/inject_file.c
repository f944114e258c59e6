/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/inject_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"

#define TEMPORARY ".qvm-new"

static int open_in(int top, const char *name, int flags)
{
	const struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, top, name, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

bool tree_has(int top, const char *name)
{
	cleanup_close int fd = open_in(top, name, O_PATH);

	return fd >= 0;
}

int tree_read(int top, const char *name, size_t limit, struct buf *ret)
{
	cleanup_close int fd = open_in(top, name, O_RDONLY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? fd_read_all(fd, limit, ret) : -EINVAL;
}

/* The folder that NAME is in, made where it is missing; *ret_last is the rest of NAME. */
static int open_parent(int top, const char *name, const char **ret_last)
{
	cleanup_free char *path = xstrdup(name);
	cleanup_close int at = open_in(top, ".", O_PATH | O_DIRECTORY);

	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		const char *before = path;
		int fd;

		*slash = '\0';
		fd = open_in(top, before, O_PATH | O_DIRECTORY);
		if (fd == -ENOENT) {
			const char *part = strrchr(path, '/');

			if (mkdirat(at, part ? part + 1 : path, 0755) < 0)
				return -errno;
			fd = open_in(top, before, O_PATH | O_DIRECTORY);
		}
		if (fd < 0)
			return fd;
		cleanup_close_at(&at);
		at = fd;
		*slash = '/';
	}
	*ret_last = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	return at < 0 ? at : steal_fd(&at);
}

int tree_link_read(int top, const char *name, char *ret, size_t size)
{
	const char *last;
	cleanup_close int parent = open_parent(top, name, &last);
	ssize_t n = parent < 0 ? -1 : readlinkat(parent, last, ret, size - 1);

	if (parent < 0)
		return parent;
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}

/* Owner and mode of a file that is replaced stay what they are. */
static int write_new(int parent, const char *last, const char *tmp, const void *data,
		     size_t len, mode_t mode)
{
	cleanup_close int fd =
		openat(parent, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat st;
	bool there = fstatat(parent, last, &st, AT_SYMLINK_NOFOLLOW) == 0;
	int r;

	if (fd < 0)
		return -errno;
	if (there && !S_ISREG(st.st_mode))
		return -EEXIST;
	r = fd_write_all(fd, data, len);
	if (r == 0 && there && fchown(fd, st.st_uid, st.st_gid) < 0 && geteuid() == 0)
		r = -errno;
	if (r == 0 && fchmod(fd, there ? st.st_mode & 07777 : mode) < 0)
		r = -errno;
	if (r == 0 && renameat(parent, tmp, parent, last) < 0)
		r = -errno;
	return r;
}

int tree_write(int top, const char *name, const void *data, size_t len, mode_t mode)
{
	const char *last;
	cleanup_close int parent = open_parent(top, name, &last);
	cleanup_free char *tmp = NULL;
	int r;

	if (parent < 0)
		return parent;
	tmp = xasprintf("%s" TEMPORARY, last);
	r = write_new(parent, last, tmp, data, len, mode);
	if (r < 0)
		(void)unlinkat(parent, tmp, 0);
	return r;
}

int tree_copy(int top, const char *name, const char *from, mode_t mode)
{
	cleanup_buf struct buf data = BUF_INIT;
	int r = file_read(from, 64 << 20, &data);

	return r < 0 ? r : tree_write(top, name, buf_str(&data), data.len, mode);
}

int tree_link(int top, const char *name, const char *target)
{
	const char *last;
	cleanup_close int parent = open_parent(top, name, &last);

	if (parent < 0)
		return parent;
	return symlinkat(target, parent, last) < 0 && errno != EEXIST ? -errno : 0;
}

int tree_unlink(int top, const char *name)
{
	const char *last;
	cleanup_close int parent = open_parent(top, name, &last);

	if (parent < 0)
		return parent;
	return unlinkat(parent, last, 0) < 0 ? -errno : 0;
}

int tree_folder(int top, const char *name, mode_t mode, uid_t owner)
{
	const char *last;
	cleanup_close int parent = open_parent(top, name, &last);

	if (parent < 0)
		return parent;
	if (mkdirat(parent, last, mode) < 0)
		return errno == EEXIST ? 0 : -errno;
	if (owner && fchownat(parent, last, owner, owner, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

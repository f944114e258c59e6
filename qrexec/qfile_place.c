/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "lib/alloc.h"
#include "qrexec/qfile_int.h"

#define INCOMING "QubesIncoming"

enum {
	FOLDER = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	NEW_FILE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
};

/* The kernel resolves NAME; -ENOSYS: it cannot, or a filter says that it cannot. */
static int open_beneath(int root, const char *name, int flags)
{
	const struct open_how how = {
		.flags = (uint64_t)flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};
	int fd;

	/* EAGAIN: something was renamed meanwhile, and the kernel is not sure */
	for (int tries = 0; tries < 100; tries++) {
		fd = (int)syscall(SYS_openat2, root, name, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd < 0 ? -errno : fd;
}

/* One folder after the other; a part is never a link, nor `..`. */
static int parent_by_hand(int root, const char *name, const char *leaf)
{
	cleanup_close int fd = openat(root, ".", FOLDER);

	while (fd >= 0 && name < leaf) {
		size_t len = strcspn(name, "/");
		cleanup_free char *part = xstrndup(name, len);
		int next;

		if (len == 0 || strcmp(part, "..") == 0)
			return -EXDEV;
		next = openat(fd, part, FOLDER);
		if (next < 0)
			return -errno;
		close(fd);
		fd = next;
		name += len + 1;
	}
	return fd < 0 ? -errno : steal_fd(&fd);
}

int place_parent(int root, const char *name, bool *by_hand, const char **ret_leaf)
{
	const char *slash = strrchr(name, '/');
	cleanup_free char *folder = xstrndup(name, slash ? (size_t)(slash - name) : 0);

	*ret_leaf = slash ? slash + 1 : name;
	if (!*by_hand) {
		int fd = open_beneath(root, slash ? folder : ".", FOLDER);

		if (fd != -ENOSYS)
			return fd;
		*by_hand = true;
	}
	return parent_by_hand(root, name, *ret_leaf);
}

int place_create(int root, const char *name, bool *by_hand)
{
	cleanup_close int folder = -1;
	const char *leaf;
	int fd;

	if (!*by_hand) {
		fd = open_beneath(root, name, NEW_FILE);
		if (fd != -ENOSYS)
			return fd;
		*by_hand = true;
	}
	folder = place_parent(root, name, by_hand, &leaf);
	if (folder < 0)
		return folder;
	fd = openat(folder, leaf, NEW_FILE, 0);
	return fd < 0 ? -errno : fd;
}

int qfile_incoming(const char *home, const char *source, int *ret_parent)
{
	cleanup_close int at_home = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int parent = -1;
	int fd;

	if (strchr(source, '/') || !*source || *source == '.')
		return -EINVAL;
	if (at_home < 0 || (mkdirat(at_home, INCOMING, 0700) < 0 && errno != EEXIST))
		return -errno;
	/* This one may be a link: only the user of this domain can have made it. */
	parent = openat(at_home, INCOMING, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0 || (mkdirat(parent, source, 0700) < 0 && errno != EEXIST))
		return -errno;
	fd = openat(parent, source, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_parent = steal_fd(&parent);
	return fd;
}

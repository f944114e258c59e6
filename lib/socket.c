/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int unix_address(const char *path, struct sockaddr_un *ret)
{
	size_t len = strlen(path);

	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (len >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	memcpy(ret->sun_path, path, len);
	return 0;
}

int unix_connect(const char *path)
{
	struct sockaddr_un at;
	cleanup_close int fd = -1;
	int r = unix_address(path, &at);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	return steal_fd(&fd);
}

int unix_listen(const char *path, mode_t mode, int backlog)
{
	struct sockaddr_un at;
	cleanup_close int fd = -1;
	mode_t old;
	int r = unix_address(path, &at);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	(void)unlink(path); /* usually absent; if it stays, bind says so */
	old = umask(~mode & 0777);
	r = bind(fd, (struct sockaddr *)&at, sizeof(at));
	umask(old);
	if (r < 0 || listen(fd, backlog) < 0)
		return -errno;
	return steal_fd(&fd);
}

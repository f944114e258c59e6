/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/log_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "lib/alloc.h"
#include "lib/socket.h"

int log_socket_open(const char *path, int wait_ms)
{
	const struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};
	int type = SOCK_DGRAM | SOCK_CLOEXEC | (wait_ms ? 0 : SOCK_NONBLOCK);
	cleanup_close int fd = -1;
	struct sockaddr_un at;
	int r = unix_address(path, &at);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, type, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	if (wait_ms && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0)
		return -errno;
	return steal_fd(&fd);
}

void log_socket_line(int fd, int priority, const char *tag, const char *text, size_t len)
{
	cleanup_free char *line =
		xasprintf("<%d>%s: %.*s", priority, tag, (int)len, text);

	(void)send(fd, line, strlen(line), MSG_NOSIGNAL);
}

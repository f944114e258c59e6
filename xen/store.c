/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/store.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/macro.h"

bool store_socket_is_dead(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(at.sun_path))
		return false;
	memcpy(at.sun_path, path, strlen(path) + 1);
	return connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 &&
	       errno == ECONNREFUSED;
}

bool store_is_dead(void)
{
	return store_socket_is_dead("/run/xenstored/socket");
}

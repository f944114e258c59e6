/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/store.h"

#include <errno.h>

#include "lib/socket.h"

bool store_socket_is_dead(const char *path)
{
	cleanup_close int fd = unix_connect(path);

	return fd == -ECONNREFUSED;
}

bool store_is_dead(void)
{
	return store_socket_is_dead("/run/xenstored/socket");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/wire_link.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/socket.h"

int wire_open(void)
{
	static const struct timeval limit = {.tv_sec = 20};
	int fd = unix_connect("/run/xenstored/socket");

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	/* A xenstore in a domain of its own; with a dead daemon this would hang. */
	if (fd == -ENOENT)
		fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
	return fd < 0 ? -1 : fd;
}

int wire_send(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int read_all(int fd, char *data, size_t len)
{
	while (len) {
		ssize_t n = read(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int wire_reply(int fd, uint32_t id, uint32_t type, char body[HOTPLUG_VALUE_MAX + 1])
{
	char bytes[WIRE_HEAD];
	struct wire_head head;

	if (read_all(fd, bytes, sizeof(bytes)) || wire_head(bytes, &head))
		return -EPROTO;
	if (read_all(fd, body, head.len))
		return -EIO;
	body[head.len] = '\0';
	return wire_answer(&head, id, type, body);
}

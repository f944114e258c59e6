/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire_link.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/socket.h"

int wire_open(void)
{
	static const struct timeval limit = {.tv_sec = WIRE_ANSWER_S};
	int fd = unix_connect("/run/xenstored/socket");

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	/* A xenstore in a domain of its own; with a dead daemon this would hang. */
	if (fd != -ENOENT)
		return fd;
	fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int wire_send(int fd, const char *data, size_t len)
{
	/* Other errors mean something in an answer: EAGAIN that a transaction was lost. */
	return fd_write_all(fd, data, len) < 0 ? -EIO : 0;
}

/* EAGAIN means something else in an answer. After either the rest is not understood. */
static int take(int fd, void *ret, size_t len)
{
	int r = fd_read_exactly(fd, ret, len);

	return r == -EAGAIN ? -ETIMEDOUT : r < 0 ? -EPROTO : 0;
}

int wire_reply(int fd, uint32_t id, uint32_t type, char body[WIRE_VALUE_MAX + 1])
{
	char bytes[WIRE_HEAD];
	struct wire_head head;
	int r = take(fd, bytes, sizeof(bytes));

	if (r == 0 && wire_head(bytes, &head))
		r = -EPROTO;
	if (r == 0)
		r = take(fd, body, head.len);
	if (r < 0)
		return r;
	body[head.len] = '\0';
	return wire_answer(&head, id, type, body);
}

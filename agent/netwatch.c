/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches in xenstore. The static libxenstore has no thread that reads, and takes an event
 * for the reply to a request; so the watches have a connection of their own, of which only
 * matters that something came.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "agent/net.h"
#include "lib/file.h"
#include "lib/wire_link.h"

static int ask(int fd, uint32_t id, const char *path)
{
	static const char token[] = "net";
	struct wire_request req = {.type = wire_types[WIRE_WATCH],
				   .id = id,
				   .dir = path,
				   .value = token,
				   .len = sizeof(token)};
	char message[WIRE_MESSAGE_MAX];
	size_t size = wire_request(message, sizeof(message), &req);

	return size ? wire_send(fd, message, size) : -ENAMETOOLONG;
}

int net_watch(const char *const *paths, size_t n)
{
	cleanup_close int fd = wire_open();
	int r = fd < 0 ? fd : 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = ask(fd, (uint32_t)i, paths[i]);
	return r < 0 ? r : steal_fd(&fd);
}

/* A reply or an event: both say no more than that it is time to look. */
static int take(int fd)
{
	char bytes[WIRE_HEAD], body[WIRE_VALUE_MAX + 1];
	struct wire_head head;
	int r = fd_read_exactly(fd, bytes, sizeof(bytes));

	if (r == 0)
		r = wire_head(bytes, &head);
	return r < 0 ? r : fd_read_exactly(fd, body, head.len);
}

int net_watch_drain(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int r = 0;

	while (r == 0 && poll(&p, 1, 0) > 0)
		r = take(fd);
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a service says on its standard error is for its caller, and for this guest's log as
 * well: each line as logger(1) would write it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/agent.h"
#include "lib/alloc.h"
#include "lib/socket.h"
#include "qrexec/service.h"

enum { USER_NOTICE = 13 };

void service_log_open(struct service_log *l, const struct command *command)
{
	struct sockaddr_un at;

	*l = (struct service_log){.fd = -1};
	if (command->shell || unix_address("/dev/log", &at) < 0)
		return;
	l->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd >= 0 && connect(l->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		cleanup_close_at(&l->fd);
	l->tag = xasprintf("%s-%s", command->full, command->source);
}

static void flush(struct service_log *l)
{
	cleanup_free char *text = NULL;

	if (!l->len)
		return;
	text = xasprintf("<%d>%s: %.*s", USER_NOTICE, l->tag, (int)l->len, l->line);
	/* Without a reader, or with one that is slow, it is lost here only. */
	(void)send(l->fd, text, strlen(text), MSG_NOSIGNAL);
	l->len = 0;
}

void service_log_add(void *log, const void *data, size_t len)
{
	struct service_log *l = log;
	const char *bytes = data;

	for (size_t i = 0; l->fd >= 0 && i < len; i++) {
		if (bytes[i] == '\n' || l->len == sizeof(l->line))
			flush(l);
		if (bytes[i] != '\n')
			l->line[l->len++] = bytes[i] ? bytes[i] : ' ';
	}
}

void service_log_close(struct service_log *l)
{
	if (l->fd >= 0)
		flush(l);
	cleanup_close_at(&l->fd);
	free(l->tag);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a service says on its standard error is for its caller, and for this guest's log as
 * well: each line as logger(1) would write it.
 */
#include <syslog.h>

#include "agent/agent.h"
#include "lib/alloc.h"
#include "lib/log_socket.h"
#include "qrexec/service.h"

void service_log_open(struct service_log *l, const struct command *command)
{
	*l = (struct service_log){.fd = -1};
	if (command->shell)
		return;
	l->fd = log_socket_open(LOG_SOCKET, 0);
	l->tag = xasprintf("%s-%s", command->full, command->source);
}

static void flush(struct service_log *l)
{
	/* With a reader that is slow it is lost here only. */
	if (l->len)
		log_socket_line(l->fd, LOG_USER | LOG_NOTICE, l->tag, l->line, l->len);
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

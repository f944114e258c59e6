/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A user's session may run a server of its own for calls, so that commands get what is in the
 * session's environment. It then does all of the call, and closes when that has ended.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "lib/socket.h"
#include "qrexec/call.h"
#include "qrexec/proto.h"
#include "qrexec/service.h"

/* Its place for USER: `%s` in PATTERN, nowhere else a file of another name. */
static char *place(const char *pattern, const char *user)
{
	const char *at = strstr(pattern, "%s");

	if (!at || strchr(user, '/'))
		return NULL;
	return xasprintf("%.*s%s%s", (int)(at - pattern), pattern, user, at + 2);
}

bool session_any(const char *pattern)
{
	const char *at = pattern ? strstr(pattern, "%s") : NULL;
	const char *slash = at ? memrchr(pattern, '/', (size_t)(at - pattern)) : NULL;
	cleanup_free char *folder = NULL;
	const struct dirent *e;
	bool found = false;
	DIR *dir;

	if (!slash)
		return at != NULL; /* nobody's usual place: not worth a look */
	folder = xstrndup(pattern, (size_t)(slash - pattern));
	dir = opendir(*folder ? folder : "/");
	while (dir && !found && (e = readdir(dir)))
		found = strncmp(e->d_name, slash + 1, (size_t)(at - slash - 1)) == 0 &&
			e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return found;
}

/* What a service's configuration asks for and such a server does not know of. */
static bool is_special(const struct service_config *config)
{
	return config->skip_descriptor || config->end_on_client || config->end_on_service;
}

static int hand_over(int fd, const struct agent_call *c, const char *command)
{
	const uint32_t len = (uint32_t)strlen(command) + 1;
	const uint32_t type = c->just_exec ? QREXEC_JUST_EXEC : QREXEC_EXEC_CMDLINE;
	const uint32_t head[] = {type, c->domain, c->port, len};
	cleanup_buf struct buf request = BUF_INIT;

	buf_add_mem(&request, head, sizeof(head));
	buf_add_mem(&request, command, len);
	return fd_write_all(fd, request.data, request.len);
}

bool session_serve(const struct agent_call *c, const struct command *command)
{
	const char *configs = getenv("QUBES_RPC_CONFIG_PATH");
	cleanup_service_config struct service_config config = {0};
	cleanup_free char *path = NULL;
	const char *user = command->user;
	cleanup_close int fd = -1;

	if (!c->session_pattern || command->nogui)
		return false;
	if (!command->shell &&
	    service_config_find(command, configs ? configs : SERVICE_CONFIG_DEFAULT,
				&config))
		return false;
	if (config.force_user)
		user = config.force_user;
	path = is_special(&config) ? NULL : place(c->session_pattern, user);
	fd = path ? unix_connect(path) : -1;
	if (fd < 0 || hand_over(fd, c, strchr(c->command, ':') + 1) < 0)
		return false;
	call_wait(fd);
	return true;
}

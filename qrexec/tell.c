/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/tell.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/uuid.h"
#include "qrexec/ask_int.h"

enum { LISTENERS_MAX = 16 };

char *tell_dir(const char *prompters)
{
	const char *slash = strrchr(prompters, '/');

	return xasprintf("%.*s/events", slash ? (int)(slash - prompters) : 1,
			 slash ? prompters : ".");
}

static int tell_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

static bool is_socket(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > strlen(ASK_SUFFIX) &&
	       strcmp(name + len - strlen(ASK_SUFFIX), ASK_SUFFIX) == 0;
}

/* A socket's name is used once: one that refuses has no owner any more. */
static void tell_one(int fd, const char *dir, const char *name, const struct buf *line)
{
	struct sockaddr_un at;

	if (ask_address(dir, name, &at) == 0 &&
	    sendto(fd, line->data, line->len, MSG_DONTWAIT | MSG_NOSIGNAL,
		   (struct sockaddr *)&at, sizeof(at)) < 0 &&
	    errno == ECONNREFUSED)
		(void)unlink(at.sun_path);
}

void tell_all(const char *dir, const struct buf *line)
{
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *listeners = dir_fd < 0 ? NULL : fdopendir(dir_fd);
	cleanup_close int fd = -1;
	struct dirent *entry;
	int n = 0;

	if (!listeners) {
		cleanup_close_at(&dir_fd); /* nobody ever listened */
		return;
	}
	if (ask_dir_check(dir_fd) == 0 && line->len <= TELL_LINE_MAX)
		fd = tell_socket();
	while (fd >= 0 && n < LISTENERS_MAX && (entry = readdir(listeners)))
		if (is_socket(entry->d_name)) {
			tell_one(fd, dir, entry->d_name, line);
			n++;
		}
	closedir(listeners);
}

int tell_listen(const char *dir, char **ret_path)
{
	cleanup_free char *name = NULL;
	cleanup_close int fd = tell_socket();
	struct sockaddr_un at;
	char id[UUID_TEXT];
	struct uuid uuid;
	int r = fd < 0 ? fd : uuid_random(&uuid);

	if (r == 0)
		r = ask_dir_ready(dir);
	if (r < 0)
		return r;
	uuid_format(&uuid, id);
	name = xasprintf("%d-%.8s" ASK_SUFFIX, (int)getpid(), id);
	r = ask_address(dir, name, &at);
	if (r < 0)
		return r;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	*ret_path = xstrdup(at.sun_path);
	return steal_fd(&fd);
}

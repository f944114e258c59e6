/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets and lines of both sides; nothing in here waits. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/socket.h"
#include "qrexec/ask_int.h"

int ask_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

int ask_address(const char *dir, const char *name, struct sockaddr_un *ret)
{
	cleanup_free char *path = xasprintf("%s/%s", dir, name);

	return unix_address(path, ret);
}

int ask_dir_check(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid != geteuid() || st.st_mode & 077 ? -EPERM : 0;
}

int ask_dir_ready(const char *dir)
{
	int r = dir_make(dir, 0700);
	cleanup_close int fd = -1;

	if (r < 0)
		return r;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : ask_dir_check(fd);
}

bool ask_peer_ok(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static int line_find(const struct buf *in, size_t limit, size_t *ret_len)
{
	const char *end = in->len ? memchr(in->data, '\n', in->len) : NULL;

	*ret_len = end ? (size_t)(end - in->data) : in->len;
	if (*ret_len > limit)
		return -EPROTO;
	return end ? 1 : 0;
}

int ask_line_read(int fd, size_t limit, struct buf *in, size_t *ret_len)
{
	char chunk[16384];

	for (;;) {
		int r = line_find(in, limit, ret_len);
		ssize_t n;

		if (r)
			return r;
		n = recv(fd, chunk, sizeof(chunk), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return -EPIPE;
		buf_add_mem(in, chunk, (size_t)n);
	}
}

void ask_line_drop(struct buf *in, size_t len)
{
	in->len -= len + 1;
	memmove(in->data, in->data + len + 1, in->len);
	in->data[in->len] = '\0';
}

int ask_send(int fd, const struct buf *out, size_t *sent)
{
	while (*sent < out->len) {
		ssize_t n = send(fd, out->data + *sent, out->len - *sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		*sent += (size_t)n;
	}
	return 1;
}

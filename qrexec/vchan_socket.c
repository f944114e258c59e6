/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The channel as a Unix stream socket DIR/vchan.SERVER.CLIENT.PORT.sock. */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/socket.h"
#include "qrexec/vchan.h"

enum { RETRY_FIRST_MS = 1, RETRY_LAST_MS = 20 };

struct vchan_sock {
	struct vchan v;
	int listener; /* -1 once somebody has connected */
	int fd;
	size_t ring;
	struct buf early; /* written before anybody has connected */
};

static struct vchan_sock *of(struct vchan *v)
{
	return (struct vchan_sock *)v;
}

static char *socket_path(const struct vchan_site *site, uint32_t server, uint32_t client,
			 uint32_t port)
{
	return xasprintf("%s/vchan.%u.%u.%u.sock", site->dir, server, client, port);
}

static struct vchan *made(int listener, int fd, size_t ring)
{
	struct vchan_sock *s = xcalloc(1, sizeof(*s));

	s->v.ops = &vchan_socket;
	s->listener = listener;
	s->fd = fd;
	s->ring = ring;
	return &s->v;
}

static int sock_share(const struct vchan_site *site unused, const struct vchan_at *at,
		      struct vchan **ret)
{
	*ret = made(-1, -1, at->ring);
	return 0;
}

static int sock_publish(struct vchan *v, const struct vchan_site *site,
			const struct vchan_at *at)
{
	cleanup_free char *path = socket_path(site, site->domid, at->domid, at->port);
	int fd = unix_listen(path, 0755, 1);

	if (fd >= 0)
		of(v)->listener = fd;
	return fd < 0 ? fd : 0;
}

static int connect_once(const char *path, size_t ring, struct vchan **ret)
{
	int fd = unix_connect(path);

	if (fd == -ENOENT || fd == -ECONNREFUSED || fd == -EINTR)
		return -EAGAIN;
	if (fd < 0)
		return fd;
	*ret = made(-1, fd, ring);
	return 0;
}

static int sock_client(const struct vchan_site *site, const struct vchan_at *at,
		       uint64_t deadline, int cancel, struct vchan **ret)
{
	cleanup_free char *path = socket_path(site, at->domid, site->domid, at->port);
	int pause = RETRY_FIRST_MS;

	for (;;) {
		struct pollfd p = {.fd = cancel, .events = POLLIN};
		int r = connect_once(path, at->ring, ret);

		if (r != -EAGAIN)
			return r;
		if (deadline && clock_ms() >= deadline)
			return -ETIMEDOUT;
		if (poll(&p, 1, clock_left(deadline, pause)) > 0)
			return -ECANCELED;
		pause = pause * 2 < RETRY_LAST_MS ? pause * 2 : RETRY_LAST_MS;
	}
}

static int sock_fd(struct vchan *v)
{
	return of(v)->listener >= 0 ? of(v)->listener : of(v)->fd;
}

static short sock_events(struct vchan *v, bool want_read, bool want_write)
{
	if (of(v)->listener >= 0)
		return POLLIN;
	return (short)((want_read ? POLLIN : 0) | (want_write ? POLLOUT : 0));
}

/* Non-blocking in every case: the flag of the socket may be shared with a child. */
static ssize_t push(struct vchan_sock *s, const void *data, size_t len)
{
	ssize_t n = send(s->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n < 0 ? -EPIPE : n;
}

static int flush_early(struct vchan_sock *s)
{
	size_t done = 0;

	while (done < s->early.len) {
		ssize_t n = push(s, s->early.data + done, s->early.len - done);

		/* A fresh socket holds more than a ring: a short write is a broken one. */
		if (n <= 0)
			return -EPIPE;
		done += (size_t)n;
	}
	buf_dispose(&s->early);
	return 0;
}

static int sock_ready(struct vchan *v)
{
	struct vchan_sock *s = of(v);

	if (s->listener < 0)
		return 0;
	s->fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
	if (s->fd < 0)
		return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED
			       ? 0
			       : -errno;
	cleanup_close_at(&s->listener);
	return flush_early(s);
}

static ssize_t sock_read(struct vchan *v, void *data, size_t len)
{
	ssize_t n;

	if (of(v)->fd < 0)
		return 0;
	n = recv(of(v)->fd, data, len, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n <= 0 ? -EPIPE : n;
}

static ssize_t sock_write(struct vchan *v, const void *data, size_t len)
{
	struct vchan_sock *s = of(v);

	if (s->fd >= 0)
		return push(s, data, len);
	if (len > s->ring - s->early.len)
		len = s->ring - s->early.len;
	if (len)
		buf_add_mem(&s->early, data, len);
	return (ssize_t)len;
}

static bool sock_has_room(struct vchan *v, size_t len)
{
	return of(v)->fd >= 0 || len <= of(v)->ring - of(v)->early.len;
}

static enum vchan_state sock_state(struct vchan *v)
{
	struct pollfd p = {.fd = of(v)->fd};

	if (of(v)->listener >= 0)
		return VCHAN_WAITING;
	return poll(&p, 1, 0) > 0 ? VCHAN_CLOSED : VCHAN_OPEN;
}

static bool sock_peer_lives(struct vchan *v)
{
	(void)v;
	return true; /* the kernel tells of every end */
}

static void sock_close(struct vchan *v)
{
	cleanup_close_at(&of(v)->listener);
	cleanup_close_at(&of(v)->fd);
	buf_dispose(&of(v)->early);
	free(v);
}

const struct vchan_ops vchan_socket = {
	.name = "socket",
	.share = sock_share,
	.publish = sock_publish,
	.client = sock_client,
	.fd = sock_fd,
	.events = sock_events,
	.ready = sock_ready,
	.read = sock_read,
	.write = sock_write,
	.has_room = sock_has_room,
	.state = sock_state,
	.peer_lives = sock_peer_lives,
	.close = sock_close,
};

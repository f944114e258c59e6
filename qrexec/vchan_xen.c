/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The channel by libxenvchan; its address is a node in xenstore, made by the server. */
#include <libxenvchan.h>
#include <xenstore.h> /* before ours: it uses a word that lib/macro.h defines */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "qrexec/vchan.h"

/*
 * A watch would save the reads, but libxenstore's need a thread, which a static program
 * cannot start on the small stack that the library gives it.
 */
enum { ADDRESS_MAX = 64, RETRY_FIRST_MS = 1, RETRY_LAST_MS = 400 };

struct vchan_ring {
	struct vchan v;
	struct libxenvchan *ctrl;
	uint32_t domid;		/* the other side */
	char path[ADDRESS_MAX]; /* server: to be removed once connected; "" afterwards */
};

static struct vchan_ring *of(struct vchan *v)
{
	return (struct vchan_ring *)v;
}

static void store_close_at(struct xs_handle **xs)
{
	if (*xs)
		xs_close(*xs);
}

#define cleanup_store cleanup(store_close_at)

static struct vchan *made(struct libxenvchan *ctrl, uint32_t domid)
{
	struct vchan_ring *x = xcalloc(1, sizeof(*x));

	ctrl->blocking = 0;
	x->v.ops = &vchan_xen;
	x->ctrl = ctrl;
	x->domid = domid;
	return &x->v;
}

static int xen_server(const struct vchan_site *site, const struct vchan_at *at,
		      struct vchan **ret)
{
	char path[ADDRESS_MAX];
	struct libxenvchan *ctrl;

	(void)site;
	snprintf(path, sizeof(path), "data/vchan/%u/%u", at->domid, at->port);
	ctrl = libxenvchan_server_init(NULL, (int)at->domid, path, at->ring, at->ring);
	if (!ctrl)
		return errno ? -errno : -EIO;
	*ret = made(ctrl, at->domid);
	memcpy(of(*ret)->path, path, sizeof(path));
	return 0;
}

static int own_domid(struct xs_handle *xs, uint32_t *ret)
{
	unsigned len;
	cleanup_free char *text = xs_read(xs, XBT_NULL, "domid", &len);
	long long number;

	if (!text || num_parse(text, 0, 32751, &number) < 0)
		return -ENXIO;
	*ret = (uint32_t)number;
	return 0;
}

static bool node_there(struct xs_handle *xs, const char *path)
{
	unsigned len;
	cleanup_free char *text = xs_read(xs, XBT_NULL, path, &len);

	return text != NULL;
}

static int xen_client(const struct vchan_site *site, const struct vchan_at *at,
		      uint64_t deadline, int cancel, struct vchan **ret)
{
	char path[2 * ADDRESS_MAX], leaf[3 * ADDRESS_MAX];
	cleanup_store struct xs_handle *xs = xs_open(0);
	int pause = RETRY_FIRST_MS;
	uint32_t self;

	(void)site;
	if (!xs)
		return errno ? -errno : -EIO;
	if (own_domid(xs, &self) < 0)
		return -ENXIO;
	snprintf(path, sizeof(path), "/local/domain/%u/data/vchan/%u/%u", at->domid, self,
		 at->port);
	snprintf(leaf, sizeof(leaf), "%s/event-channel", path);
	for (;;) {
		struct pollfd p = {.fd = cancel, .events = POLLIN};
		struct libxenvchan *ctrl = NULL;

		/* There and useless is what a dead server has left; it gets replaced. */
		if (node_there(xs, leaf))
			ctrl = libxenvchan_client_init(NULL, (int)at->domid, path);
		if (ctrl) {
			*ret = made(ctrl, at->domid);
			return 0;
		}
		if (deadline && clock_ms() >= deadline)
			return -ETIMEDOUT;
		if (poll(&p, 1, clock_left(deadline, pause)) > 0)
			return -ECANCELED;
		if (self == 0 && !xs_is_domain_introduced(xs, at->domid))
			return -ENXIO;
		pause = pause * 2 < RETRY_LAST_MS ? pause * 2 : RETRY_LAST_MS;
	}
}

static int xen_fd(struct vchan *v)
{
	return libxenvchan_fd_for_select(of(v)->ctrl);
}

static short xen_events(struct vchan *v, bool want_read, bool want_write)
{
	(void)v;
	(void)want_read;
	(void)want_write;
	return POLLIN; /* one event for all, and taking it clears it */
}

/* A later server for the same address must not meet our node; nor a later client. */
static void address_remove(struct vchan_ring *x)
{
	cleanup_store struct xs_handle *xs = xs_open(0);

	if (xs)
		(void)xs_rm(xs, XBT_NULL, x->path); /* the next server writes over it */
	x->path[0] = '\0';
	/* Nor may closing remove what by then is that of another call on this port. */
	free(x->ctrl->xs_path);
	x->ctrl->xs_path = NULL;
}

static void address_check(struct vchan_ring *x)
{
	if (x->path[0] && libxenvchan_is_open(x->ctrl) == 1)
		address_remove(x);
}

static int xen_ready(struct vchan *v)
{
	struct vchan_ring *x = of(v);

	if (libxenvchan_wait(x->ctrl) < 0)
		return -EIO;
	address_check(x);
	return 0;
}

/*
 * The library answers an impossible distance of the indices with "nothing there" for ever.
 * Each index of the other side is read once here; the library bounds its own reading.
 */
static bool ring_broken(const struct libxenvchan_ring *ring)
{
	const volatile struct ring_shared *shared = ring->shr;
	uint32_t used = shared->prod - shared->cons;

	return used > (uint32_t)1 << ring->order;
}

static ssize_t xen_read(struct vchan *v, void *data, size_t len)
{
	struct vchan_ring *x = of(v);
	int n;

	if (ring_broken(&x->ctrl->read))
		return -EPROTO;
	n = libxenvchan_read(x->ctrl, data, len);
	if (n > 0)
		address_check(x); /* the event may have come before the client was in */
	return n < 0 ? -EPIPE : n;
}

static ssize_t xen_write(struct vchan *v, const void *data, size_t len)
{
	struct vchan_ring *x = of(v);
	int n;

	if (ring_broken(&x->ctrl->write))
		return -EPROTO;
	n = libxenvchan_write(x->ctrl, data, len);
	return n < 0 ? -EPIPE : n;
}

static size_t xen_data_ready(struct vchan *v)
{
	int n = libxenvchan_data_ready(of(v)->ctrl);

	return n > 0 ? (size_t)n : 0;
}

static size_t xen_buffer_space(struct vchan *v)
{
	int n = libxenvchan_buffer_space(of(v)->ctrl);

	return n > 0 ? (size_t)n : 0;
}

static enum vchan_state xen_state(struct vchan *v)
{
	switch (libxenvchan_is_open(of(v)->ctrl)) {
	case 1:
		return VCHAN_OPEN;
	case 2:
		return VCHAN_WAITING;
	default:
		return VCHAN_CLOSED;
	}
}

static bool xen_peer_lives(struct vchan *v)
{
	cleanup_store struct xs_handle *xs = NULL;

	if (of(v)->domid == 0)
		return true;
	xs = xs_open(0);
	/* dom0 always is: who is told otherwise may not ask, and does not know. */
	return !xs || !xs_is_domain_introduced(xs, 0) ||
	       xs_is_domain_introduced(xs, of(v)->domid);
}

static void xen_close(struct vchan *v)
{
	libxenvchan_close(of(v)->ctrl);
	free(v);
}

const struct vchan_ops vchan_xen = {
	.name = "xen",
	.server = xen_server,
	.client = xen_client,
	.fd = xen_fd,
	.events = xen_events,
	.ready = xen_ready,
	.read = xen_read,
	.write = xen_write,
	.data_ready = xen_data_ready,
	.buffer_space = xen_buffer_space,
	.state = xen_state,
	.peer_lives = xen_peer_lives,
	.close = xen_close,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The channel by libxenvchan; its address is a node in xenstore, made by the server. */
#include "qrexec/vchan_ring.h" /* before the rest: see lib/macro.h for the word cleanup */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "qrexec/vchan.h"

enum { ADDRESS_MAX = 64 };

struct vchan_ring {
	struct vchan v;
	struct libxenvchan *ctrl;
	uint32_t domid;		      /* the other side */
	bool takes;		      /* client: as the server said */
	struct vchan_address address; /* server: to be published */
	struct xstore store; /* server: open as long as the address is to be withdrawn */
	char path[ADDRESS_MAX]; /* of the address; "" once it is */
};

static struct vchan_ring *of(struct vchan *v)
{
	return (struct vchan_ring *)v;
}

static struct vchan *made(struct libxenvchan *ctrl, uint32_t domid)
{
	struct vchan_ring *x = xcalloc(1, sizeof(*x));

	ctrl->blocking = 0;
	x->v.ops = &vchan_xen;
	x->ctrl = ctrl;
	x->domid = domid;
	x->store = XSTORE_INIT;
	return &x->v;
}

static int xen_self(uint32_t *ret)
{
	cleanup(xstore_close) struct xstore s = XSTORE_INIT;
	int r = xstore_open(&s);

	return r < 0 ? r : xstore_self(&s, ret);
}

static int xen_share(const struct vchan_site *site unused, const struct vchan_at *at,
		     struct vchan **ret)
{
	struct libxenvchan *ctrl = NULL;
	struct vchan_address address;
	int r = ring_share(at->domid, at->ring, &address, &ctrl);

	if (r < 0)
		return r;
	*ret = made(ctrl, at->domid);
	of(*ret)->address = address;
	return 0;
}

static int xen_publish(struct vchan *v, const struct vchan_site *site,
		       const struct vchan_at *at)
{
	cleanup(xstore_close) struct xstore s = XSTORE_INIT;
	char path[ADDRESS_MAX];
	int r = xstore_open(&s);

	snprintf(path, sizeof(path), "data/vchan/%u/%u", at->domid, at->port);
	if (r == 0)
		r = xstore_publish(&s, path, site->domid, at->domid, &of(v)->address,
				   at->takes);
	if (r < 0)
		return r;
	memcpy(of(v)->path, path, sizeof(path));
	of(v)->store = s;
	s = XSTORE_INIT;
	return 0;
}

static bool xen_told(struct vchan *v, struct vchan_address *ret)
{
	*ret = of(v)->address;
	return true;
}

static bool xen_takes(struct vchan *v)
{
	return of(v)->takes;
}

/* There and useless is what a dead server has left: it is waited for the next. */
static int connect_once(struct xstore *s, const struct vchan_at *at, const char *path,
			struct vchan **ret)
{
	struct libxenvchan *ctrl = NULL;
	struct vchan_address address;
	int r = xstore_find(s, path, &address);
	bool takes;

	if (r < 0)
		return r == -ENOENT || r == -EPROTO ? -EAGAIN : r;
	takes = at->takes && xstore_takes(s, path); /* once we are in it is withdrawn */
	if (ring_map(at->domid, &address, false, &ctrl) < 0)
		return -EAGAIN;
	*ret = made(ctrl, at->domid);
	of(*ret)->takes = takes;
	return 0;
}

static int connect_told(const struct vchan_at *at, struct vchan **ret)
{
	struct libxenvchan *ctrl = NULL;
	int r = ring_map(at->domid, &at->told, true, &ctrl);

	if (r == 0)
		*ret = made(ctrl, at->domid);
	return r;
}

static int find_client(const struct vchan_site *site, const struct vchan_at *at,
		       uint64_t deadline, int cancel, struct vchan **ret)
{
	cleanup(xstore_close) struct xstore s = XSTORE_INIT;
	bool dom0 = site->domid == 0;
	bool watching = false;
	char path[ADDRESS_MAX];
	int r = xstore_open(&s);

	snprintf(path, sizeof(path), "/local/domain/%u/data/vchan/%u/%u", at->domid,
		 site->domid, at->port);
	while (r == 0) {
		r = connect_once(&s, at, path, ret);
		if (r != -EAGAIN)
			return r;
		if (dom0 && !xstore_lives(&s, at->domid))
			return -ENXIO;
		/* A fresh watch fires at once: so nothing is missed in between. */
		r = watching ? 0 : xstore_watch(&s, path, dom0);
		watching = true;
		if (r == 0)
			r = xstore_wait(&s, deadline, cancel);
	}
	return r;
}

static int xen_client(const struct vchan_site *site, const struct vchan_at *at,
		      uint64_t deadline, int cancel, struct vchan **ret)
{
	return at->told.port ? connect_told(at, ret)
			     : find_client(site, at, deadline, cancel, ret);
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

/*
 * A later server for the same address must not meet our node; nor a later client. Nor may
 * closing remove what by then is that of another call on this port.
 */
static void address_check(struct vchan_ring *x)
{
	if (!x->path[0] || libxenvchan_is_open(x->ctrl) == LIVE_AWAITED)
		return;
	xstore_withdraw(&x->store, x->path);
	x->path[0] = '\0';
}

static uint32_t ring_size(const struct libxenvchan_ring *ring)
{
	return (uint32_t)1 << ring->order;
}

/* What the other side says of it, each index read once; may be more than there can be. */
static uint32_t ring_used(const struct libxenvchan_ring *ring)
{
	const volatile struct ring_shared *shared = ring->shr;

	return shared->prod - shared->cons;
}

/*
 * The library answers an impossible distance of the indices with "nothing there" for ever;
 * it bounds its own reading.
 */
static bool ring_broken(const struct libxenvchan_ring *ring)
{
	return ring_used(ring) > ring_size(ring);
}

static int xen_ready(struct vchan *v)
{
	struct vchan_ring *x = of(v);

	if (libxenvchan_wait(x->ctrl) < 0)
		return -EIO;
	/* Both: who waits for room in a broken ring would wait for ever. */
	if (ring_broken(&x->ctrl->read) || ring_broken(&x->ctrl->write))
		return -EPROTO;
	address_check(x);
	return 0;
}

static enum vchan_state xen_state(struct vchan *v)
{
	switch (libxenvchan_is_open(of(v)->ctrl)) {
	case LIVE_HERE:
		return VCHAN_OPEN;
	case LIVE_AWAITED:
		return VCHAN_WAITING;
	default:
		return VCHAN_CLOSED;
	}
}

static ssize_t xen_read(struct vchan *v, void *data, size_t len)
{
	struct vchan_ring *x = of(v);
	int n;

	if (ring_broken(&x->ctrl->read))
		return -EPROTO;
	n = libxenvchan_read(x->ctrl, data, len);
	/*
	 * The library takes any state but 0 for open. And what was written and closed since
	 * it has looked for data is there all the same.
	 */
	if (n <= 0 && xen_state(v) == VCHAN_CLOSED) {
		n = libxenvchan_read(x->ctrl, data, len);
		n = n > 0 ? n : -1;
	}
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

/* The library asks for a signal whenever it tells the room: one for each message, then. */
static bool xen_has_room(struct vchan *v, size_t len)
{
	const struct libxenvchan_ring *ring = &of(v)->ctrl->write;
	uint32_t used = ring_used(ring), size = ring_size(ring);
	int n;

	if (used <= size && len <= size - used)
		return true;
	n = libxenvchan_buffer_space(of(v)->ctrl);
	return n > 0 && len <= (size_t)n;
}

static bool xen_peer_lives(struct vchan *v)
{
	cleanup(xstore_close) struct xstore s = XSTORE_INIT;

	/* dom0 always is: who is told otherwise may not ask, and does not know. */
	return of(v)->domid == 0 || xstore_open(&s) < 0 || !xstore_lives(&s, 0) ||
	       xstore_lives(&s, of(v)->domid);
}

static void xen_close(struct vchan *v)
{
	struct vchan_ring *x = of(v);

	if (x->path[0])
		xstore_withdraw(&x->store, x->path);
	libxenvchan_close(x->ctrl);
	xstore_close(&x->store);
	free(v);
}

const struct vchan_ops vchan_xen = {
	.name = "xen",
	.self = xen_self,
	.share = xen_share,
	.publish = xen_publish,
	.told = xen_told,
	.takes = xen_takes,
	.client = xen_client,
	.fd = xen_fd,
	.events = xen_events,
	.ready = xen_ready,
	.read = xen_read,
	.write = xen_write,
	.has_room = xen_has_room,
	.state = xen_state,
	.peer_lives = xen_peer_lives,
	.close = xen_close,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/vchan_ring.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <xen/sys/gntdev.h>

#include "lib/alloc.h"

enum { PAGE_ORDER = 12, ORDER_MIN = 10, ORDER_MAX = 20 };

/* The mark of a page is behind all that libxenvchan has there: see struct vchan_interface. */
static volatile uint32_t *mark_of(struct vchan_interface *page)
{
	return (volatile uint32_t *)((char *)page + (1 << PAGE_ORDER)) - 1;
}

static void ring_close_at(struct libxenvchan **c)
{
	libxenvchan_close(*c);
}

#define cleanup_ring cleanup(ring_close_at)

static int failed(void)
{
	return errno ? -errno : -EIO;
}

static size_t pages(int order)
{
	return order < PAGE_ORDER ? 0 : (size_t)1 << (order - PAGE_ORDER);
}

static int share_ring(struct libxenvchan *c, uint32_t domid, int order,
		      struct libxenvchan_ring *r, uint32_t *refs)
{
	r->buffer = xengntshr_share_pages(c->gntshr, domid, (int)pages(order), refs, 1);
	if (!r->buffer)
		return failed();
	r->order = order; /* from now on it is unmapped when C is closed */
	return 0;
}

static int share_all(struct libxenvchan *c, uint32_t domid, int order,
		     struct vchan_address *at)
{
	int r;

	if (getrandom(&at->mark, sizeof(at->mark), 0) != sizeof(at->mark))
		return failed();
	c->gntshr = xengntshr_open(NULL, 0);
	if (!c->gntshr)
		return failed();
	c->ring = xengntshr_share_page_notify(c->gntshr, domid, &at->ring_ref, 1,
					      offsetof(struct vchan_interface, srv_live),
					      c->event_port);
	if (!c->ring)
		return failed();
	*mark_of(c->ring) = at->mark;
	c->read.shr = &c->ring->left;
	c->write.shr = &c->ring->right;
	r = share_ring(c, domid, order, &c->read, c->ring->grants);
	if (r == 0)
		r = share_ring(c, domid, order, &c->write,
			       c->ring->grants + pages(order));
	if (r < 0)
		return r;
	c->ring->left_order = c->ring->right_order = (uint16_t)order;
	c->ring->cli_live = LIVE_AWAITED;
	c->ring->srv_live = LIVE_HERE;
	c->ring->cli_notify = VCHAN_NOTIFY_WRITE;
	return 0;
}

/* PEER_PORT: the server's, 0 to be one. */
static int event_open(struct libxenvchan *c, uint32_t domid, uint32_t peer_port)
{
	int port = -1;

	c->event = xenevtchn_open(NULL, 0);
	if (!c->event)
		return failed();
	if (peer_port)
		port = xenevtchn_bind_interdomain(c->event, domid, peer_port);
	else
		port = xenevtchn_bind_unbound_port(c->event, domid);
	if (port < 0)
		return failed();
	c->event_port = (uint32_t)port;
	return xenevtchn_unmask(c->event, c->event_port) < 0 ? failed() : 0;
}

int ring_share(uint32_t domid, size_t size, struct vchan_address *ret_at,
	       struct libxenvchan **ret)
{
	cleanup_ring struct libxenvchan *c = xcalloc(1, sizeof(*c));
	struct vchan_address at = {0};
	int order = PAGE_ORDER;
	int r;

	while (order < ORDER_MAX && (size_t)1 << order < size)
		order++;
	c->is_server = 1;
	errno = 0;
	r = event_open(c, domid, 0);
	if (r == 0)
		r = share_all(c, domid, order, &at);
	if (r < 0)
		return r;
	at.port = c->event_port;
	*ret_at = at;
	*ret = steal(c);
	return 0;
}

/* Small rings lie in the control page, at an offset that is their size. */
static int map_ring(struct libxenvchan *c, uint32_t domid, int order,
		    struct libxenvchan_ring *r, const uint32_t *untrusted_refs)
{
	uint32_t refs[1 << (ORDER_MAX - PAGE_ORDER)];

	if (!pages(order)) {
		r->buffer = (char *)c->ring + (1 << order);
		r->order = order;
		return 0;
	}
	for (size_t i = 0; i < pages(order); i++)
		refs[i] = untrusted_refs[i];
	r->buffer = xengnttab_map_domain_grant_refs(c->gnttab, (uint32_t)pages(order),
						    domid, refs, PROT_READ | PROT_WRITE);
	if (!r->buffer)
		return failed();
	r->order = order;
	return 0;
}

static bool order_ok(int order)
{
	return order >= ORDER_MIN && order <= ORDER_MAX;
}

/*
 * When this process ends, however it does, the other side is told. libxengnttab can only ask for
 * that as it maps, but before the page has been looked at that would be too early.
 */
static int notify_at_end(struct libxenvchan *c)
{
	struct ioctl_gntdev_get_offset_for_vaddr page = {.vaddr = (uintptr_t)c->ring};
	struct ioctl_gntdev_unmap_notify notify = {
		.action = UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT,
		.event_channel_port = c->event_port,
	};
	int fd = xengnttab_fd(c->gnttab);

	if (ioctl(fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &page) < 0)
		return failed();
	notify.index = page.offset + offsetof(struct vchan_interface, cli_live);
	return ioctl(fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &notify) < 0 ? failed() : 0;
}

static int map_page(struct libxenvchan *c, uint32_t domid, uint32_t ref)
{
	c->gnttab = xengnttab_open(NULL, 0);
	if (!c->gnttab)
		return failed();
	c->ring = xengnttab_map_grant_ref(c->gnttab, domid, ref, PROT_READ | PROT_WRITE);
	return c->ring ? 0 : failed();
}

/* The library writes into the page when it closes: somebody else may be in there. */
static int leave_page(struct libxenvchan *c, int error)
{
	if (c->ring)
		xengnttab_unmap(c->gnttab, c->ring, 1);
	c->ring = NULL;
	return error;
}

static int map_rings(struct libxenvchan *c, uint32_t domid)
{
	volatile const struct vchan_interface *untrusted = c->ring;
	int left, right;
	int r;

	/* Once: the other side may change them at any time. */
	left = untrusted->left_order;
	right = untrusted->right_order;
	if (!order_ok(left) || !order_ok(right) || (left == right && !pages(left)))
		return -EPROTO;
	c->write.shr = &c->ring->left;
	c->read.shr = &c->ring->right;
	r = map_ring(c, domid, left, &c->write, c->ring->grants);
	return r < 0 ? r
		     : map_ring(c, domid, right, &c->read, c->ring->grants + pages(left));
}

int ring_map(uint32_t domid, const struct vchan_address *at, bool told,
	     struct libxenvchan **ret)
{
	cleanup_ring struct libxenvchan *c = xcalloc(1, sizeof(*c));
	int r;

	errno = 0;
	r = at->port ? map_page(c, domid, at->ring_ref) : -EPROTO;
	if (r == 0 && told && *mark_of(c->ring) != at->mark)
		r = -ESTALE;
	if (r == 0)
		r = event_open(c, domid, at->port);
	if (r == 0)
		r = notify_at_end(c);
	if (r < 0)
		return leave_page(c, r);
	r = map_rings(c, domid);
	if (r < 0)
		return r;
	c->ring->cli_live = LIVE_HERE;
	c->ring->srv_notify = VCHAN_NOTIFY_WRITE;
	/* Awake, server: you have a client. */
	if (!told && xenevtchn_notify(c->event, c->event_port) < 0)
		return failed();
	*ret = steal(c);
	return 0;
}

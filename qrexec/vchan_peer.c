/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the other domain still there? Xen tells by a watch; a machine without it does not. */
#include <errno.h>
#include <stdio.h>

#include "lib/alloc.h"
#include "qrexec/vchan.h"
#include "qrexec/vchan_store.h"

struct vchan_peer {
	struct xstore store;
	uint32_t domid;
};

int vchan_peer_open(const struct vchan_site *site, uint32_t domid,
		    struct vchan_peer **ret)
{
	struct vchan_peer *p = xcalloc(1, sizeof(*p));
	int r = 0;

	*p = (struct vchan_peer){.store = XSTORE_INIT, .domid = domid};
	if (site->ops == &vchan_xen)
		r = xstore_open(&p->store);
	if (r == 0 && p->store.fd >= 0)
		r = xstore_watch(&p->store, NULL, true);
	if (r == 0)
		*ret = p;
	else
		vchan_peer_close(p);
	return r;
}

int vchan_peer_fd(const struct vchan_peer *p)
{
	return p->store.fd;
}

bool vchan_peer_gone(struct vchan_peer *p)
{
	char folder[32];

	if (p->store.fd < 0)
		return false;
	/* One event; that of a fresh watch may have come with an answer. */
	if (xstore_wait(&p->store, clock_ms(), -1) == -EIO)
		return true; /* without xenstored nothing goes on */
	if (xstore_lives(&p->store, p->domid))
		return false;
	snprintf(folder, sizeof(folder), "data/vchan/%u", p->domid);
	xstore_withdraw(&p->store, folder);
	return true;
}

void vchan_peer_close(struct vchan_peer *p)
{
	if (!p)
		return;
	xstore_close(&p->store);
	free(p);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a vchan server on Xen is found: ring-ref and event-channel below a folder of the
 * server's in xenstore. One connection, requests in batches, and a watch instead of asking
 * again and again. (libxenstore's watches need a thread, which a static program cannot start
 * on the small stack that it is given there.)
 *
 *	server: open → publish → once connected: withdraw → close
 *	client: open → find → watch → { wait → find } → close
 */
#ifndef QVM_QREXEC_VCHAN_STORE_H
#define QVM_QREXEC_VCHAN_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/macro.h"
#include "qrexec/vchan_address.h"

struct xstore {
	int fd;	       /* -1: not open */
	int second;    /* another one like it, for a request beside the first; -1: none */
	bool bus;      /* the kernel's device, which takes one request at a time */
	bool fired;    /* a watch; not yet told by xstore_wait */
	bool removing; /* the answer to it is still to come */
	uint32_t last; /* number of the last request */
};

#define XSTORE_INIT ((struct xstore){.fd = -1, .second = -1})

int xstore_open(struct xstore *s) must_check;
void xstore_close(struct xstore *s);

/* The number of this domain. */
int xstore_self(struct xstore *s, uint32_t *ret) must_check;

/* For the domain PEER to read, SELF being us. TAKES: with a mark, see xstore_takes. */
int xstore_publish(struct xstore *s, const char *folder, uint32_t self, uint32_t peer,
		   const struct vchan_address *at, bool takes) must_check;
/* Does who has published there take addresses by message, too? */
bool xstore_takes(struct xstore *s, const char *folder);
/* Takes the folder away; xstore_close makes sure that it is done. */
void xstore_withdraw(struct xstore *s, const char *folder);

/* What is published there now; -ENOENT: nothing, or nothing for us. */
int xstore_find(struct xstore *s, const char *folder, struct vchan_address *ret)
	must_check;
/* Changes of it (NULL: nothing) wake xstore_wait; ENDS: the end of any domain as well. */
int xstore_watch(struct xstore *s, const char *folder, bool ends) must_check;
/*
 * 0: look again; -ETIMEDOUT: the deadline has passed (monotonic ms; 0: none); -ECANCELED:
 * CANCEL is readable or hung up.
 */
int xstore_wait(struct xstore *s, uint64_t deadline, int cancel) must_check;

/* Is this domain there? Who may not ask is told that it is. */
bool xstore_lives(struct xstore *s, uint32_t domid);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A byte channel between two domains, by shared memory (libxenvchan) or, on a machine
 * without Xen, by a Unix socket. Nothing here blocks except vchan_wait and the functions
 * that take a deadline.
 *
 *	server or client → poll { vchan_poll } → ready → read, write → close
 *
 * Before polling, read until 0 (and write until short): only that asks the other side to
 * signal. All returns are 0 or a count, or a negative errno: -EPIPE the channel is closed
 * and nothing is left in it, -EPROTO the other side has broken the ring.
 */
#ifndef QVM_QREXEC_VCHAN_H
#define QVM_QREXEC_VCHAN_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/clock.h"
#include "lib/macro.h"
#include "qrexec/vchan_address.h"

enum vchan_state { VCHAN_CLOSED, VCHAN_OPEN, VCHAN_WAITING };

struct vchan {
	const struct vchan_ops *ops;
};

/* Where the channels of a process are. */
struct vchan_site {
	const struct vchan_ops *ops;
	const char *dir; /* socket: the folder of the sockets */
	uint32_t domid;	 /* our own number */
};

struct vchan_at {
	uint32_t domid; /* the other side */
	uint32_t port;
	size_t ring; /* server: size of each ring */
	bool takes;  /* server: says so to its client; client: asks for vchan_takes */
	struct vchan_address
		told; /* client: where the server is, unless it is published */
};

struct vchan_ops {
	const char *name;
	/* The number of this domain; NULL: what the site says. */
	int (*self)(uint32_t *ret);
	/* As vchan_share and vchan_publish. */
	int (*share)(const struct vchan_site *site, const struct vchan_at *at,
		     struct vchan **ret);
	int (*publish)(struct vchan *v, const struct vchan_site *site,
		       const struct vchan_at *at);
	/* As vchan_told and vchan_takes; NULL: of no channel. */
	bool (*told)(struct vchan *v, struct vchan_address *ret);
	bool (*takes)(struct vchan *v);
	/* As vchan_client. */
	int (*client)(const struct vchan_site *site, const struct vchan_at *at,
		      uint64_t deadline, int cancel, struct vchan **ret);
	int (*fd)(struct vchan *v);
	short (*events)(struct vchan *v, bool want_read, bool want_write);
	int (*ready)(struct vchan *v); /* after poll said so: clears the signal */
	ssize_t (*read)(struct vchan *v, void *data, size_t len);
	ssize_t (*write)(struct vchan *v, const void *data, size_t len);
	/* Can LEN bytes be written at once? Only where not is a signal asked for. */
	bool (*has_room)(struct vchan *v, size_t len);
	enum vchan_state (*state)(struct vchan *v);
	/* Called when nothing has happened for long: is the other domain still there? */
	bool (*peer_lives)(struct vchan *v);
	void (*close)(struct vchan *v);
};

extern const struct vchan_ops vchan_xen;
extern const struct vchan_ops vchan_socket;

/*
 * DIR and DOMID as the environment has them (NULL: not set): both absent means Xen, and
 * dom0; a guest's program then asks vchan_site_self for its own number.
 */
int vchan_site_init(struct vchan_site *site, const char *dir, const char *domid)
	must_check;

int vchan_site_self(struct vchan_site *site) must_check;

/*
 * For root on Xen: sees to it that the kernel can share the rings of as many calls as a daemon
 * allots ports, so far as it can. Once a boot is enough, and more do no harm.
 */
void vchan_make_room(const struct vchan_site *site);

/*
 * A server, in two steps: what costs time may be done before the port is known. After the
 * second it is in state VCHAN_WAITING; it may be written to before. AT is the same twice, but
 * for the port.
 */
int vchan_share(const struct vchan_site *site, const struct vchan_at *at,
		struct vchan **ret) must_check;
int vchan_publish(struct vchan *v, const struct vchan_site *site,
		  const struct vchan_at *at) must_check;

/*
 * The address of a server that is shared, for a client that is told it by a message: then it
 * need not be published. false: channels of this kind have none.
 */
bool vchan_told(struct vchan *v, struct vchan_address *ret) must_check;

/*
 * Of a client that has asked: does its server, as that says itself, understand messages with
 * such addresses?
 */
bool vchan_takes(struct vchan *v) must_check;

/* Both at once. */
int vchan_server(const struct vchan_site *site, const struct vchan_at *at,
		 struct vchan **ret) must_check;

/*
 * Tries until the server is there, the deadline (monotonic ms; 0: none) has passed
 * (-ETIMEDOUT), or CANCEL (a descriptor, or -1) is readable or hung up (-ECANCELED).
 */
int vchan_client(const struct vchan_site *site, const struct vchan_at *at,
		 uint64_t deadline, int cancel, struct vchan **ret) must_check;

/*
 * The other domain, for who serves it as long as it lives: FD is readable (-1: never) when
 * vchan_peer_gone is to be asked. Once it is gone, what was published for it is removed.
 */
struct vchan_peer;
int vchan_peer_open(const struct vchan_site *site, uint32_t domid,
		    struct vchan_peer **ret) must_check;
int vchan_peer_fd(const struct vchan_peer *p) must_check;
bool vchan_peer_gone(struct vchan_peer *p);
void vchan_peer_close(struct vchan_peer *p); /* NULL is fine */

/* What to poll for. The end of the channel wakes in any case: then look at its state. */
struct pollfd vchan_poll(struct vchan *v, bool want_read, bool want_write);

/* Waits until something may have changed, or -ETIMEDOUT. */
int vchan_wait(struct vchan *v, bool want_read, bool want_write, uint64_t deadline)
	must_check;
/* The same for who hears from somebody else, too: 1 when OTHER (-1: none) can be read. */
int vchan_wait_beside(struct vchan *v, bool want_read, bool want_write, int other,
		      uint64_t deadline) must_check;
int vchan_read_all(struct vchan *v, void *data, size_t len, uint64_t deadline) must_check;
int vchan_write_all(struct vchan *v, const void *data, size_t len, uint64_t deadline)
	must_check;

void vchan_close(struct vchan *v); /* NULL is fine */

static inline void vchan_close_at(struct vchan **v)
{
	vchan_close(*v);
}

#define cleanup_vchan cleanup(vchan_close_at)

#endif

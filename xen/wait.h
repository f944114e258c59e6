/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of a wait that xenstore serves: it tells that *some* domain ended. Xenstore
 * may be away (crashed): then the wait goes on with looking every second.
 */
#ifndef QVM_XEN_WAIT_H
#define QVM_XEN_WAIT_H

#include "core/hv.h"
#include "lib/macro.h"

struct xs_handle;

struct wait {
	struct xs_handle *xs; /* NULL: not reached, or lost */
};

/*
 * Sleeps until a domain ended, it is time to look again, a descriptor of EXTRA_FDS is
 * readable (*ret_extra set), or TIMEOUT_MS (-1: none) passed. 0 or a negative errno.
 */
int wait_once(struct wait *w, const int extra_fds[HV_WAIT_FDS], int timeout_ms,
	      int *ret_extra) must_check;
void wait_dispose(struct wait *w);

#endif

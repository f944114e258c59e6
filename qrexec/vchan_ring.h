/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two ends of libxenvchan's shared memory, made and connected without its own way to
 * xenstore (vchan_store.h has a shorter one). Reading, writing and closing are the library's.
 */
#ifndef QVM_QREXEC_VCHAN_RING_H
#define QVM_QREXEC_VCHAN_RING_H

#include <libxenvchan.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/macro.h"
#include "qrexec/vchan_store.h"

/* Of the other side, in the shared page. */
enum { LIVE_GONE, LIVE_HERE, LIVE_AWAITED };

/* Shares rings of SIZE bytes (a power of two, at least a page) with DOMID. */
int ring_share(uint32_t domid, size_t size, struct vchan_address *ret_at,
	       struct libxenvchan **ret) must_check;

/*
 * Connects to those that DOMID shares; whatever it has written there, this is safe. TOLD: AT
 * came by a message. The other side learns of us by what is written first then; and by now all
 * of it may be those of another call, as the numbers of grants and event channels are given out
 * anew: -ESTALE, and they have not been touched.
 */
int ring_map(uint32_t domid, const struct vchan_address *at, bool told,
	     struct libxenvchan **ret) must_check;

#endif

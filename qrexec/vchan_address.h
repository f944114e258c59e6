/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef QVM_QREXEC_VCHAN_ADDRESS_H
#define QVM_QREXEC_VCHAN_ADDRESS_H

#include <stdint.h>

/* Of a server on Xen, for the domain that it shares its rings with. PORT 0: none. */
struct vchan_address {
	uint32_t ring_ref; /* a grant, of the page that names the others */
	uint32_t port;	   /* an event channel */
	uint32_t mark;	   /* in that page, for who is told: numbers are used again */
};

#endif

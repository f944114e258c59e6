/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libxl without a hypervisor: the calls that reach one are replaced here, with the real
 * header, and write what they were asked to a list of words; types and JSON stay libxl's.
 * Linked before -lxenlight.
 */
#ifndef QVM_TESTS_FAKE_LIBXL_FAKE_H
#define QVM_TESTS_FAKE_LIBXL_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

struct libxl_fake {
	struct buf calls; /* "alloc setmode hooks info:7 destroy:7 " */
	int rc_alloc, rc_create, rc_info, rc_act, rc_shutdown, rc_trigger;
	uint32_t domid; /* that create gives; also on failure */
	bool exists;	/* what info finds; create makes it true when it succeeds */
	bool destroy_fails;
	uint8_t uuid[16]; /* of the existing domain */
	const char *says; /* logged by each call that fails */
	const char *console;
	int contexts; /* open ones */
};

extern struct libxl_fake libxl_fake;
void libxl_fake_reset(void);

#endif

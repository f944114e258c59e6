/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the ephemeral store lies, by its location:
 *
 *	"vg/qvm-scratch"	a plain logical volume, all of it
 *	"vg/lv", "/dev/..."	a pool of the driver `thin`: what it keeps free for the store
 *	"/folder/qvm-scratch"	a file; it gets a loop device, which stays until the store goes
 *
 * All that is there is overwritten at the first open of each boot, so nothing is taken
 * that neither has that name nor was divided for it.
 */
#ifndef QVM_STORAGE_STORE_PLACE_H
#define QVM_STORAGE_STORE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "lib/macro.h"
#include "storage/dm.h"

struct store_place {
	uint32_t major, minor;
	sectors start, len;
	bool keep; /* room that is given back here would be lost to the store */
};

int store_place(struct qvm_ctx *ctx, struct dmap *d, const char *location,
		struct store_place *ret, struct qvm_err *err) must_check;

/* When the store's devices are gone: takes the loop device from a file. */
void store_place_end(struct qvm_ctx *ctx, const char *location);

/*
 * The size of a store that is to be made: WANT, or (0) half of SPACE, at most 8 GiB; whole
 * MiB. QVM_E_NO_SPACE when SPACE, that of WHERE ("the group 'vg'"), is too small for it.
 */
int store_size(uint64_t want, uint64_t space, const char *where, uint64_t *ret,
	       struct qvm_err *err) must_check;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store under the ephemeral volumes: three devices of ours in one place.
 *
 *	store-pool   thin-pool
 *	store-meta   linear, the first part of the place
 *	store-data   linear, the rest of it
 *
 * The pool holds one thin volume for each run, and all that is written to it is encrypted
 * with a key of that run (scratch_run.h). So new blocks need not be zeroed: what another
 * run has left in one is noise without its key.
 *
 * Made at the first open of a boot, under the store's lock; after that an open is one
 * ioctl.
 */
#ifndef QVM_STORAGE_SCRATCH_STORE_H
#define QVM_STORAGE_SCRATCH_STORE_H

#include "core/ctx.h"
#include "lib/macro.h"
#include "storage/dm.h"
#include "storage/thin.h"

#define STORE_PREFIX "store-" /* of all devices that are no volumes */
#define STORE_POOL "store-pool"
#define STORE_META "store-meta"
#define STORE_DATA "store-data"

struct store_layout {
	sectors block;
	sectors meta_len;
	sectors data_start, data_len;
};

/* How a place of LEN sectors is divided; -ENOSPC when it is too small. Pure. */
int store_layout(sectors len, struct store_layout *ret) must_check;

/* The lock under which devices of the store come and go; held until FD is closed. */
int store_lock(struct qvm_ctx *ctx, int *ret_fd, struct qvm_err *err) must_check;

/* Finds the store's pool, or makes it at LOCATION (store_place.h). Takes the lock itself. */
int store_open(struct qvm_ctx *ctx, struct dmap *d, const char *location,
	       struct dmap_dev *ret_pool, struct qvm_err *err) must_check;

/*
 * Makes the pool, also in place of one that has failed and which no run uses any more. The
 * caller holds the lock. Where something is in it nothing is changed, and it fails.
 */
int store_make(struct qvm_ctx *ctx, struct dmap *d, const char *location,
	       struct dmap_dev *ret, struct qvm_err *err) must_check;

/* Takes the three devices down; the caller holds the lock. */
int store_stop(struct qvm_ctx *ctx, struct dmap *d, const char *location,
	       struct qvm_err *err) must_check;

#endif

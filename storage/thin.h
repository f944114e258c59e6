/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Thin pools by device-mapper: a pool of our own, its volumes, and what the kernel says of
 * any thin pool's state. Built on dm.h, with its conventions for results.
 *
 * The transaction number that a thin pool keeps is not used: the ephemeral pool is made anew
 * at each boot, and the driver `thin` has a list of its own.
 */
#ifndef QVM_STORAGE_THIN_H
#define QVM_STORAGE_THIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pool.h"
#include "lib/macro.h"
#include "storage/dm.h"

#define THIN_ID_MAX ((1u << 24) - 1)
#define THIN_META_MAX ((sectors)33161216) /* more would not be used by the kernel */

struct thin_status {
	uint64_t transaction;		/* the last that the pool was told of; see LVM */
	uint64_t meta_used, meta_total; /* blocks of the metadata */
	uint64_t data_used, data_total; /* blocks of the pool's block size */
	bool failed;			/* every access ends in an error */
	bool read_only;			/* metadata cannot change: damaged or full */
	bool needs_check;		/* damaged; to be repaired when inactive */
};

/* Sectors of metadata that a pool of DATA sectors in blocks of BLOCK sectors wants. */
sectors thin_meta_len(sectors data, sectors block);

/* Where the kernel's status line is not understood: -EINVAL. */
int thin_status_parse(const char *params, struct thin_status *ret) must_check;
/*
 * Of our own pool NAME, with its length; -EBADMSG with the line in d->text where that is not
 * understood.
 */
int thin_status_own(struct dmap *d, const char *name, struct thin_status *ret,
		    sectors *ret_len) must_check;
int thin_mapped_parse(const char *params, sectors *ret) must_check;

/* The kernel takes no more changes of it, or has failed it. */
bool thin_is_damaged(const struct thin_status *st);

/* LEN: the pool device's length, from which the size of a block follows. */
void thin_usage(const struct thin_status *st, sectors len, struct pool_usage *ret);

/*
 * 0 when a pool may still be filled further; else QVM_E_NO_SPACE with the figures, or
 * QVM_E_STORAGE for a damaged one. WHAT names the pool ("the pool 'vg/pool'"), REMEDY
 * says what would make room in it.
 */
int thin_guard(const struct thin_status *st, sectors len, const char *what,
	       const char *remedy, struct qvm_err *err) must_check;

struct thin_pool_request {
	const char *name;
	const struct dmap_dev *meta; /* its first 4 KiB are zero: a new pool */
	const struct dmap_dev *data;
	sectors len;   /* of data; a multiple of block */
	sectors block; /* 128 to 2097152, a multiple of 128 */
	bool lasting;
	bool keep; /* discards are not passed down */
};

/*
 * One that is LASTING zeroes new blocks, and when it is full
 * writes wait for room for the kernel's minute. Any other does not, so whoever gets a volume
 * of it must not see it but through encryption of its own, and fails writes at once.
 */
int thin_pool_make(struct dmap *d, const struct thin_pool_request *req,
		   struct dmap_dev *ret) must_check;
/* The same for a pool that is there, whose devices have grown. */
int thin_pool_grow(struct dmap *d, const struct thin_pool_request *req,
		   struct dmap_dev *ret) must_check;

/* -EEXIST when the pool knows that id already. */
int thin_create(struct dmap *d, const char *pool, uint32_t id) must_check;

/* ID becomes what ORIGIN is now. Nothing may be written to ORIGIN meanwhile. */
int thin_snapshot(struct dmap *d, const char *pool, uint32_t id, uint32_t origin)
	must_check;

/* An id that the pool does not know is fine. */
int thin_delete(struct dmap *d, const char *pool, uint32_t id) must_check;

struct thin_request {
	const char *name;
	const struct dmap_dev *pool;
	uint32_t id;
	sectors len;
	bool readonly;
};

/* thin_resize: of one that is there, and may be open. */
int thin_resize(struct dmap *d, const struct thin_request *req, struct dmap_dev *ret)
	must_check;
int thin_make(struct dmap *d, const struct thin_request *req, struct dmap_dev *ret)
	must_check;

#endif

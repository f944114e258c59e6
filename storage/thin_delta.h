/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What volumes of a thin pool hold, and where two of them differ, read from the pool's
 * metadata by the tools of thin-provisioning-tools while the pool works: the kernel sets a
 * snapshot of the metadata aside. There is one of these a pool.
 */
#ifndef QVM_STORAGE_THIN_DELTA_H
#define QVM_STORAGE_THIN_DELTA_H

#include "core/ctx.h"
#include "core/pool.h"
#include "storage/dm.h"

struct thin_source {
	struct qvm_ctx *ctx;
	struct dmap *dm;
	const char *name; /* of the pool, for messages: "vg/pool" */
	const char *lock; /* of storage/hold.h; only for this */
	const char *pool; /* its device's name in device-mapper */
	const char *meta; /* a node of its metadata's device */
};

/*
 * Ascending ranges of the volume TO of the pool, by number; free *ret. FROM NULL: all that
 * it has, else where it may differ from that one. The control device is closed meanwhile.
 */
int thin_delta(const struct thin_source *src, const uint32_t *from, uint32_t to,
	       struct pool_range **ret, size_t *ret_n, struct qvm_err *err) must_check;

/* What the tools print, ranges that touch joined. -EINVAL for what is not understood. */
int thin_maps_parse(const char *text, struct pool_range **ret, size_t *ret_n) must_check;

#endif

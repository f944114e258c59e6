/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one run has in the ephemeral store. All of it under store_lock.
 *
 * The devices of run ID, lowest first:
 *
 *	store-slice.ID	thin volume ID of the store's pool
 *	store-key.ID	crypt over it; the key is random and only the kernel has it
 *	store-cowN.ID	linear, a part of that: where the N-th volume keeps its changes
 *	NAME.ID		a volume: `snapshot` over its origin, not persistent, or `linear`
 *
 * The first volume over an origin keeps its changes at the start of store-key.ID itself:
 * such a store is filled from its beginning, one chunk behind the other, each at most once,
 * and so ends by itself where the next part begins.
 *
 * The names of the devices are the only record, so none can disagree with it. A run
 * without volumes is dead, whatever else there is of it; runs_sweep takes that away.
 */
#ifndef QVM_STORAGE_SCRATCH_RUN_H
#define QVM_STORAGE_SCRATCH_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pool.h"
#include "lib/macro.h"
#include "storage/dm.h"

struct scratch {
	struct qvm_ctx *ctx;
	struct dmap dm;
	struct dmap_dev pool;
	char *location;
};

/* A device of a run. */
struct part {
	char name[POOL_ID_MAX];
	uint32_t id;
};

struct parts {
	struct part *v;
	size_t n;
};

#define PART_DEV_MAX (POOL_ID_MAX + 12)

/* The name of its device, for dm.h. */
void part_dev(const struct part *p, char ret[static PART_DEV_MAX]);
/* The reverse; false for the store's own devices and anything foreign. */
bool part_parse(const char *dev, struct part *ret);
/* Is it one that a domain sees? */
bool part_is_volume(const struct part *p);
/* Does somebody else have a device of that name? One ioctl. */
bool part_is_foreign(struct scratch *s, const struct part *p);

/* All that have a device: one ioctl. */
int parts_list(struct scratch *s, struct parts *ret, struct qvm_err *err) must_check;
void parts_dispose(struct parts *ps);
#define cleanup_parts cleanup(parts_dispose)

/* The lowest number that no device has. */
uint32_t run_free_id(const struct parts *ps);

/*
 * Makes run ID with its N volumes: 7 ioctls, 3 more for each volume, and 3 more for each
 * volume over an origin but the first. After a failure nothing is left of it.
 */
int run_make(struct scratch *s, uint32_t id, const struct scratch_request *req, size_t n,
	     struct block_dev *ret, struct qvm_err *err) must_check;

/* One ioctl, and the part is taken off the list; -EBUSY while it is open. */
int part_remove(struct scratch *s, struct parts *ps, size_t i) must_check;

/*
 * Takes away what is left of runs that have no volume on the list: key, slice, number;
 * one ioctl for each. -EBUSY when one of them is open, the others are gone then.
 */
int runs_sweep(struct scratch *s, struct parts *ps) must_check;

#endif

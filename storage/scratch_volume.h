/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single volumes of the ephemeral store. All of it under store_lock.
 *
 * The device of volume NAME is "qvm-NAME.ID" with ID its number in the pool, so one listing
 * tells which numbers are taken, and no other record can disagree with it. A number without
 * a device is what a killed process left: the lowest free number is taken next, and when
 * the pool says it exists, it is deleted first, with what was written to it.
 */
#ifndef QVM_STORAGE_SCRATCH_VOLUME_H
#define QVM_STORAGE_SCRATCH_VOLUME_H

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
};

struct volume {
	char name[POOL_ID_MAX];
	uint32_t id;
};

struct volumes {
	struct volume *v;
	size_t n;
};

#define VOLUME_DEV_MAX (POOL_ID_MAX + 12)

/* The name of its device, for dm.h. */
void volume_dev(const struct volume *v, char ret[static VOLUME_DEV_MAX]);
/* The reverse; false for the store's own devices and anything foreign. */
bool volume_parse(const char *dev, struct volume *ret);

/* All that have a device: one ioctl. */
int volumes_list(struct scratch *s, struct volumes *ret, struct qvm_err *err) must_check;
uint32_t volumes_free_id(const struct volumes *vs);
void volumes_dispose(struct volumes *vs);
#define cleanup_volumes cleanup(volumes_dispose)

/* Four ioctls; 0 or negative errno with s->dm.text, and then nothing is left of it. */
int volume_make(struct scratch *s, const struct volume *v,
		const struct scratch_request *req, struct block_dev *ret) must_check;

/* Two ioctls: device and number; -EBUSY while it is open. */
int volume_remove(struct scratch *s, const struct volume *v) must_check;

/* The same on the way back from a failure: what stays is logged. */
void volume_undo(struct scratch *s, const struct volume *v);

#endif

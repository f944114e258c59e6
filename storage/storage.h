/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What storage/ offers: the tables behind core/pool.h. Each has a twin that does nothing,
 * successfully.
 */
#ifndef QVM_STORAGE_STORAGE_H
#define QVM_STORAGE_STORAGE_H

#include "core/pool.h"

/*
 * Thin volumes of LVM. LOCATION is "vg/thinpool", both existing. Volume ID is the logical
 * volume "qvm-ID" with the tag "qvm"; nothing else in that group is ever changed.
 */
extern const struct pool_ops pool_lvm;

/*
 * A thin pool of our own on one block device, which nobody else uses; LOCATION is its
 * absolute path, or "vg/lv" for a plain logical volume. Made by `make`, of a device whose
 * first MiB is zero. It bears the name of the pool, so that no other pool is taken for it.
 */
extern const struct pool_ops pool_thin;

/*
 * Files of a folder on btrfs or XFS; LOCATION is its absolute path, and only its user may
 * write into it. Volume ID is the file "ID.img"; beside them "qvm-scratch" can be, the
 * scratch store. Nothing else in there is ever changed.
 */
extern const struct pool_ops pool_reflink;

/*
 * A thin pool of our own, with one volume for each run, encrypted with a key of that run;
 * made by libdevmapper. One `create` is one run. A blank volume reads as zeroes in its
 * first 64 KiB and as noise behind them. LOCATION is a place of store_place.h, which nobody
 * else uses; ITS CONTENT IS OVERWRITTEN by the first open of each boot.
 */
extern const struct scratch_ops scratch_thin;

extern const struct pool_ops pool_null;
extern const struct scratch_ops scratch_null;

#endif

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
 * A thin pool of our own on dm-crypt with random keys, made by libdevmapper. LOCATION is
 * "vg/lv": a plain logical volume that nobody else uses; ITS CONTENT IS OVERWRITTEN by the
 * first open of each boot.
 */
extern const struct scratch_ops scratch_thin;

extern const struct pool_ops pool_null;
extern const struct scratch_ops scratch_null;

#endif

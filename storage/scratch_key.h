/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef QVM_STORAGE_SCRATCH_KEY_H
#define QVM_STORAGE_SCRATCH_KEY_H

#include "lib/macro.h"
#include "storage/dm.h"

/*
 * A crypt device over ON with a random key that is in no file, no argument and no message,
 * is wiped from this process before the call returns, and goes with the device. Discards
 * are passed down.
 */
int crypt_make(struct dmap *d, const char *name, const struct dmap_dev *on, sectors len,
	       struct dmap_dev *ret) must_check;

#endif

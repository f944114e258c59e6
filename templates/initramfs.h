/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef QVM_TEMPLATES_INITRAMFS_H
#define QVM_TEMPLATES_INITRAMFS_H

#include <stdint.h>

#include "lib/macro.h"

/*
 * Is the initramfs open at FD worth unpacking once? The domain builder of a PV domain
 * decompresses one of gzip at every start; others pass through it as they are. Returns 1
 * and the size it unpacks to (from gzip's trailer, so only a hint), 0 when it stays packed
 * (another format, or too large to have lying about), or a negative errno.
 */
int initramfs_size(int fd, uint32_t *ret) must_check;

#endif

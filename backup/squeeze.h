/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compression of one block by itself. Compressed blocks one after the other are a stream
 * that gzip and zstd, too, decompress as one.
 */
#ifndef QVM_BACKUP_SQUEEZE_H
#define QVM_BACKUP_SQUEEZE_H

#include <stddef.h>

#include "backup/v4.h"

/* Room that the result may need. */
size_t squeeze_bound(enum v4_filter filter, size_t len);
/* The result's length; 0: it failed. For threads. */
size_t squeeze(enum v4_filter filter, const void *data, size_t len, void *ret,
	       size_t size) must_check;

#endif

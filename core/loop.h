/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loop devices: a file as a block device. The kernel is the only record of which file has
 * which device; a device is known again by its file's device and inode number.
 *
 * They are made without automatic clearing, for blkback opens them by number only later,
 * and nothing may take them away in between. They stay until loop_detach, or to the end of
 * the boot. Everything returns 0 or a negative errno.
 */
#ifndef QVM_CORE_LOOP_H
#define QVM_CORE_LOOP_H

#include <stdbool.h>
#include <sys/stat.h>

#include "core/pool.h"
#include "lib/macro.h"

struct loop_request {
	int fd;		  /* of the file, open for writing unless READONLY */
	const char *name; /* what the kernel shows of it; cut to 63 bytes */
	bool readonly;
	bool direct; /* past the page cache, where the file system lets it */
};

/* The device of that file; -ENODEV when it has none. One that is to go at its last close
 * is kept with KEEP. */
int loop_find(const struct stat *file, bool keep, struct block_dev *ret) must_check;

int loop_make(const struct loop_request *req, struct block_dev *ret) must_check;

/* Tells it that its file has another size now. */
int loop_resized(const struct block_dev *dev) must_check;

/*
 * Takes it from the file if that is still FILE. While somebody has it open, that happens
 * at the last close: -EBUSY then.
 */
int loop_detach(const struct block_dev *dev, const struct stat *file) must_check;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the driver `reflink`. Volume ID is the file "ID.img" of its folder; one
 * that is read-only has no write permission, and its device refuses writes.
 *
 * A file comes into being without a name and gets one when it is complete, in one step
 * that fails where the name is taken. So a crash leaves the old, the new, or nothing, and
 * there are no temporary names that somebody would have to clean up.
 */
#ifndef QVM_STORAGE_REFLINK_H
#define QVM_STORAGE_REFLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pool.h"
#include "lib/macro.h"

#define IMAGE_SUFFIX ".img"
#define IMAGE_NAME_MAX (POOL_ID_MAX + sizeof(IMAGE_SUFFIX))

struct reflink {
	struct qvm_ctx *ctx;
	int dir; /* the folder; owned */
	char *location;
	bool direct; /* may its files be accessed past the page cache? */
};

/* --- reflink_file.c: images; 0 or a negative errno --- */

/* "ID.img". */
void image_name(const char *id, char ret[static IMAGE_NAME_MAX]);
/* The reverse; false for anything that is no image of ours. */
bool image_id(const char *name, char ret[static POOL_ID_MAX]);

/* Can files of that folder share their content? -EOPNOTSUPP when not. */
int reflink_probe(int dir) must_check;
/* "btrfs", "ext4", or the number in hexadecimal. */
void reflink_type(int64_t magic, char ret[static 24]);

/* -EEXIST when there is one. Durable when they return, but for the folder's own sync. */
int image_create(int dir, const char *name, uint64_t size) must_check;
/*
 * A file without a name gets one. Synced after that: one that has none is not worth the
 * trouble to btrfs, which would do nothing.
 */
int image_publish(int dir, int fd, const char *name) must_check;
int image_clone(int dir, const char *from, const char *to, bool readonly) must_check;
int image_resize(int dir, const char *name, uint64_t size) must_check;

/* --- reflink.c, reflink_reserve.c: of pool_ops --- */

int reflink_usage(void *pool, struct pool_usage *ret, struct qvm_err *err);
int reflink_reserve(void *pool, uint64_t size, char **ret, struct qvm_err *err);

/* --- reflink_delta.c: which of their blocks two images share --- */

struct reflink_extent {
	uint64_t at, len;
	uint64_t place; /* on the disk */
	bool unsure;	/* it has no place that would tell anything */
	bool zero;	/* it has room, and nothing was written to it */
};

int reflink_extents(int fd, struct reflink_extent **ret, size_t *ret_n) must_check;
/* Ascending, up to SIZE; free *ret. */
void reflink_differ(const struct reflink_extent *a, size_t n_a,
		    const struct reflink_extent *b, size_t n_b, uint64_t size,
		    struct pool_range **ret, size_t *ret_n);

#endif

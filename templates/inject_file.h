/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of a tree that somebody else has made, by names without a leading '/'. Links are
 * followed with "/" being the tree's top, so no name leads out of it. 0 or negative errno.
 */
#ifndef QVM_TEMPLATES_INJECT_FILE_H
#define QVM_TEMPLATES_INJECT_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/buf.h"

bool tree_has(int top, const char *name);
/* The text of a regular file, at most LIMIT bytes. */
int tree_read(int top, const char *name, size_t limit, struct buf *ret) must_check;
/* Where a link leads, as it is written. -EINVAL: it is none. */
int tree_link_read(int top, const char *name, char *ret, size_t size) must_check;

/* Folders above it are made. The file is replaced in one step; what is no file stays. */
int tree_write(int top, const char *name, const void *data, size_t len, mode_t mode)
	must_check;
int tree_copy(int top, const char *name, const char *from, mode_t mode) must_check;
/* One that is there already is left as it is, whatever it is. */
int tree_link(int top, const char *name, const char *target) must_check;
int tree_unlink(int top, const char *name) must_check;
int tree_folder(int top, const char *name, mode_t mode, uid_t owner) must_check;

#endif

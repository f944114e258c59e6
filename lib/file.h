/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and folders. Everything returns 0 or a negative errno and opens close-on-exec. */
#ifndef QVM_LIB_FILE_H
#define QVM_LIB_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "lib/buf.h"
#include "lib/macro.h"

/* Reads the whole of PATH, at most LIMIT bytes (-EFBIG beyond), and adds it to RET. */
int file_read(const char *path, size_t limit, struct buf *ret) must_check;

/* Reads FD to its end with the same limit. */
int fd_read_all(int fd, size_t limit, struct buf *ret) must_check;

/* Reads just LEN bytes, however many calls that takes; -ENODATA when FD ends before. */
int fd_read_exactly(int fd, void *ret, size_t len) must_check;

/* Writes all of it, however many calls that takes. */
int fd_write_all(int fd, const void *data, size_t len) must_check;

/*
 * Replaces PATH as one step: written beside it, synced when SYNC, renamed over it. A crash
 * leaves the old or the new content, and at most a PATH.tmp.
 */
int file_replace(const char *path, const void *data, size_t len, mode_t mode, int sync)
	must_check;

/* Makes PATH and the folders above it; existing ones are fine. */
int dir_make(const char *path, mode_t mode) must_check;

/* Is PATH still the file that BEFORE describes, as long and as old? */
bool file_is_unchanged(const char *path, const struct stat *before) must_check;

/*
 * Is FD still what PATH names? Who waited for a lock on a file may have one that its last
 * holder has removed meanwhile: then it guards nothing.
 */
bool fd_is_named(int fd, const char *path) must_check;

/*
 * Removes PATH and what is below it; follows no links, and enters no other file system: where one
 * is mounted it fails. An absent PATH is fine.
 */
int tree_remove(const char *path) must_check;

#endif

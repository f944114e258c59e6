/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling a root volume, for qvm-fill only. */
#ifndef QVM_TEMPLATES_FILL_ROOT_H
#define QVM_TEMPLATES_FILL_ROOT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

#define FILL_MEMORY_MAX                                                                  \
	(UINT64_C(1) << 30) /* windows of zstd and xz are the largest part */

struct fill_root {
	const char *device; /* a block device; or a file, which is only marked (tests) */
	const char *source; /* see source.h */
	const char *label;  /* of the file system */
	const char *folder; /* to mount things on: nobody else sees it */
	const char *guest;  /* folder with what is put into guests */
	bool inside; /* in a domain that was lent the device, with a file system on it */
};

/* Returns 1 when the confined part has said already what is wrong. */
int fill_root(const struct fill_root *f, struct qvm_err *err) must_check;

/* Says what PATH is and how large the disk in it. Confines this process. */
int fill_look(const char *path, struct qvm_err *err) must_check;

/* Lines for who runs qvm-fill (run_fill.h). */
void fill_progress(int percent);
void fill_said(const char *key, const char *value);

/* A disk, as it is (disk.c). */
struct source;
int fill_disk(const struct fill_root *f, const struct source *source, struct qvm_err *err)
	must_check;

/* An empty file system to put things into. */
int make_fs(const char *device, const char *label, struct qvm_err *err) must_check;

#endif

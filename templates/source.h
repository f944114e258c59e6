/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file or folder that a template is to be made from is, by a look at its start. */
#ifndef QVM_TEMPLATES_SOURCE_H
#define QVM_TEMPLATES_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum source_kind {
	SOURCE_ARCHIVE, /* of a root file system, or of an image: its names tell */
	SOURCE_TREE,	/* a folder that is a root file system */
	SOURCE_LAYOUT,	/* a folder that is an OCI layout */
	SOURCE_RAW,	/* a disk, byte for byte */
	SOURCE_QCOW2,
	SOURCE_VMDK,
	SOURCE_PACK, /* see pack.h; only source_look_inside finds it */
	SOURCE_KIND_COUNT,
};

extern const char *const source_kinds[SOURCE_KIND_COUNT]; /* "archive", ... */

struct source {
	enum source_kind kind;
	uint64_t size; /* of the file */
	uint64_t disk; /* of the disk it holds, for the last four */
};

#define SOURCE_HEAD 0x11000 /* bytes that source_judge may look at */

/* Opens PATH just for that. Refuses disks that lean on other files. */
int source_look(const char *path, struct source *ret, struct qvm_err *err) must_check;

/* The same, and into an archive, which is foreign: for qvm-fill only, when confined. */
int source_look_inside(const char *path, struct source *ret, struct qvm_err *err)
	must_check;

/* The same from the first LEN bytes of a file of SIZE. Pure. */
int source_judge(const uint8_t *head, size_t len, uint64_t size, struct source *ret,
		 struct qvm_err *err) must_check;

#endif

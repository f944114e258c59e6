/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An archive of a root file system, read or written out. For qvm-fill only: links
 * libarchive. Names that are absolute or climb, and entries that would be written through a
 * symbolic link, are refused: nothing outside the current folder is ever touched.
 */
#ifndef QVM_TEMPLATES_EXTRACT_H
#define QVM_TEMPLATES_EXTRACT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

struct extract {
	int tar;       /* read from where it stands to its end */
	uint64_t size; /* of it, for the progress; 0: unknown */
	bool write;    /* into the current folder; else everything is only read */
	bool owners;   /* set numeric owners, device nodes: needs privileges */
	void (*progress)(int percent); /* or NULL */
	uint64_t entries;	       /* set: how many there were */
	uint64_t bytes;		       /* set: of regular files */
};

int extract(struct extract *x, struct qvm_err *err) must_check;

/* Would that name stay within the folder it is relative to? Pure. */
bool extract_name_ok(const char *name);

#endif

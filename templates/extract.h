/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A root file system, read or written out. For qvm-fill only: links libarchive. Names that
 * are absolute or climb are refused, and so are entries of a plain archive that would be
 * written through a symbolic link: nothing outside the current folder is ever touched.
 */
#ifndef QVM_TEMPLATES_EXTRACT_H
#define QVM_TEMPLATES_EXTRACT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "templates/stream.h"

struct layer;

struct extract {
	struct stream *from; /* a tar in any compression, read to its end; or NULL: */
	const char *tree;    /* a folder that is copied */
	bool write;	     /* into the current folder; else everything is only read */
	bool owners;	     /* set numeric owners and attributes: needs privileges */
	struct layer *layer; /* put over what is there, see layer.h; NULL: it is all */
	bool (*wanted)(const char *name); /* others are passed over; NULL: all are */
	uint64_t limit;			  /* of `bytes`; 0: none */
	void (*progress)(const struct extract *x); /* now and then; or NULL */
	uint64_t entries;			   /* counted: how many there were */
	uint64_t bytes;				   /* counted: of regular files */
	uint64_t devices; /* counted: device nodes, which are left out */
};

int extract(struct extract *x, struct qvm_err *err) must_check;

/* Would that name stay within the folder it is relative to, and not too deep? Pure. */
bool extract_name_ok(const char *name);

/* Text of an archive as a message may show it. */
char *extract_shown(const char *text) must_check;

#endif

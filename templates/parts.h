/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files by name, in a folder or in a tar. For qvm-fill only.
 *
 * A tar is gone through anew for each: nothing is laid aside anywhere, and an image has few
 * parts. Without compression what is skipped is not even read.
 */
#ifndef QVM_TEMPLATES_PARTS_H
#define QVM_TEMPLATES_PARTS_H

#include <stdbool.h>

#include "lib/buf.h"
#include "templates/stream.h"

#define PART_TEXT_MAX (8 << 20)

struct parts {
	int fd;		 /* of the tar, which can be sought; or -1: */
	const char *dir; /* the folder */
	uint64_t *total; /* see stream.h */
};

/* One that is being read. */
struct part {
	int fd;
	struct archive *tar;
	struct stream *outer; /* what TAR is read from */
	struct stream stream;
};

/* -QVM_E_NOT_FOUND when there is none of that name. */
int part_open(const struct parts *p, const char *name, struct part **ret,
	      struct qvm_err *err) must_check;
void part_close(struct part *part);

static inline void part_close_at(struct part **part)
{
	part_close(*part);
}
#define cleanup_part cleanup(part_close_at)

/* The whole of a small one, and its digest. */
int part_text(const struct parts *p, const char *name, struct buf *ret,
	      char digest[static DIGEST_HEX], struct qvm_err *err) must_check;

/* Do the names of that tar look like those of an image? Its position is lost. */
int parts_is_image(int fd, bool *ret, struct qvm_err *err) must_check;

/* Is a name one that an image has at its top? Pure. */
bool parts_name_of_image(const char *name);

#endif

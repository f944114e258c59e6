/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes from a file or from a member of an archive, with the SHA-256 of all that went by.
 * For qvm-fill only: links libarchive.
 */
#ifndef QVM_TEMPLATES_STREAM_H
#define QVM_TEMPLATES_STREAM_H

#include <archive.h>
#include <stdint.h>

#include "core/err.h"
#include "templates/digest.h"

struct stream {
	int fd;		      /* read from here; -1: */
	struct archive *from; /* from the entry that this stands at */
	struct digest *hash;
	uint64_t bytes;	 /* gone by */
	uint64_t *total; /* what has gone by of several streams, or NULL */
	int errnum;	 /* of a read that failed */
	char chunk[1 << 17];
};

/* Owned by the caller: stream_dispose. FD and FROM stay the caller's. */
void stream_init(struct stream *s, int fd, struct archive *from);
void stream_dispose(struct stream *s);

/* The next bytes: how many there are (*ret points to them), 0 at the end, -1. */
ssize_t stream_next(struct stream *s, const void **ret) must_check;

/* Makes A read from S, a tar (or, RAW, just bytes) in any compression done in-process. */
int stream_archive(struct stream *s, struct archive *a, int raw, struct qvm_err *err)
	must_check;

/* Lets the rest of it go by, and says what the digest of the whole is. */
int stream_digest(struct stream *s, char ret[static DIGEST_HEX], struct qvm_err *err)
	must_check;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many requests to xenstored, sent together and then answered one by one in their order.
 * Paths and values are of bounded length (lib/wire.h): the caller sees to that.
 *
 *	wire_open → { wire_ask ... → wire_run } → wire_batch_dispose
 */
#ifndef QVM_XEN_WIRE_BATCH_H
#define QVM_XEN_WIRE_BATCH_H

#include "lib/buf.h"
#include "lib/strv.h"
#include "lib/wire_link.h"

struct wire_batch {
	int fd; /* of wire_open; closed by dispose */
	uint32_t tx;
	struct buf out;
	uint32_t *types; /* of each request; its number is its id */
	size_t n;
};

#define WIRE_BATCH_INIT ((struct wire_batch){.fd = -1})

void wire_batch_dispose(struct wire_batch *b);

/* TYPE is one of WIRE_*; NODE NULL: DIR itself. */
void wire_ask(struct wire_batch *b, uint32_t type, const char *dir, const char *node,
	      const char *value, size_t len);

/*
 * Sends what was asked; the first refusal is the result, and the value of the last reply
 * is left in BODY. Removing what is not there is no failure.
 */
int wire_run(struct wire_batch *b, char body[WIRE_VALUE_MAX + 1]) must_check;

int wire_read_node(struct wire_batch *b, const char *dir, const char *node,
		   char body[WIRE_VALUE_MAX + 1]) must_check;

/*
 * The names below DIR, at most MAX of them: what a guest can add to has no end of its own.
 * -ENOENT without such a directory.
 */
int wire_list(struct wire_batch *b, const char *dir, size_t max, struct strv *ret)
	must_check;

/* A directory with these permissions (wire_perms), which its nodes inherit. */
void wire_make_dir(struct wire_batch *b, const char *dir, const struct buf *perms);

/* What ASK asks for, all at once or not at all; it is called again when that was lost. */
int wire_transaction(struct wire_batch *b,
		     void (*asking)(struct wire_batch *b, const void *arg),
		     const void *arg) must_check;

/* "n7\0r0\0": domain OWNER's, read by READER, and nobody else's. */
void wire_perms(struct buf *perms, uint32_t owner, uint32_t reader);

#endif

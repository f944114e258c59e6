/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layers of container images: each is a tar that is put over what the ones before made, with
 * names that take things of those away. For qvm-fill only.
 *
 *	.wh.NAME	NAME of the layers below goes
 *	.wh..wh..opq	all that the layers below have in this folder goes
 *
 * Parents that are symbolic links are followed as a guest would, whose "/" is the current
 * folder: what is written never leaves it.
 */
#ifndef QVM_TEMPLATES_LAYER_H
#define QVM_TEMPLATES_LAYER_H

#include <archive_entry.h>

#include "core/err.h"

struct layer {
	void *own;    /* names that this layer has made: it takes away only older ones */
	char *parent; /* the folder last looked at, as the archive has it ... */
	char *real;   /* ... and where it is */
};

void layer_dispose(struct layer *l);

/*
 * To be called before ENTRY is written: resolves its names, makes room for it. Returns 1
 * when it is not to be written at all (it was a whiteout), else 0 or a negative kind.
 */
int layer_prepare(struct layer *l, struct archive_entry *entry, struct qvm_err *err)
	must_check;

#endif

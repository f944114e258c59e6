/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where entries of an archive go, below the current folder, which is "/" to them. For
 * qvm-fill only.
 *
 * An archive that is the whole of a file system has no business behind its own links: an
 * entry whose parent is one is refused. Layers of container images are put over what the ones
 * before made, so their parents are looked up as a guest would; and some of their names take
 * things of those away:
 *
 *	.wh.NAME	NAME of the layers below goes
 *	.wh..wh..opq	all that the layers below have in this folder goes
 */
#ifndef QVM_TEMPLATES_LAYER_H
#define QVM_TEMPLATES_LAYER_H

#include <archive_entry.h>
#include <stdbool.h>

#include "core/err.h"

struct layer {
	bool over;    /* it is one of several; else it is all there is */
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

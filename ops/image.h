/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images: of one booted disposable of a template the memory was saved, and each that is
 * made from it goes on from there, with volumes of its own over those of the saved one.
 *
 * The saved one stays as a domain of the registry that does not run: its watcher holds
 * what is left of it, which is its ephemeral volumes, as long as the image's file is there.
 * One of them is its memory, as libxl has written it, below a key that only the kernel has.
 * "images/ID" below the run folder says what it was made of.
 */
#ifndef QVM_OPS_IMAGE_H
#define QVM_OPS_IMAGE_H

#include "core/pool.h"
#include "core/store.h"
#include "core/vm.h"
#include "ops/disp.h"

struct image {
	int64_t vm_id; /* of the saved one */
	int64_t template_id;
	uint64_t size; /* of its memory, as it was saved */
	bool hooks;    /* its template has programs for after a wake */
	char *basis;   /* see disp_basis */
};

struct images {
	struct image *v;
	size_t n;
};

/* The ephemeral volume with the memory of VM_ID, if that was saved. */
void image_volume(int64_t vm_id, char ret[static POOL_ID_MAX]);

void images_dispose(struct images *all);
#define cleanup_images cleanup(images_dispose)

/* All that are there and held. */
void images_list(struct qvm_ctx *ctx, struct images *ret);

/* That of TPL as it would be made now; false: none. RET's basis is not set. */
bool image_find(struct qvm_ctx *ctx, const struct world *w, const struct vm *tpl,
		struct image *ret);

/* Those that are not as they would be made now are made anew; warns. */
void images_renew(struct qvm_ctx *ctx);

/* ---- at a start from image ID ---- */

/* A descriptor of its memory, or a negative errno; the user VM_ID is noted before. */
int image_open(struct qvm_ctx *ctx, int64_t id, int64_t vm_id) must_check;
/* What a copy needs to become another one, for its key "qvm/seed"; free it. */
char *image_seed(void) must_check;

/* ---- for the watcher of the saved one ---- */

/* Returns when nobody needs its volumes any more. */
void image_hold(struct qvm_ctx *ctx, struct store *s, int64_t vm_id);

#endif

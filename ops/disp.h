/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disposables: made for one purpose, and gone with it. */
#ifndef QVM_OPS_DISP_H
#define QVM_OPS_DISP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/ctx.h"
#include "core/vm.h"

struct op_disp {
	const char
		*template;  /* a disposable template; NULL: the caller's default_dispvm */
	const char *caller; /* the domain that asked; NULL: dom0 */
	pid_t owner;	    /* its life ends with this process; 0: with nothing else */
	bool keep;	    /* but not while somebody else's call into it lasts */
	bool fresh;	    /* it is made for this: no spare */
	bool boots;	    /* and goes on from no image */
	bool offline;	    /* without a network, whatever its template has */
};

/*
 * Makes a disposable and starts it, or takes one that is ready; RET_NAME is the caller's to
 * free. It is removed when it has ended, whatever ends it.
 *
 * It has the network of its template, and never more than its caller has: none where that
 * has none, and under the caller's rules where that has any.
 */
int op_disp_start(struct qvm_ctx *ctx, const struct op_disp *req, char **ret_name,
		  struct qvm_err *err) must_check;

/* The same, when one is ready: 1; otherwise 0. Needs no hypervisor but for looking. */
int op_disp_take(struct qvm_ctx *ctx, const struct op_disp *req, char **ret_name,
		 struct qvm_err *err) must_check;

/* Is it a spare, which waits for its first use? */
bool op_disp_is_spare(struct qvm_ctx *ctx, int64_t vm_id);

/* Images (image.h), with the names of template and saved one as W has them. */
struct op_image {
	const char *template, *name;
	bool current;  /* as one would be made now: only then it is used */
	uint64_t size; /* of its memory */
};
/* RET is the caller's to free; how many there are. */
size_t op_images(struct qvm_ctx *ctx, const struct world *w, struct op_image **ret);
/* Makes one of the template; another one of it goes. */
int op_image_make(struct qvm_ctx *ctx, const char *tpl, struct qvm_err *err) must_check;
/* It is used for no further start; 1: there was one. What was made from it goes on. */
int op_image_drop(struct qvm_ctx *ctx, const char *tpl, struct qvm_err *err) must_check;
/* Is it what an image is made of? */
bool op_disp_is_image(struct qvm_ctx *ctx, int64_t vm_id);

/*
 * Looks after the pool of spares: what the hidden command __fill and `qvm-disp warm` do.
 * TAKEN (0: none) gets its whole memory back first. With NOW, without the property
 * disp_delay before, and after whoever is at it already.
 */
struct op_fill {
	int64_t taken;
	bool now;
};
int op_disp_fill(struct qvm_ctx *ctx, const struct op_fill *req, struct qvm_err *err)
	must_check;

#endif

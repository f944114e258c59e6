/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disposables: made for one purpose, and gone with it. */
#ifndef QVM_OPS_DISP_H
#define QVM_OPS_DISP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/ctx.h"

struct op_disp {
	const char
		*template;  /* a disposable template; NULL: the caller's default_dispvm */
	const char *caller; /* the domain that asked; NULL: dom0 */
	pid_t owner;	    /* its life ends with this process; 0: with nothing else */
	bool keep;	    /* but not while somebody else's call into it lasts */
	bool fresh;	    /* made for this, no spare */
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

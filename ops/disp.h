/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disposables: made for one purpose, and gone with it. */
#ifndef QVM_OPS_DISP_H
#define QVM_OPS_DISP_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/ctx.h"

struct op_disp {
	const char
		*template;  /* a disposable template; NULL: the caller's default_dispvm */
	const char *caller; /* the domain that asked; NULL: dom0 */
	pid_t owner;	    /* its life ends with this process; 0: with nothing else */
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

#endif

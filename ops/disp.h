/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disposables: made for one purpose, and gone with it. */
#ifndef QVM_OPS_DISP_H
#define QVM_OPS_DISP_H

#include <sys/types.h>

#include "core/ctx.h"

struct op_disp {
	const char *template; /* a disposable template; NULL: the global default_dispvm */
	pid_t owner;	      /* its life ends with this process; 0: with nothing else */
};

/*
 * Makes a disposable and starts it; RET_NAME is the caller's to free. It is removed when it
 * has ended, whatever ends it.
 */
int op_disp_start(struct qvm_ctx *ctx, const struct op_disp *req, char **ret_name,
		  struct qvm_err *err) must_check;

#endif

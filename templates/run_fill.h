/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running the helper program qvm-fill. */
#ifndef QVM_TEMPLATES_RUN_FILL_H
#define QVM_TEMPLATES_RUN_FILL_H

#include "core/ctx.h"

/*
 * Runs <libexec_dir>/qvm-fill with ARGS (NULL-terminated) to its end. Its progress goes on
 * as that of WHAT; what it says of a failure becomes the error.
 */
int fill_run(struct qvm_ctx *ctx, const char *what, const char *const *args,
	     struct qvm_err *err) must_check;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running the helper program qvm-fill. */
#ifndef QVM_TEMPLATES_RUN_FILL_H
#define QVM_TEMPLATES_RUN_FILL_H

#include "core/ctx.h"
#include "lib/buf.h"

/* What the helper said of its work; each text is of letters, digits, '.', '-' and '_'. */
struct fill_fact {
	const char *key;
	char *value; /* "" until it is said; size bytes */
	size_t size;
};

/*
 * Runs <libexec_dir>/qvm-fill with ARGS (NULL-terminated) to its end. Its progress goes on
 * as that of WHAT; what it says of a failure becomes the error. FACTS ends with an empty
 * row; NULL: nobody wants to know.
 */
int fill_run(struct qvm_ctx *ctx, const char *what, const char *const *args,
	     const struct fill_fact *facts, struct qvm_err *err) must_check;

/* The same for one that has run elsewhere, in WHO, has said that, and ended with STATUS. */
int fill_heard(struct qvm_ctx *ctx, const char *who, const struct buf *untrusted,
	       int status, const struct fill_fact *facts, struct qvm_err *err) must_check;

#endif

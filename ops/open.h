/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file or an address of dom0 opened in a domain. */
#ifndef QVM_OPS_OPEN_H
#define QVM_OPS_OPEN_H

#include <stdbool.h>

#include "core/ctx.h"
#include "lib/size.h"

struct op_open {
	const char *domain;
	const char *what; /* a file, or an address (qrexec/open.h) */
	bool view_only;	  /* nothing is brought back */
	int errors;	  /* where the domain's messages go, -1: nowhere */
	bool filter_err;  /* made fit for a terminal */
};

/*
 * Returns when it is closed there, its exit status in RET_STATUS. With status 0 what was
 * changed has replaced the file, with its mode and owner; a file that has changed here
 * meanwhile stays, QVM_E_BUSY, and the error says where the other one is. Of an unfinished
 * call nothing is left. What comes back may be OPEN_GROWTH longer than the file.
 */
#define OPEN_GROWTH (1024 * MIB)

/* Is it something that can be opened? Before a domain is started for it. */
int op_open_check(const struct op_open *req, struct qvm_err *err) must_check;

int op_open(struct qvm_ctx *ctx, const struct op_open *req, int *ret_status,
	    struct qvm_err *err) must_check;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of unnamed disposables: "disp" and a number from 1 to DISP_NUMBERS (core/vm.h). */
#ifndef QVM_DISPVM_NAME_H
#define QVM_DISPVM_NAME_H

#include "core/ctx.h"
#include "core/vm.h"

/*
 * The number behind the last one given out since boot that no domain of W has, so that one
 * comes again as late as possible; the first one is chosen at random. Nothing is kept that
 * outlives the boot. 0, or -QVM_E_EXISTS when all are taken.
 */
int disp_name_next(struct qvm_ctx *ctx, const struct world *w,
		   char ret[static QVM_NAME_MAX + 1], unsigned *ret_number,
		   struct qvm_err *err) must_check;

/* Pure: the first free number behind LAST, going round; 0 when there is none. */
unsigned disp_number_free(const struct world *w, unsigned last) must_check;

#endif

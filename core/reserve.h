/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room on dom0's own disk. The registry needs some for each change, also for the end of a
 * domain and for what makes room; so a file beside it holds a few MiB that only they get.
 */
#ifndef QVM_CORE_RESERVE_H
#define QVM_CORE_RESERVE_H

#include "core/ctx.h"

/* Before anything is made: -QVM_E_NO_SPACE with the figure when the disk is nearly full. */
int reserve_check(struct qvm_ctx *ctx, struct qvm_err *err) must_check;

/* Before what ends, removes or enlarges something: gives the reserve up if it is needed. */
void reserve_use(struct qvm_ctx *ctx);

/* Afterwards: the reserve is made where there is none, and room for it. */
void reserve_keep(struct qvm_ctx *ctx);

#endif

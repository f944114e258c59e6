/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks between processes on what device-mapper cannot lock itself. */
#ifndef QVM_STORAGE_HOLD_H
#define QVM_STORAGE_HOLD_H

#include "core/ctx.h"
#include "lib/macro.h"

/*
 * Takes the lock NAME, waiting for its holder; closing *RET_FD gives it back. The file is
 * RUN_DIR/NAME.lock, and is never removed.
 */
int storage_lock(struct qvm_ctx *ctx, const char *name, int *ret_fd, struct qvm_err *err)
	must_check;

#endif

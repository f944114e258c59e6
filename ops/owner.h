/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that a disposable lives for. It is noted in the domain's run folder before
 * the start; the watcher ends the domain when that process ends. A spare has none until it
 * is taken.
 */
#ifndef QVM_OPS_OWNER_H
#define QVM_OPS_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/ctx.h"

int owner_write(struct qvm_ctx *ctx, int64_t vm_id, pid_t owner, struct qvm_err *err)
	must_check;

/* From now on it lives for nobody. */
void owner_forget(struct qvm_ctx *ctx, int64_t vm_id);

enum owner_state { OWNER_NONE, OWNER_ALIVE, OWNER_GONE };

/* OWNER_ALIVE: *RET_FD, unless NULL, becomes readable at its end. */
enum owner_state owner_open(struct qvm_ctx *ctx, int64_t vm_id, int *ret_fd);

/* A descriptor that is readable when the owner may be another one; or -1. */
int owner_watch(struct qvm_ctx *ctx, int64_t vm_id) must_check;
/* Takes what has been told there; false: nothing of an owner. */
bool owner_watch_take(int fd) must_check;

#endif

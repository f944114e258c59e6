/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that a disposable lives for. It is noted in the domain's run folder before
 * the start; the watcher ends the domain when that process ends, or with KEEP when its calls
 * have ended as well (life.h). A spare has none until it is taken.
 */
#ifndef QVM_OPS_OWNER_H
#define QVM_OPS_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/ctx.h"

/* OWNER 0: nobody, which is told to the watcher all the same. */
int owner_write(struct qvm_ctx *ctx, int64_t vm_id, pid_t owner, bool keep,
		struct qvm_err *err) must_check;

/* From now on it lives for nobody. */
void owner_forget(struct qvm_ctx *ctx, int64_t vm_id);

/* NONE: nothing is noted; NOBODY: that it has none. */
enum owner_state { OWNER_NONE, OWNER_NOBODY, OWNER_ALIVE, OWNER_GONE };

struct owner {
	enum owner_state state;
	bool keep;
	int fd; /* OWNER_ALIVE: readable at its end; else -1 */
};

/* RET->fd is the caller's to close. */
void owner_open(struct qvm_ctx *ctx, int64_t vm_id, struct owner *ret);

/* A descriptor that is readable when the owner may be another one; or -1. */
int owner_watch(struct qvm_ctx *ctx, int64_t vm_id) must_check;
/* Takes what has been told there; false: nothing of an owner. */
bool owner_watch_take(int fd) must_check;

#endif

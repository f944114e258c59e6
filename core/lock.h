/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks between processes: flock on files below the run folder that may vanish (opened,
 * locked, then compared with the name again). They are gone with their holder.
 *
 * The order in which one process may take them, asserted by lock_take:
 *
 *	1. LOCK_OP       of one domain: start, stop, remove, rename, change of properties.
 *	                 Several: in ascending order of id.
 *	2. LOCK_RUNNING  of one domain: held by its watcher from before the start to after
 *	                 the stop. Whoever gets it knows that no watcher lives.
 *	3. LOCK_MEMORY   of the machine: from asking for free memory to having built a domain.
 */
#ifndef QVM_CORE_LOCK_H
#define QVM_CORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"

enum lock_kind { LOCK_OP, LOCK_RUNNING, LOCK_MEMORY, LOCK_KIND_COUNT };

struct lock {
	int fd; /* -1: not held */
	struct qvm_ctx *ctx;
	enum lock_kind kind;
	int64_t vm_id;
};

#define LOCK_INIT ((struct lock){.fd = -1})

/*
 * Takes the lock, waiting at most TIMEOUT_MS (0: not at all, -1: for ever) for a holder.
 * -QVM_E_BUSY when it did not come; the sentence leaves out whose lock it is, so wrap it.
 */
int lock_take(struct qvm_ctx *ctx, enum lock_kind kind, int64_t vm_id, int timeout_ms,
	      struct lock *ret, struct qvm_err *err) must_check;
/* Takes over a descriptor that a parent process locked. */
void lock_adopt(struct qvm_ctx *ctx, struct lock *lock, int fd, enum lock_kind kind,
		int64_t vm_id);
void lock_release(struct lock *lock); /* idempotent */
#define cleanup_lock cleanup(lock_release)

/* Does anybody hold it? (Never for deciding, only for showing.) */
bool lock_is_held(struct qvm_ctx *ctx, enum lock_kind kind, int64_t vm_id);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a disposable lives, as its watcher sees it. It is over
 *  - when its owner has ended; one that is kept open outlives it as long as it has calls;
 *  - when it has no owner that runs, and no call for the time of its property disp_idle.
 * A spare waits without an end.
 */
#ifndef QVM_OPS_LIFE_H
#define QVM_OPS_LIFE_H

#include "core/vm.h"
#include "ops/calls.h"
#include "ops/owner.h"

struct life {
	struct qvm_ctx *ctx;
	int64_t vm_id;
	bool spare;
	struct owner owner;
	int changes; /* readable when that is another one; -1 */
	bool blind;  /* it is not told of changes, and looks by itself */
	enum call_use use;
	uint64_t idle_ms; /* its disp_idle; 0: no end by that */
	uint64_t since;	  /* it has been as it is now */
};

#define LIFE_INIT                                                                        \
	{                                                                                \
		.owner = {.fd = -1}, .changes = -1                                       \
	}

void life_begin(struct life *l, struct qvm_ctx *ctx, const struct vm *vm);
void life_dispose(struct life *l);
#define cleanup_life cleanup(life_dispose)

/* What its descriptors have to tell, and the use as it is now. */
void life_renew(struct life *l, enum call_use use);

/*
 * In so many ms it is over, if nothing happens, or has to be looked at again; 0: it is; -1:
 * no end is in sight.
 */
int life_left(const struct life *l) must_check;

/* Pure: the same by its parts, at the time NOW. */
int life_left_at(const struct life *l, uint64_t now) must_check;

#endif

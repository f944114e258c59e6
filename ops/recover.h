/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a recovery. */
#ifndef QVM_OPS_RECOVER_H
#define QVM_OPS_RECOVER_H

#include "ops/volume.h"

struct recovering {
	struct qvm_ctx *ctx;
	struct store *s;
	struct recovery_list *found;
	bool dry_run;
};

/* One line of the report. */
void recover_note(struct recovering *rc, const char *kind, const char *object,
		  const char *action);

/* --- recover_volumes.c: volumes that belong to nobody --- */

int recover_pools(struct recovering *rc, const struct world *w, struct qvm_err *err)
	must_check;
int recover_scratch(struct recovering *rc, const struct world *w, struct qvm_err *err)
	must_check;

#endif

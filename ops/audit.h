/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the host holds anything about a domain. */
#ifndef QVM_OPS_AUDIT_H
#define QVM_OPS_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/ctx.h"

struct audit_place {
	const char *
		what; /* "registry", "volume", "file", "log", "socket", "node", "domain" */
	char *where;
	/* Readable after power was lost: not what is in memory, or under a key of this boot. */
	bool lasts;
};

struct audit {
	struct audit_place *v;
	size_t n;
};

void audit_dispose(struct audit *a);
#define cleanup_audit cleanup(audit_dispose)

/* All places that exist now. QVM_E_NO_VM: the host knows nothing of NAME. */
int op_audit(struct qvm_ctx *ctx, const char *name, struct audit *ret,
	     struct qvm_err *err) must_check;

#endif

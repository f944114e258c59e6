/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef QVM_TOOLS_POLICY_ROOT_H
#define QVM_TOOLS_POLICY_ROOT_H

#include <string.h>

#include "core/ctx.h"
#include "lib/alloc.h"

/* What stands in front of every path of CTX: "" but for --root. The caller frees it. */
static inline char *policy_root(const struct qvm_ctx *ctx)
{
	static const char below[] = "/var/lib/qvm";
	size_t len = strlen(ctx->state_dir), tail = strlen(below);

	return xstrndup(ctx->state_dir, len > tail ? len - tail : 0);
}

#endif

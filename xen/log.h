/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A logger for Xen's libraries that prints nothing: what they say goes to ctx_log, and
 * the reason of the first failure since xen_log_reset is kept, because their return codes
 * hold none. The first, because later lines only report what followed from it.
 */
#ifndef QVM_XEN_LOG_H
#define QVM_XEN_LOG_H

#include <xentoollog.h>

#include "core/ctx.h"

struct xen_log {
	xentoollog_logger base; /* first: the libraries hand us this pointer */
	struct qvm_ctx *ctx;
	int errnum; /* that came with the kept text, or 0 */
	char text[QVM_ERR_TEXT];
};

void xen_log_init(struct xen_log *log, struct qvm_ctx *ctx);
void xen_log_reset(struct xen_log *log);

/* TEXT without the "file.c:123:function: " and "Domain 7:" that libxl puts in front. */
const char *xen_log_trim(const char *text);

#endif

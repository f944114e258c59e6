/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of dom0 copied into a domain. */
#ifndef QVM_OPS_COPY_H
#define QVM_OPS_COPY_H

#include <stdbool.h>

#include "core/ctx.h"

struct op_copy {
	const char *domain;
	const char *const *paths; /* files and folders */
	size_t count;
	bool move;	   /* what has arrived is removed here */
	bool ignore_links; /* symbolic links are left out */
	bool no_start;
	/*
	 * Called in a process of its own, which then ends: what is left out or stays here,
	 * and how far it is (text NULL: that is over; the function may be absent).
	 */
	void (*note)(void *arg, const char *text);
	void (*show)(void *arg, const char *text, int percent);
	void *arg;
};

/*
 * They go to QubesIncoming/dom0 in the home of the domain's default user; nothing there is
 * replaced. QVM_E_PARTIAL: all has arrived, but some of it could not be moved away here.
 */
int op_copy(struct qvm_ctx *ctx, const struct op_copy *c, struct qvm_err *err) must_check;

#endif

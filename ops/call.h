/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running something in a domain: what qvm-run and all that is built on it use. */
#ifndef QVM_OPS_CALL_H
#define QVM_OPS_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "lib/buf.h"

/*
 * Makes sure that calls reach the domain NAME: starts or unpauses it unless NO_START, and
 * waits until its agent is there, at most its property qrexec_timeout.
 */
int op_reach(struct qvm_ctx *ctx, const char *name, bool no_start, struct qvm_err *err)
	must_check;

/* May calls go to a domain of that NAME? It need not exist. */
int op_call_check(const char *name, struct qvm_err *err) must_check;

/* The daemon of a paused domain answers, only the domain does not: it goes on. */
int op_call_unpause(struct qvm_ctx *ctx, const char *name, bool no_start,
		    struct qvm_err *err) must_check;

/* Does the agent of the running domain NAME answer by now? */
bool op_has_agent(const struct qvm_ctx *ctx, const char *name);

/*
 * One call. The streams are descriptors, each -1 for none; those that the call has used are
 * closed, but for 0, 1 and 2. IN may be the same socket as OUT.
 */
struct op_call {
	const char *domain; /* its name */
	const char *user;   /* NULL: the domain's default user */
	/* One of the two: for the user's shell, or SERVICE[+ARGUMENT]. */
	const char *command;
	const char *service;
	bool no_start;
	bool detached;	     /* only started: the streams are not used */
	int in, out, errors; /* of the caller: input is read, the others written */
	bool filter_out, filter_err; /* make the output fit for a terminal */
	const char *local;  /* shell command whose streams these are instead; or NULL */
	int timeout_ms;	    /* of the call once it has begun; 0: none */
	const void *prefix; /* input before all else */
	size_t prefix_len;
};

/*
 * 0 and the exit status in RET_STATUS: 255 when the domain went away before telling one.
 * What it does is in the domain: an error of ours never says that it has not happened,
 * but for those of op_reach.
 */
int op_call(struct qvm_ctx *ctx, const struct op_call *c, int *ret_status,
	    struct qvm_err *err) must_check;

/*
 * The same with its output, at most MAX bytes, added to RET_UNTRUSTED: what the domain wants
 * to be read. -QVM_E_VALUE when there is more.
 */
int op_call_text(struct qvm_ctx *ctx, const struct op_call *c, size_t max,
		 struct buf *ret_untrusted, int *ret_status, struct qvm_err *err)
	must_check;

/* WORDS as the argument of service qubes.VMExec: `+` between them, others encoded. */
char *op_call_encode(const char *const *words, size_t n) must_check;

#endif

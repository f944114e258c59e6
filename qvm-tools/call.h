/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-run's parts: one call, several side by side, and one with a terminal. */
#ifndef QVM_TOOLS_CALL_H
#define QVM_TOOLS_CALL_H

#include "ops/call.h"
#include "qvm-tools/cmd.h"

/*
 * What is asked of the domain, ENV being "NAME=VALUE" each: a command for its shell, or the
 * service with its argument that executes WORDS.
 */
char *call_shell(const struct strv *env, const char *command) must_check;
char *call_exec(const struct strv *env, const char *const *words, size_t n) must_check;

/*
 * CALL in each domain of inv->names at the same time; with SHOW each line of their output
 * comes with the domain's name in front. The highest status, as that of qvm-run.
 */
int call_many(struct inv *inv, const struct op_call *call, bool show, int *ret_status,
	      struct qvm_err *err) must_check;

/*
 * A disposable (TEMPLATE NULL: of the default one) as the only one of inv->names. It is ended
 * by its watcher, as soon as this process is no more; with KEEP, which tells its name, not
 * before other calls into it have ended.
 */
int call_disposable(struct inv *inv, const char *template, bool keep, struct qvm_err *err)
	must_check;

/*
 * COMMAND (NULL: a login shell) of CALL with a terminal of its own, to which ours is
 * connected. WORDS is an environment, "NAME=VALUE" each.
 */
int call_tty(struct inv *inv, struct op_call *call, const struct strv *env,
	     int *ret_status, struct qvm_err *err) must_check;

#endif

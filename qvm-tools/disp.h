/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-disp's parts. */
#ifndef QVM_TOOLS_DISP_H
#define QVM_TOOLS_DISP_H

#include "qvm-tools/cmd.h"

struct disp_cmd {
	const struct action *action;
	const char *caller, *template;
	int owner;
	bool view_only, keep;
};

/*
 * What is done in a disposable that ends with it: a command, a shell on this terminal, a
 * file. The exit status is the one there.
 */
int disp_command(struct inv *inv, struct qvm_err *err) must_check;
int disp_shell(struct inv *inv, struct qvm_err *err) must_check;
int disp_open(struct inv *inv, struct qvm_err *err) must_check;

#endif

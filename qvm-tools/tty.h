/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal handed through to a guest. */
#ifndef QVM_TOOLS_TTY_H
#define QVM_TOOLS_TTY_H

#include "qvm-tools/cmd.h"

/*
 * Connects standard input and output with the console of NAME. A terminal is raw
 * meanwhile and as it was afterwards, whatever ends it.
 */
int tty_console(struct inv *inv, const char *name, struct qvm_err *err) must_check;

#endif

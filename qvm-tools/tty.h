/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal handed through to a guest. */
#ifndef QVM_TOOLS_TTY_H
#define QVM_TOOLS_TTY_H

#include "qvm-tools/cmd.h"

struct tty_raw {
	bool set;
	bool used; /* the guest had its word: what it may have switched on is calmed */
};

/*
 * Makes the terminal of standard input raw, where it is one, until tty_raw_leave or a
 * deadly signal. One at a time.
 */
void tty_raw_enter(struct tty_raw *m);
void tty_raw_leave(struct tty_raw *m);

/*
 * Connects standard input and output with the console of NAME. A terminal is raw
 * meanwhile and as it was afterwards, whatever ends it.
 */
int tty_console(struct inv *inv, const char *name, struct qvm_err *err) must_check;

#endif

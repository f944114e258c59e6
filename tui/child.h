/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that is run for the dashboard: its output comes through a pipe that is polled,
 * and nothing here waits for it but child_on_terminal.
 */
#ifndef QVM_TUI_CHILD_H
#define QVM_TUI_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/buf.h"
#include "lib/macro.h"

struct child {
	pid_t pid;	 /* 0: there is none */
	int in;		 /* its standard input, -1: /dev/null */
	int out;	 /* what it writes, both streams; -1: at its end */
	struct buf text; /* read, and not taken yet */
};

#define CHILD_NONE ((struct child){.in = -1, .out = -1})

/* ERRORS: standard error comes along, else it is thrown away. 0 or a negative errno. */
int child_start(struct child *c, const char *const *argv, bool input, bool errors)
	must_check;
/* Reads what is there, LIMIT bytes of text at most are kept. */
void child_read(struct child *c, size_t limit);
/* The next whole line of what was read, to be freed, or NULL. */
char *child_line(struct child *c) must_check;
/* Its status (128 + n for death by signal n) once it has ended, else -1. */
int child_status(struct child *c);
/* Ends it, and waits. */
void child_stop(struct child *c);

/* Runs it on this terminal to its end; its status or a negative errno. */
int child_on_terminal(const char *const *argv) must_check;

#endif

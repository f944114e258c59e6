/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes to standard error: errors, messages of the context, and progress. */
#ifndef QVM_TOOLS_MSG_H
#define QVM_TOOLS_MSG_H

#include <stdbool.h>
#include <time.h>

#include "core/ctx.h"

struct msg {
	const char *prog;
	bool terminal;	/* standard error is one */
	bool progress;	/* wanted; on no terminal a line is taken back by \r alone */
	bool line_open; /* a progress line is on the screen */
	struct timespec begun; /* short work shows none */
};

void msg_init(struct msg *m, const char *prog);

/* "PROG: TEXT" on a line of its own. */
void msg_line(struct msg *m, const char *text);
void msg_linef(struct msg *m, const char *fmt, ...) printf_like(2, 3);

/* Callbacks of the context; ARG is the struct msg. */
void msg_log(void *arg, enum qvm_level level, const char *text);
void msg_progress(void *arg, const char *what, int percent);

/* Takes the progress line from the screen. */
void msg_finish(struct msg *m);

#endif

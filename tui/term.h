/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal; term.c is the only user of curses. */
#ifndef QVM_TUI_TERM_H
#define QVM_TUI_TERM_H

#include <stdbool.h>

#include "lib/macro.h"
#include "tui/screen.h"

/* What is no character. */
enum term_key {
	TERM_NONE = -1,
	TERM_UP = 0x110000, /* behind all of Unicode */
	TERM_DOWN,
	TERM_LEFT,
	TERM_RIGHT,
	TERM_PAGE_UP,
	TERM_PAGE_DOWN,
	TERM_HOME,
	TERM_END,
	TERM_BACK,
	TERM_RESIZE,
	TERM_CLICK, /* then term_mouse_row */
	TERM_F1,
};

/* Takes the terminal, or a negative errno: -ENOTTY for one that cannot be used. */
int term_open(bool colour) must_check;
void term_close(void);
/* Gives it to somebody else for a while, and takes it back. */
void term_leave(void);
void term_return(void);

void term_size(int *ret_rows, int *ret_cols);
/* Shows only what differs from what is there; ALL: everything. */
void term_draw(const struct screen *s, bool all);
/* The next key, without waiting. */
int term_key(void);
int term_mouse_row(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A picture as data: rows of cells, each one character of one or two columns. Views draw
 * into it and know no terminal; term.c shows it, tests print it.
 */
#ifndef QVM_TUI_SCREEN_H
#define QVM_TUI_SCREEN_H

#include <stdbool.h>

#include "lib/buf.h"

enum { COLOUR_NONE = -1, CELL_BYTES = 8, SCREEN_ROWS = 24, SCREEN_COLS = 80 };

struct style {
	int colour; /* one of 256, of which each terminal has the first eight; COLOUR_NONE */
	bool bold, reverse;
};

#define PLAIN ((struct style){.colour = COLOUR_NONE})
#define BOLD ((struct style){.colour = COLOUR_NONE, .bold = true})
#define REVERSE ((struct style){.colour = COLOUR_NONE, .reverse = true})

struct cell {
	char text[CELL_BYTES]; /* "" behind a character of two columns */
	struct style style;
};

struct screen {
	int rows, cols;
	struct cell *cells;
};

/* Empties it, and gives it that size. */
void screen_size(struct screen *s, int rows, int cols);
void screen_dispose(struct screen *s);

/*
 * Puts TEXT at ROW and COL, cut at WIDTH columns (0: the screen's edge) and filled up to it.
 * What a terminal could take for an order becomes `?`. Outside of the screen nothing is
 * drawn. Returns the column behind what was drawn.
 */
int screen_put(struct screen *s, int row, int col, int width, const char *text,
	       struct style style);
/* The same, with the text's end at the end of WIDTH. */
void screen_right(struct screen *s, int row, int col, int width, const char *text,
		  struct style style);
/* Changes the style of a part of a row. */
void screen_mark(struct screen *s, int row, struct style style);

/* As text, blanks at the ends of rows left out. */
void screen_text(const struct screen *s, struct buf *ret);

#endif

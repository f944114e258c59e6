/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/screen.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "lib/alloc.h"

void screen_size(struct screen *s, int rows, int cols)
{
	size_t n = (size_t)rows * (size_t)cols;

	s->cells = xreallocarray(s->cells, n + 1, sizeof(*s->cells));
	s->rows = rows;
	s->cols = cols;
	for (size_t i = 0; i < n; i++)
		s->cells[i] = (struct cell){" ", PLAIN};
}

void screen_dispose(struct screen *s)
{
	free(s->cells);
	*s = (struct screen){0};
}

/* The next character of *TEXT and its columns, 1 or 2; what is none of a text is `?`. */
static int next_char(const char **text, char ret[static CELL_BYTES])
{
	mbstate_t state = {0};
	wchar_t c;
	size_t n = mbrtowc(&c, *text, CELL_BYTES - 1, &state);
	int width = n == 0 || n > CELL_BYTES - 1 ? -1 : wcwidth(c);

	if (width < 1) {
		strcpy(ret, "?");
		*text += n > 0 && n < CELL_BYTES ? n : 1;
		return 1;
	}
	memcpy(ret, *text, n);
	ret[n] = '\0';
	*text += n;
	return width;
}

static int text_width(const char *text)
{
	char c[CELL_BYTES];
	int width = 0;

	while (*text)
		width += next_char(&text, c);
	return width;
}

static void set(struct screen *s, int row, int col, const char *text, struct style style)
{
	struct cell *cell = &s->cells[row * s->cols + col];

	strcpy(cell->text, text);
	cell->style = style;
}

int screen_put(struct screen *s, int row, int col, int width, const char *text,
	       struct style style)
{
	int end = width && col + width < s->cols ? col + width : s->cols;
	char c[CELL_BYTES];

	if (row < 0 || row >= s->rows || col < 0)
		return col;
	while (*text && col < end) {
		int w = next_char(&text, c);

		if (col + w > end)
			break;
		set(s, row, col, c, style);
		if (w == 2)
			set(s, row, col + 1, "", style);
		col += w;
	}
	for (int at = col; width && at < end; at++)
		set(s, row, at, " ", style);
	return width && col < end ? end : col;
}

void screen_right(struct screen *s, int row, int col, int width, const char *text,
		  struct style style)
{
	int blank = width - text_width(text);

	if (blank > 0)
		col = screen_put(s, row, col, blank, "", style);
	screen_put(s, row, col, blank > 0 ? width - blank : width, text, style);
}

void screen_mark(struct screen *s, int row, struct style style)
{
	for (int col = 0; row >= 0 && row < s->rows && col < s->cols; col++)
		s->cells[row * s->cols + col].style = style;
}

void screen_text(const struct screen *s, struct buf *ret)
{
	for (int row = 0; row < s->rows; row++) {
		int last = s->cols;

		while (last && strcmp(s->cells[row * s->cols + last - 1].text, " ") == 0)
			last--;
		for (int col = 0; col < last; col++)
			buf_add(ret, s->cells[row * s->cols + col].text);
		buf_add_ch(ret, '\n');
	}
}

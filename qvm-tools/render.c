/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/render.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "qvm-tools/text.h"

#define MISSING "-"

void table_init(struct table *t, const char *schema, const char *items,
		const struct column *cols, size_t n)
{
	*t = (struct table){
		.schema = schema,
		.items = items,
		.cols = cols,
		.col_count = n,
	};
}

static void row_dispose(struct row *row)
{
	for (size_t i = 0; i < row->cell_count; i++)
		free(row->cells[i].text);
	free(row->cells);
}

void table_dispose(struct table *t)
{
	for (size_t i = 0; i < t->row_count; i++)
		row_dispose(&t->rows[i]);
	free(t->rows);
	for (size_t i = 0; i < t->extra_count; i++) {
		free(t->extras[i].key);
		free(t->extras[i].text);
	}
	free(t->extras);
	*t = (struct table){0};
}

void table_row(struct table *t, int ansi)
{
	struct row *row = &array_grow(t->rows, t->row_count);

	row->cells = xcalloc(t->col_count, sizeof(*row->cells));
	row->ansi = ansi;
	t->row_count++;
}

void table_typed(struct table *t, enum cell_type type, const char *text)
{
	struct row *row = &t->rows[t->row_count - 1];
	struct cell *cell = &row->cells[row->cell_count++];

	cell->type = type;
	cell->text = xstrdup(text);
}

void table_text(struct table *t, const char *text)
{
	table_typed(t, CELL_TEXT, text);
}

void table_int(struct table *t, long long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", value);
	table_typed(t, CELL_INT, text);
}

void table_bool(struct table *t, bool value)
{
	table_typed(t, CELL_BOOL, value ? "True" : "False");
}

static void add_extra(struct table *t, const char *key, const char *text, bool is_json)
{
	struct extra *extra = &array_grow(t->extras, t->extra_count);

	extra->key = xstrdup(key);
	extra->text = xstrdup(text);
	extra->is_json = is_json;
	t->extra_count++;
}

void table_extra(struct table *t, const char *key, const char *text)
{
	add_extra(t, key, text, false);
}

void table_extra_json(struct table *t, const char *key, const char *json)
{
	add_extra(t, key, json, true);
}

const struct column info_columns[2] = {
	{"property", "PROPERTY", CELL_TEXT, 18, false, "name"},
	{"value", "VALUE", CELL_TEXT, 0, false, "value"},
};

void table_fact(struct table *t, bool json, const char *name, bool number,
		const char *text)
{
	if (json) {
		add_extra(t, name, text, number);
		return;
	}
	table_row(t, 0);
	table_text(t, name);
	table_text(t, text);
}

void table_fact_number(struct table *t, bool json, const char *name, int64_t value)
{
	cleanup_free char *text = xasprintf("%lld", (long long)value);

	table_fact(t, json, name, true, text);
}

/* ---- aligned ---- */

struct layout {
	FILE *out;
	size_t *widths;
	bool color;
};

static size_t cell_width(const struct cell *cell)
{
	cleanup_buf struct buf clean = BUF_INIT;

	return text_clean(cell->text ? cell->text : MISSING, &clean);
}

static void measure(const struct table *t, bool heading, size_t *widths)
{
	for (size_t c = 0; c < t->col_count; c++) {
		widths[c] = t->cols[c].width > 0 ? (size_t)t->cols[c].width : 0;
		if (heading && strlen(t->cols[c].heading) > widths[c])
			widths[c] = strlen(t->cols[c].heading);
		for (size_t r = 0; r < t->row_count; r++) {
			size_t width = cell_width(&t->rows[r].cells[c]);

			if (width > widths[c])
				widths[c] = width;
		}
	}
}

static void pad(struct buf *line, size_t n)
{
	buf_addf(line, "%*s", (int)n, "");
}

/* What one cell looks like. */
struct look {
	size_t width;
	bool right;
	int ansi; /* 0: no colour */
};

static void add_cell(struct buf *line, const char *text, const struct look *look)
{
	cleanup_buf struct buf clean = BUF_INIT;
	size_t shown = text_clean(text, &clean);
	size_t blanks = look->width > shown ? look->width - shown : 0;

	if (line->len)
		buf_add(line, "  ");
	if (look->right)
		pad(line, blanks);
	if (look->ansi)
		buf_addf(line, "\033[%dm%s\033[0m", look->ansi, buf_str(&clean));
	else
		buf_add(line, buf_str(&clean));
	if (!look->right)
		pad(line, blanks);
}

static void print_line(const struct buf *line, FILE *out)
{
	size_t len = line->len;

	while (len && line->data[len - 1] == ' ')
		len--;
	fprintf(out, "%.*s\n", (int)len, buf_str(line));
}

/* The heading for ROW NULL. */
static void print_row(const struct table *t, const struct row *row,
		      const struct layout *l)
{
	cleanup_buf struct buf line = BUF_INIT;

	for (size_t c = 0; c < t->col_count; c++) {
		const struct column *col = &t->cols[c];
		const char *text = row ? row->cells[c].text : col->heading;
		const struct look look = {
			.width = l->widths[c],
			.right = col->type == CELL_INT,
			.ansi = row && l->color && col->paint ? row->ansi : 0,
		};

		add_cell(&line, text ? text : MISSING, &look);
	}
	print_line(&line, l->out);
}

static void print_aligned(const struct table *t, bool heading, FILE *out)
{
	cleanup_free size_t *widths = xcalloc(t->col_count, sizeof(*widths));
	const struct layout l = {.out = out, .widths = widths, .color = text_color(out)};

	measure(t, heading, widths);
	if (heading)
		print_row(t, NULL, &l);
	for (size_t r = 0; r < t->row_count; r++)
		print_row(t, &t->rows[r], &l);
}

/* ---- for programs ---- */

static void print_raw(const struct table *t, FILE *out)
{
	for (size_t r = 0; r < t->row_count; r++) {
		cleanup_buf struct buf line = BUF_INIT;

		for (size_t c = 0; c < t->col_count; c++) {
			const char *text = t->rows[r].cells[c].text;

			if (c)
				buf_add_ch(&line, '|');
			text_escape(text ? text : MISSING, &line);
		}
		fprintf(out, "%s\n", buf_str(&line));
	}
}

/* As it is, for scripts; made harmless only for a terminal. */
static void print_bare(const struct table *t, FILE *out)
{
	for (size_t r = 0; r < t->row_count; r++)
		for (size_t c = 0; c < t->col_count; c++) {
			cleanup_buf struct buf clean = BUF_INIT;
			const char *text = t->rows[r].cells[c].text;

			if (text && isatty(fileno(out))) {
				text_clean(text, &clean);
				text = buf_str(&clean);
			}
			if (text)
				fprintf(out, "%s\n", text);
		}
}

void table_print(const struct table *t, enum render_mode mode, FILE *out)
{
	switch (mode) {
	case RENDER_TABLE:
	case RENDER_PLAIN:
		print_aligned(t, mode == RENDER_TABLE, out);
		break;
	case RENDER_RAW:
		print_raw(t, out);
		break;
	case RENDER_BARE:
		print_bare(t, out);
		break;
	case RENDER_JSON:
		table_print_json(t, out);
		break;
	}
}

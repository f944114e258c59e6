/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one renderer. A command describes columns and adds cells; how they are printed is
 * chosen at the end:
 *
 *	table_init → [table_row → one table_* for each column] ... → table_print → dispose
 */
#ifndef QVM_TOOLS_RENDER_H
#define QVM_TOOLS_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/macro.h"

enum cell_type { CELL_TEXT, CELL_INT, CELL_BOOL };

struct column {
	const char *name;    /* key in JSON, lower case */
	const char *heading; /* of the table */
	enum cell_type type;
	int width;	  /* hint: at least so wide */
	bool paint;	  /* in the colour of its row */
	const char *help; /* one line */
};

struct cell {
	enum cell_type type;
	char *text; /* NULL: there is no value. Owned */
};

struct row {
	struct cell *cells;
	size_t cell_count;
	int ansi; /* colour as in "\033[%dm"; 0: none */
};

/* A further member of the JSON document, beside the rows. */
struct extra {
	char *key;
	char *text;
	bool is_json;
};

struct table {
	const char *schema; /* "qvm-ls/1" */
	const char *items;  /* key of the rows in JSON */
	const struct column *cols;
	size_t col_count;
	struct row *rows;
	size_t row_count;
	struct extra *extras;
	size_t extra_count;
};

enum render_mode {
	RENDER_TABLE, /* heading, aligned */
	RENDER_PLAIN, /* aligned, no heading */
	RENDER_RAW,   /* fields joined by '|', escaped; no heading */
	RENDER_BARE,  /* values only, one a line */
	RENDER_JSON,
};

/* COLS must outlive the table. */
void table_init(struct table *t, const char *schema, const char *items,
		const struct column *cols, size_t n);
void table_dispose(struct table *t);
#define cleanup_table cleanup(table_dispose)

void table_row(struct table *t, int ansi);
/* Each adds the next cell of the last row. TEXT is copied; NULL: no value. */
void table_text(struct table *t, const char *text);
void table_typed(struct table *t, enum cell_type type, const char *text);
void table_int(struct table *t, long long value);
void table_bool(struct table *t, bool value);

void table_extra(struct table *t, const char *key, const char *text);
void table_extra_json(struct table *t, const char *key, const char *json);

/*
 * A fact of `info`: a member of its own in JSON (without quotes for a NUMBER), otherwise a row
 * of the two columns info_columns.
 */
void table_fact(struct table *t, bool json, const char *name, bool number,
		const char *text);
void table_fact_number(struct table *t, bool json, const char *name, int64_t value);
extern const struct column info_columns[2];

/* By one column, stable; rows without a value come last. Numbers by size. */
struct table_order {
	size_t col;
	bool reverse, ignore_case;
};

void table_sort(struct table *t, const struct table_order *order);

/* Colours only when OUT is a terminal and NO_COLOR is not set. */
void table_print(const struct table *t, enum render_mode mode, FILE *out);

/* render_json.c */
void table_print_json(const struct table *t, FILE *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "qvm-tools/render.h"

struct sort {
	const struct table *t;
	const struct table_order *order;
};

static int compare_numbers(const char *a, const char *b)
{
	long long x = strtoll(a, NULL, 10), y = strtoll(b, NULL, 10);

	return (x > y) - (x < y);
}

static int compare_cells(const struct sort *s, const char *a, const char *b)
{
	int d;

	if (s->t->cols[s->order->col].type == CELL_INT)
		d = compare_numbers(a, b);
	else
		d = s->order->ignore_case ? strcasecmp(a, b) : strcmp(a, b);
	return s->order->reverse ? -d : d;
}

static int compare_rows(const struct sort *s, const struct row *a, const struct row *b)
{
	const char *x = a->cells[s->order->col].text;
	const char *y = b->cells[s->order->col].text;

	if (!x || !y)
		return !x - !y;
	return compare_cells(s, x, y);
}

/* Insertion keeps it stable, which qsort does not promise; lists of domains are short and
 * nearly sorted. */
void table_sort(struct table *t, const struct table_order *order)
{
	struct sort s = {.t = t, .order = order};

	for (size_t i = 1; i < t->row_count; i++) {
		struct row row = t->rows[i];
		size_t at = i;

		while (at > 0 && compare_rows(&s, &row, &t->rows[at - 1]) < 0) {
			t->rows[at] = t->rows[at - 1];
			at--;
		}
		t->rows[at] = row;
	}
}

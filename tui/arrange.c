/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which domains a view has, in which order. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/alloc.h"
#include "tui/view.h"

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_number(double a, double b)
{
	return (a < b) - (a > b); /* the largest first */
}

static int compare(const struct dom *a, const struct dom *b, enum view_column_id sort)
{
	switch (sort) {
	case COL_STATE:
		return compare_number(a->runs, b->runs);
	case COL_CPU:
	case COL_CPU_BARS:
		return compare_number(a->cpu, b->cpu);
	case COL_MEMORY:
	case COL_MAX:
		return compare_number((double)a->memory, (double)b->memory);
	case COL_DISK:
	case COL_DISK_BARS:
		return compare_number(a->disk, b->disk);
	case COL_NET:
	case COL_NET_BARS:
		return compare_number(a->net, b->net);
	case COL_CLASS:
		return compare_text(a->klass, b->klass);
	case COL_TEMPLATE:
		return compare_text(a->template, b->template);
	case COL_NETVM:
		return compare_text(a->netvm, b->netvm);
	case COL_LABEL:
		return compare_text(a->label, b->label);
	default:
		return 0;
	}
}

static int compare_rows(const void *a, const void *b, void *arg)
{
	const struct view *v = arg;
	const struct dom *x = ((const struct view_row *)a)->dom;
	const struct dom *y = ((const struct view_row *)b)->dom;
	int r = compare(x, y, v->sort);

	if (r == 0)
		r = strcmp(x->name, y->name);
	return v->reverse ? -r : r;
}

static bool is_shown(const struct view *v, const struct dom *d)
{
	if (v->running && !d->runs)
		return false;
	return !*v->filter || strcasestr(d->name, v->filter) ||
	       (d->label && strcasecmp(d->label, v->filter) == 0) ||
	       (d->klass && strcasecmp(d->klass, v->filter) == 0) ||
	       (d->template && strcasecmp(d->template, v->filter) == 0);
}

static const char *parent(const struct view *v, const struct dom *d)
{
	return v->order == ORDER_NETWORK ? d->netvm : d->template;
}

/* Adds the children of NAME (NULL: those whose parent is not shown), each with its own. */
static void add_below(const struct view *v, struct view_row *all, size_t n,
		      const char *name, int depth, struct view_row *ret, size_t *ret_n)
{
	for (size_t i = 0; i < n; i++) {
		const char *above = all[i].dom ? parent(v, all[i].dom) : NULL;
		struct dom *d = all[i].dom;

		if (!d || (name ? !above || strcmp(above, name) != 0 : above != NULL))
			continue;
		all[i].dom = NULL; /* once, whatever the relations are */
		ret[(*ret_n)++] = (struct view_row){d, depth};
		add_below(v, all, n, d->name, depth + 1, ret, ret_n);
	}
}

static void make_tree(struct view *v)
{
	struct view_row *tree = xcalloc(v->n + 1, sizeof(*tree));
	size_t n = 0;

	add_below(v, v->rows, v->n, NULL, 0, tree, &n);
	for (size_t i = 0; i < v->n; i++) {
		struct dom *d = v->rows[i].dom;

		if (!d) /* has its place; the others hang below something hidden */
			continue;
		v->rows[i].dom = NULL;
		tree[n++] = (struct view_row){d, 0};
		add_below(v, v->rows, v->n, d->name, 1, tree, &n);
	}
	free(v->rows);
	v->rows = tree;
}

void view_arrange(struct view *v, const struct model *m)
{
	v->rows = xreallocarray(v->rows, m->n + 1, sizeof(*v->rows));
	v->n = 0;
	for (size_t i = 0; i < m->n; i++)
		if (is_shown(v, &m->doms[i]))
			v->rows[v->n++] = (struct view_row){&m->doms[i], 0};
	if (v->n > 1)
		qsort_r(v->rows, v->n, sizeof(*v->rows), compare_rows, v);
	if (v->order != ORDER_LIST)
		make_tree(v);
	if (v->kind != VIEW_DOMAINS)
		return;
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->rows[i].dom->name, v->cursor_name) == 0)
			v->cursor = i;
	view_move(v, 0);
}

struct dom *view_dom(const struct view *v)
{
	return v->kind == VIEW_DOMAINS && v->cursor < v->n ? v->rows[v->cursor].dom
							   : NULL;
}

static size_t line_count(const struct view *v)
{
	switch (v->kind) {
	case VIEW_DOMAINS:
		return v->n;
	case VIEW_JOBS:
		return v->job_count;
	case VIEW_FORM:
		return v->field_count;
	default:
		return SIZE_MAX; /* the drawing knows */
	}
}

void view_move(struct view *v, long n)
{
	size_t count = line_count(v);

	if (n < 0 && v->cursor < (size_t)-n)
		v->cursor = 0;
	else
		v->cursor += (size_t)n;
	if (v->cursor >= count)
		v->cursor = count ? count - 1 : 0;
	if (view_dom(v)) {
		snprintf(v->cursor_name, sizeof(v->cursor_name), "%s", view_dom(v)->name);
	}
}

void view_dispose(struct view *v)
{
	free(v->rows);
	v->rows = NULL;
}

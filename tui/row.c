/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's row: its columns, and what stands in them. */
#include <stdio.h>
#include <string.h>

#include "tui/view.h"

enum { NAME_LEAST = 24 };

const struct view_column view_columns[COL_COUNT] = {
	[COL_NAME] = {"name", "NAME", NAME_LEAST, false},
	[COL_STATE] = {"state", "STATE", 9, false},
	[COL_CPU] = {"cpu", "CPU%", 6, true},
	[COL_CPU_BARS] = {"history", "", HISTORY, false},
	[COL_MEMORY] = {"memory", "MEM", 9, true},
	[COL_MAX] = {"max", "MAX", 9, true},
	[COL_DISK] = {"disk", "DISK/S", 9, true},
	[COL_DISK_BARS] = {"disk-history", "", HISTORY, false, true},
	[COL_NET] = {"net", "NET/S", 9, true},
	[COL_NET_BARS] = {"net-history", "", HISTORY, false, true},
	[COL_CLASS] = {"class", "CLASS", 12, false},
	[COL_TEMPLATE] = {"template", "TEMPLATE", 16, false},
	[COL_NETVM] = {"netvm", "NETVM", 16, false},
	[COL_LABEL] = {"label", "LABEL", 7, false},
};

/* Orange is none of the eight that every terminal has; term.c knows what is near. */
static const struct {
	const char *label;
	int colour;
} labels[VIEW_LABELS] = {
	{"red", 1},  {"orange", 208}, {"yellow", 3}, {"green", 2},
	{"gray", 7}, {"blue", 4},     {"purple", 5}, {"black", COLOUR_NONE},
};

static int label_index(const char *label)
{
	for (int i = 0; label && i < VIEW_LABELS; i++)
		if (strcmp(labels[i].label, label) == 0)
			return i;
	return -1;
}

int label_colour(const struct view *v, const char *label)
{
	int i = label_index(label);

	if (i < 0)
		return COLOUR_NONE;
	return v->colours[i] ? v->colours[i] - 1 : labels[i].colour;
}

bool label_set_colour(struct view *v, const char *label, int colour)
{
	int i = label_index(label);

	if (i >= 0)
		v->colours[i] = colour + 1;
	return i >= 0;
}

/* "512M": at most five columns and a unit. */
static void short_size(double bytes, char ret[static 16])
{
	static const char units[] = "BKMGT";
	size_t unit = 0;

	while (bytes >= 1000 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	snprintf(ret, 16, bytes < 10 && unit ? "%.1f%c" : "%.0f%c", bytes, units[unit]);
}

static void bars_text(const unsigned char *levels, bool ascii, char ret[static 64])
{
	static const char *const bars[2][BAR_MAX + 1] = {
		{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
		{"_", ".", ":", "-", "=", "+", "#", "@"}};

	*ret = '\0';
	for (int i = 0; i < HISTORY; i++)
		strcat(ret, bars[ascii][levels[i]]);
}

static void name_text(const struct view *v, const struct view_row *row,
		      char ret[static 128])
{
	const char *branch = !row->depth ? "" : v->ascii ? "`-" : "└─";

	snprintf(ret, 128, "%*s%s%s", row->depth ? (row->depth - 1) * 2 : 0, "", branch,
		 row->dom->name);
}

/* What has a text of its own; NULL: it has none now. */
static const char *word_of(const struct dom *d, enum view_column_id column)
{
	switch (column) {
	case COL_STATE:
		return d->state;
	case COL_CLASS:
		return d->klass;
	case COL_TEMPLATE:
		return d->template ? d->template : "-";
	case COL_NETVM:
		return d->netvm ? d->netvm : "-";
	case COL_LABEL:
		return d->label;
	default:
		return NULL;
	}
}

static void cell_text(const struct view *v, const struct view_row *row,
		      enum view_column_id column, char ret[static 128])
{
	const struct dom *d = row->dom;
	const char *word = word_of(d, column);

	snprintf(ret, 128, "%s", word ? word : "");
	if (column == COL_NAME)
		name_text(v, row, ret);
	else if (column == COL_CPU && d->has_rates)
		snprintf(ret, 128, "%.1f", d->cpu);
	else if (column == COL_CPU_BARS && d->runs)
		bars_text(d->history[BARS_CPU], v->ascii, ret);
	else if (column == COL_MEMORY && d->runs)
		short_size((double)d->memory, ret);
	else if (column == COL_MAX && d->runs && d->max_memory < ((uint64_t)1 << 50))
		short_size((double)d->max_memory, ret);
	else if (column == COL_DISK && d->has_io)
		short_size(d->disk, ret);
	else if (column == COL_DISK_BARS && d->has_io)
		bars_text(d->history[BARS_DISK], v->ascii, ret);
	else if (column == COL_NET && d->has_io)
		short_size(d->net, ret);
	else if (column == COL_NET_BARS && d->has_io)
		bars_text(d->history[BARS_NET], v->ascii, ret);
}

/* What all columns take beside the names, with those that come last or without. */
static int widths(const struct view *v, bool last)
{
	int all = VIEW_NAME_COL;

	for (size_t i = 1; i < COL_COUNT; i++)
		if (!(v->hidden & 1u << i) && (last || !view_columns[i].last))
			all += view_columns[i].width + 1;
	return all;
}

/* Of what does not fit beside the others the last columns are left out; names get room. */
static int name_width(const struct view *v, int cols)
{
	int left = cols - widths(v, false);

	if (left > 36)
		return 36;
	return left > NAME_LEAST ? left : NAME_LEAST;
}

void view_draw_row(const struct view *v, struct screen *s, int y,
		   const struct view_row *row, bool head)
{
	bool all = s->cols >= widths(v, true) + name_width(v, s->cols);
	bool before = true; /* is the one before shown */
	int col = VIEW_NAME_COL;

	for (size_t i = 0; i < COL_COUNT; i++) {
		const struct view_column *c = &view_columns[i];
		int width = i ? c->width : name_width(v, s->cols) - 1;
		struct style style = PLAIN;
		char text[128];

		before = !(v->hidden & 1u << i) && col + width <= s->cols &&
			 (all || !c->last) && (before || *c->heading);
		if (!before)
			continue;
		if (row)
			cell_text(v, row, i, text);
		else
			snprintf(text, sizeof(text), "%s%s", c->heading,
				 i == v->sort && *c->heading ? v->reverse ? "-" : "+"
							     : "");
		if (head)
			style.bold = true;
		else if (i == COL_NAME || i == COL_LABEL)
			style = (struct style){label_colour(v, row->dom->label),
					       i == COL_NAME, false};
		if (c->right)
			screen_right(s, y, col, width, text, style);
		else
			screen_put(s, y, col, width, text, style);
		col += width + 1;
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#include "lib/size.h"

enum { HEAD_ROWS = 3, FOOT_ROWS = 2, NAME_COL = 2 };

const struct view_column view_columns[] = {
	{"name", "NAME", 24, false},   {"state", "STATE", 9, false},
	{"cpu", "CPU%", 6, true},      {"history", "", HISTORY, false},
	{"memory", "MEM", 9, true},    {"max", "MAX", 9, true},
	{"disk", "DISK/S", 9, true},   {"net", "NET/S", 9, true},
	{"class", "CLASS", 12, false}, {"template", "TEMPLATE", 16, false},
	{"netvm", "NETVM", 16, false}, {"label", "LABEL", 7, false},
};
const size_t view_column_count = sizeof(view_columns) / sizeof(view_columns[0]);

static const struct {
	const char *label;
	int colour;
} colours[] = {
	{"red", 1},  {"orange", 3}, {"yellow", 3}, {"green", 2},
	{"gray", 7}, {"blue", 4},   {"purple", 5}, {"black", COLOUR_NONE},
};

int label_colour(const char *label)
{
	for (size_t i = 0; label && i < sizeof(colours) / sizeof(colours[0]); i++)
		if (strcmp(colours[i].label, label) == 0)
			return colours[i].colour;
	return COLOUR_NONE;
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

static void history_text(const struct dom *d, bool ascii, char ret[static 64])
{
	static const char *const bars[2][8] = {{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
					       {"_", ".", ":", "-", "=", "+", "#", "@"}};

	*ret = '\0';
	for (int i = 0; i < HISTORY; i++)
		strcat(ret, bars[ascii][d->history[i] * 7 / 100]);
}

static void cell_text(const struct view *v, const struct view_row *row, size_t column,
		      char ret[static 128])
{
	const struct dom *d = row->dom;
	const char *text = NULL;
	char size[16] = "";

	*ret = '\0';
	switch (column) {
	case 0:
		snprintf(ret, 128, "%*s%s%s", row->depth ? (row->depth - 1) * 2 : 0, "",
			 !row->depth ? ""
			 : v->ascii  ? "`-"
				     : "└─",
			 d->name);
		return;
	case 1:
		text = d->state;
		break;
	case 2:
		if (d->has_rates)
			snprintf(ret, 128, "%.1f", d->cpu);
		return;
	case 3:
		if (d->runs)
			history_text(d, v->ascii, ret);
		return;
	case 4:
		if (d->runs)
			short_size((double)d->memory, size);
		break;
	case 5:
		if (d->runs && d->max_memory < ((uint64_t)1 << 50))
			short_size((double)d->max_memory, size);
		break;
	case 6:
	case 7:
		if (d->has_io)
			short_size(column == 6 ? d->disk : d->net, size);
		break;
	case 8:
		text = d->klass;
		break;
	case 9:
		text = d->template ? d->template : "-";
		break;
	case 10:
		text = d->netvm ? d->netvm : "-";
		break;
	default:
		text = d->label;
	}
	snprintf(ret, 128, "%s", text ? text : size);
}

/* Of what does not fit beside the others the last columns are left out; names get room. */
static int name_width(const struct view *v, int cols)
{
	int all = NAME_COL;

	for (size_t i = 1; i < view_column_count; i++)
		if (!(v->hidden & 1u << i))
			all += view_columns[i].width + 1;
	if (cols - all > 36)
		return 36;
	return cols - all > 24 ? cols - all : 24;
}

static void draw_row(const struct view *v, struct screen *s, int y,
		     const struct view_row *row, bool head)
{
	int col = NAME_COL;

	for (size_t i = 0; i < view_column_count; i++) {
		const struct view_column *c = &view_columns[i];
		int width = i ? c->width : name_width(v, s->cols) - 1;
		struct style style = PLAIN;
		char text[128];

		if (v->hidden & 1u << i || col + width > s->cols)
			continue;
		if (row)
			cell_text(v, row, i, text);
		else
			snprintf(text, sizeof(text), "%s%s", c->heading,
				 i == v->sort && *c->heading ? v->reverse ? "-" : "+"
							     : "");
		if (head)
			style.bold = true;
		else if (i == 0 || i == 11)
			style = (struct style){label_colour(row->dom->label), i == 0,
					       false};
		if (c->right)
			screen_right(s, y, col, width, text, style);
		else
			screen_put(s, y, col, width, text, style);
		col += width + 1;
	}
}

static const char *flag(const struct dom *d)
{
	if (d->marked)
		return "*";
	return d->orphan ? "!" : d->outdated ? "o" : " ";
}

static void keep_in_sight(struct view *v, size_t count, int room)
{
	size_t rows = room > 0 ? (size_t)room : 1;

	if (v->cursor >= count)
		v->cursor = count ? count - 1 : 0;
	if (v->cursor < v->top)
		v->top = v->cursor;
	if (v->cursor >= v->top + rows)
		v->top = v->cursor - rows + 1;
}

static void draw_domains(struct view *v, struct screen *s)
{
	int room = s->rows - HEAD_ROWS - FOOT_ROWS;

	keep_in_sight(v, v->n, room);
	draw_row(v, s, HEAD_ROWS - 1, NULL, true);
	for (int i = 0; i < room && v->top + (size_t)i < v->n; i++) {
		const struct view_row *row = &v->rows[v->top + (size_t)i];
		bool here = v->top + (size_t)i == v->cursor;

		draw_row(v, s, HEAD_ROWS + i, row, false);
		screen_put(s, HEAD_ROWS + i, 1, 1, flag(row->dom), BOLD);
		screen_put(s, HEAD_ROWS + i, 0, 1, here ? ">" : " ", BOLD);
		if (here)
			screen_mark(s, HEAD_ROWS + i,
				    (struct style){label_colour(row->dom->label), true,
						   true});
	}
	if (!v->n)
		screen_put(s, HEAD_ROWS, NAME_COL, 0,
			   *v->filter ? "no domain matches the filter"
				      : "there are no domains",
			   PLAIN);
}

/* The cursor is the first line that is shown. */
static void draw_text(struct view *v, struct screen *s, const char *text)
{
	int room = s->rows - HEAD_ROWS - FOOT_ROWS + 1;
	size_t lines = 0, at = 0;
	const char *line = text;

	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	if (v->cursor + (size_t)room > lines)
		v->cursor = lines > (size_t)room ? lines - (size_t)room : 0;
	for (; *line; at++) {
		int len = (int)strcspn(line, "\n");
		char part[512];

		snprintf(part, sizeof(part), "%.*s", len, line);
		if (at >= v->cursor && (int)(at - v->cursor) < room)
			screen_put(s, HEAD_ROWS - 1 + (int)(at - v->cursor), 1, 0, part,
				   PLAIN);
		line += len + (line[len] == '\n');
	}
}

static void draw_events(struct view *v, const struct model *m, struct screen *s)
{
	int room = s->rows - HEAD_ROWS - FOOT_ROWS + 1;
	size_t last = m->events.n > v->cursor ? m->events.n - v->cursor : 0;

	/* the newest at the bottom; the cursor counts back from there */
	if (last < (size_t)room)
		last = m->events.n < (size_t)room ? m->events.n : (size_t)room;
	v->cursor = m->events.n - last;
	for (int i = 0; i < room && (size_t)i < last; i++)
		screen_put(
			s, HEAD_ROWS - 1 + i, 1, 0,
			m->events.v[last - (last < (size_t)room ? last : (size_t)room) +
				    (size_t)i],
			PLAIN);
}

static void draw_jobs(struct view *v, struct screen *s)
{
	int room = s->rows - HEAD_ROWS - FOOT_ROWS;

	keep_in_sight(v, v->job_count, room);
	screen_put(s, HEAD_ROWS - 1, 1, 0, "JOBS (enter shows the output)", BOLD);
	for (int i = 0; i < room && v->top + (size_t)i < v->job_count; i++) {
		const struct view_job *job = &v->jobs[v->top + (size_t)i];
		char line[512];

		if (job->status < 0)
			snprintf(line, sizeof(line), "runs     %s", job->title);
		else if (job->status == 0)
			snprintf(line, sizeof(line), "done     %s", job->title);
		else
			snprintf(line, sizeof(line), "exit %-3d %s", job->status,
				 job->title);
		screen_put(s, HEAD_ROWS + i, 1, 0, line, PLAIN);
		if (v->top + (size_t)i == v->cursor)
			screen_mark(s, HEAD_ROWS + i, REVERSE);
	}
}

static void draw_head(const struct view *v, const struct model *m, struct screen *s)
{
	static const char *const orders[] = {"list", "network", "templates"};
	double used =
		m->memory ? 100 - 100.0 * (double)m->memory_free / (double)m->memory : 0;
	char line[256], memory[32], free[32];
	size_t running = 0, marked = 0, jobs = 0;
	double cpu = 0;

	for (size_t i = 0; i < m->n; i++) {
		running += m->doms[i].runs;
		marked += m->doms[i].marked;
		cpu += m->doms[i].cpu;
	}
	for (size_t i = 0; i < v->job_count; i++)
		jobs += v->jobs[i].status < 0;
	size_format(m->memory, memory);
	size_format(m->memory_free, free);
	snprintf(line, sizeof(line),
		 "qvm-top  %zu domains, %zu run  cpu %.0f%% of %d00%%  memory %.0f%% of "
		 "%s, "
		 "%s free",
		 m->n, running, cpu, m->cpus, used, memory, free);
	screen_put(s, 0, 0, s->cols, line, REVERSE);
	snprintf(line, sizeof(line), "%s%s%s%s", orders[v->order],
		 v->running ? ", running only" : "", *v->filter ? "  filter: " : "",
		 v->filter);
	if (marked)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "  %zu marked",
			 marked);
	if (jobs)
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
			 "  %zu job%s running", jobs, jobs == 1 ? "" : "s");
	screen_put(s, 1, 0, 0, line, PLAIN);
}

static void draw_foot(const struct view *v, struct screen *s)
{
	struct style style = PLAIN;
	char line[512];

	if (v->question) {
		style.colour = label_colour(v->question_label);
		style.bold = style.reverse = true;
		screen_put(s, s->rows - 2, 0, s->cols, v->question, style);
	} else if (v->message) {
		screen_put(s, s->rows - 2, 0, 0, v->message, BOLD);
	}
	if (v->prompt) {
		snprintf(line, sizeof(line), "%s%s_", v->prompt, v->input);
		screen_put(s, s->rows - 1, 0, 0, line, BOLD);
		return;
	}
	screen_put(s, s->rows - 1, 0, 0,
		   v->kind == VIEW_DOMAINS
			   ? "? help  / filter  s start  S shutdown  enter "
			     "all  n new  J jobs  E events  q quit"
			   : "q back  ? help",
		   PLAIN);
}

void view_draw(struct view *v, const struct model *m, struct screen *s)
{
	if (s->rows < SCREEN_ROWS || s->cols < SCREEN_COLS) {
		char line[128];

		snprintf(line, sizeof(line), "The terminal has %dx%d;", s->cols, s->rows);
		screen_put(s, 0, 0, 0, line, PLAIN);
		screen_put(s, 1, 0, 0, "please make it 80x24.", PLAIN);
		if (v->question)
			screen_put(s, 2, 0, 0, v->question, BOLD);
		return;
	}
	draw_head(v, m, s);
	switch (v->kind) {
	case VIEW_DOMAINS:
		draw_domains(v, s);
		break;
	case VIEW_EVENTS:
		draw_events(v, m, s);
		break;
	case VIEW_JOBS:
		draw_jobs(v, s);
		break;
	case VIEW_TEXT:
		if (v->job < v->job_count)
			draw_text(v, s, v->jobs[v->job].text);
		break;
	case VIEW_HELP:
		draw_text(v, s, v->help);
	}
	draw_foot(v, s);
}

bool view_click(struct view *v, int row)
{
	size_t at = v->top + (size_t)(row - HEAD_ROWS);

	if (v->kind != VIEW_DOMAINS || row < HEAD_ROWS || at >= v->n)
		return false;
	view_move(v, (long)at - (long)v->cursor);
	return true;
}

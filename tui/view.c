/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#include "lib/size.h"

enum { HEAD_ROWS = 3, FOOT_ROWS = 2 };

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
	view_draw_row(v, s, HEAD_ROWS - 1, NULL, true);
	for (int i = 0; i < room && v->top + (size_t)i < v->n; i++) {
		const struct view_row *row = &v->rows[v->top + (size_t)i];
		bool here = v->top + (size_t)i == v->cursor;

		view_draw_row(v, s, HEAD_ROWS + i, row, false);
		screen_put(s, HEAD_ROWS + i, 1, 1, flag(row->dom), BOLD);
		screen_put(s, HEAD_ROWS + i, 0, 1, here ? ">" : " ", BOLD);
		if (here)
			screen_mark(s, HEAD_ROWS + i,
				    (struct style){label_colour(v, row->dom->label), true,
						   true});
	}
	if (!v->n)
		screen_put(s, HEAD_ROWS, VIEW_NAME_COL, 0,
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
	if (v->follow || v->cursor + (size_t)room > lines)
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

/* How far it is: what a command that runs has said last. */
static int last_line(const char *text, const char **ret)
{
	size_t end = strlen(text), start;

	while (end && text[end - 1] == '\n')
		end--;
	start = end;
	while (start && text[start - 1] != '\n')
		start--;
	*ret = text + start;
	return (int)(end - start);
}

static void job_line(const struct view_job *job, char *ret, size_t size)
{
	const char *said;
	int len = last_line(job->text, &said);

	if (job->status < 0)
		snprintf(ret, size, "runs     %s%s%.*s", job->title, len ? ": " : "", len,
			 said);
	else if (job->status == 0)
		snprintf(ret, size, "done     %s", job->title);
	else
		snprintf(ret, size, "exit %-3d %s%s%.*s", job->status, job->title,
			 len ? ": " : "", len, said);
}

static void draw_jobs(struct view *v, struct screen *s)
{
	int room = s->rows - HEAD_ROWS - FOOT_ROWS;

	keep_in_sight(v, v->job_count, room);
	screen_put(s, HEAD_ROWS - 1, 1, 0, "JOBS (enter shows the output)", BOLD);
	for (int i = 0; i < room && v->top + (size_t)i < v->job_count; i++) {
		char line[512];

		job_line(&v->jobs[v->top + (size_t)i], line, sizeof(line));
		screen_put(s, HEAD_ROWS + i, 1, 0, line, PLAIN);
		if (v->top + (size_t)i == v->cursor)
			screen_mark(s, HEAD_ROWS + i, REVERSE);
	}
}

static void draw_form(const struct view *v, struct screen *s)
{
	for (size_t i = 0; i < v->field_count; i++) {
		const struct view_field *f = &v->fields[i];
		int row = HEAD_ROWS + (int)i;
		bool here = i == v->field;

		screen_put(s, row, 1, 12, f->name, here ? BOLD : PLAIN);
		screen_put(s, row, 14, 30, here ? v->input : f->value,
			   here ? REVERSE : PLAIN);
		screen_put(s, row, 46, 0, f->help, PLAIN);
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
	if (v->plan)
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
			 "  PLAN: the next command only says what it would do");
	if (marked)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "  %zu marked",
			 marked);
	if (jobs)
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
			 "  %zu job%s running", jobs, jobs == 1 ? "" : "s");
	screen_put(s, 1, 0, 0, line, PLAIN);
}

/* Of what is longer than the row its end is seen: that is where one types. */
static void draw_input(const struct view *v, struct screen *s)
{
	char line[2048];
	int len = snprintf(line, sizeof(line), "%s%s_", v->prompt, v->input);
	int over = len - s->cols;

	if (over > 0)
		line[over] = '<';
	screen_put(s, s->rows - 1, 0, 0, line + (over > 0 ? over : 0), BOLD);
}

static void draw_foot(const struct view *v, struct screen *s)
{
	struct style style = PLAIN;

	if (v->question) {
		style.colour = label_colour(v, v->question_label);
		style.bold = style.reverse = true;
		screen_put(s, s->rows - 2, 0, s->cols, v->question, style);
	} else if (v->message) {
		screen_put(s, s->rows - 2, 0, 0, v->message, BOLD);
	}
	if (v->prompt) {
		draw_input(v, s);
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
		break;
	case VIEW_FORM:
		draw_form(v, s);
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

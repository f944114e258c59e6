/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keys do, and lines that are typed. */
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "tui/app.h"
#include "tui/term.h"

/* The marked domains that are shown, or the one under the cursor. */
static void meant(const struct app *a, struct strv *ret)
{
	const struct dom *here = view_dom(&a->view);

	for (size_t i = 0; i < a->view.n; i++)
		if (a->view.rows[i].dom->marked)
			strv_add(ret, a->view.rows[i].dom->name);
	if (!ret->n && here)
		strv_add(ret, here->name);
}

void app_type(struct app *a, enum typing typing, const char *prompt, const char *prefill)
{
	a->typing = typing;
	snprintf(a->prompt, sizeof(a->prompt), "%s", prompt);
	snprintf(a->input, sizeof(a->input), "%s", prefill ? prefill : "");
}

static void on_terminal(struct app *a)
{
	int r;

	term_leave();
	r = child_on_terminal((const char *const *)a->argv.v);
	term_return();
	a->redraw = true;
	if (r < 0)
		app_say(a, "cannot run %s: %s", a->argv.v[0], strerror(-r));
	else if (r)
		app_say(a, "%s ended with %d", a->argv.v[0], r);
}

/* Asked for its plan, a command says what it would do, and does nothing. */
static void show_plan(struct app *a)
{
	cleanup_strv struct strv argv = STRV_INIT;

	for (size_t i = 0; i < a->argv.n; i++) {
		strv_add(&argv, a->argv.v[i]);
		if (i == 0)
			strv_add(&argv, "--dry-run");
	}
	a->view.plan = false;
	job_start(a, &argv, true);
}

static void perform(struct app *a)
{
	if (a->view.plan) {
		show_plan(a);
		return;
	}
	if (a->pending->confirm == CONFIRM_WORD) { /* so that it can be taken back */
		free(a->removed);
		a->removed = xstrdup(a->argv.v[a->argv.n - 1]);
	}
	if (a->pending->terminal)
		on_terminal(a);
	else
		job_start(a, &a->argv, a->pending->show);
}

void app_confirm(struct app *a, size_t count)
{
	char prompt[INPUT_MAX];
	bool word = a->pending->confirm == CONFIRM_WORD;

	if (a->view.plan || a->pending->confirm == CONFIRM_NO ||
	    (a->pending->confirm == CONFIRM_MANY && count < 2)) {
		perform(a);
		return;
	}
	if (count == 1)
		snprintf(prompt, sizeof(prompt), "%s '%s'? %s ", a->pending->name,
			 a->argv.v[a->argv.n - 1], word ? "(yes)" : "(y)");
	else
		snprintf(prompt, sizeof(prompt), "%s %zu domains? %s ", a->pending->name,
			 count, word ? "(yes)" : "(y)");
	app_type(a, TYPE_CONFIRM, prompt, NULL);
}

/* All words are there: composes the command. */
static void compose(struct app *a)
{
	const struct dom *here = view_dom(&a->view);
	cleanup_strv struct strv names = STRV_INIT;

	meant(a, &names);
	strv_dispose(&a->argv);
	if (action_words(a->pending->command, &names, here ? here->name : "", a->input,
			 &a->argv) < 0)
		app_say(a, "a quote is not closed");
	else
		app_confirm(a, names.n);
}

static void begin(struct app *a, const struct action *action)
{
	bool about_one = strstr(action->command, "%1") || strstr(action->command, "%s");

	if (about_one && !view_dom(&a->view)) {
		app_say(a, "no domain is chosen");
		return;
	}
	a->pending = action;
	a->input[0] = '\0';
	if (action->form)
		form_begin(a);
	else if (action->prompt)
		app_type(a, TYPE_WORDS, action->prompt,
			 action->offer == OFFER_TRASH ? a->removed : action->prefill);
	else
		compose(a);
}

void app_go(struct app *a, enum view_kind kind)
{
	a->view.kind = kind;
	a->view.cursor = a->view.top = 0;
	view_arrange(&a->view, &a->model);
}

static void mark(struct app *a)
{
	struct dom *here = view_dom(&a->view);

	if (!here)
		return;
	here->marked = !here->marked;
	view_move(&a->view, 1);
}

static void leave(struct app *a)
{
	if (a->view.kind != VIEW_DOMAINS)
		app_go(a, VIEW_DOMAINS);
	else
		a->over = true;
}

static void details(struct app *a)
{
	if (a->view.kind == VIEW_JOBS && a->view.cursor < a->job_count) {
		a->view.job = a->view.cursor;
		app_go(a, VIEW_TEXT);
	} else if (view_dom(&a->view)) {
		job_details(a, view_dom(&a->view)->name);
	}
}

static void arrange_by(struct app *a, enum own own)
{
	struct view *v = &a->view;

	if (own == OWN_ORDER)
		v->order = (v->order + 1) % ORDER_COUNT;
	else if (own == OWN_SORT)
		v->sort = (v->sort + 1) % COL_COUNT;
	else if (own == OWN_REVERSE)
		v->reverse = !v->reverse;
	else
		v->running = !v->running;
	view_arrange(v, &a->model);
}

static void own(struct app *a, enum own what)
{
	switch (what) {
	case OWN_QUIT:
		leave(a);
		break;
	case OWN_HELP:
		app_go(a, VIEW_HELP);
		break;
	case OWN_EVENTS:
		app_go(a, VIEW_EVENTS);
		break;
	case OWN_JOBS:
		app_go(a, VIEW_JOBS);
		break;
	case OWN_FILTER:
		app_type(a, TYPE_FILTER, "filter: ", a->view.filter);
		break;
	case OWN_COLUMN:
		app_type(a, TYPE_COLUMN, "column to hide or show: ", NULL);
		break;
	case OWN_MARK:
		mark(a);
		break;
	case OWN_UNMARK:
		for (size_t i = 0; i < a->model.n; i++)
			a->model.doms[i].marked = false;
		break;
	case OWN_DETAILS:
		details(a);
		break;
	case OWN_ANSWER:
		ask_begin(a);
		break;
	case OWN_PLAN:
		a->view.plan = !a->view.plan;
		break;
	case OWN_REDRAW:
		a->redraw = true;
		break;
	default:
		arrange_by(a, what);
	}
}

/* ---- lines ---- */

static void toggle_column(struct app *a)
{
	for (size_t i = 1; i < COL_COUNT; i++)
		if (strcmp(view_columns[i].name, a->input) == 0) {
			a->view.hidden ^= 1u << i;
			return;
		}
	app_say(a, "there is no column '%s'", a->input);
}

static void entered(struct app *a)
{
	enum typing typing = a->typing;
	bool word = a->pending && a->pending->confirm == CONFIRM_WORD;

	a->typing = TYPE_NOTHING;
	switch (typing) {
	case TYPE_COLUMN:
		toggle_column(a);
		break;
	case TYPE_WORDS:
		compose(a);
		break;
	case TYPE_CONFIRM:
		if (strcmp(a->input, word ? "yes" : "y") == 0)
			perform(a);
		else
			app_say(a, "%s: not done", a->pending->name);
		break;
	case TYPE_TARGET:
		ask_target(a);
		break;
	case TYPE_ALLOW:
		ask_allow(a);
		break;
	case TYPE_FORM:
		form_move(a, 1);
		break;
	default:
		break;
	}
}

static void filter_typed(struct app *a)
{
	if (a->typing != TYPE_FILTER)
		return;
	snprintf(a->view.filter, sizeof(a->view.filter), "%.*s",
		 (int)sizeof(a->view.filter) - 1, a->input);
	view_arrange(&a->view, &a->model);
}

static void stop_typing(struct app *a)
{
	a->input[0] = '\0';
	filter_typed(a);
	a->typing = TYPE_NOTHING;
	if (a->view.kind == VIEW_FORM)
		app_go(a, VIEW_DOMAINS);
}

/* Keys that only a form has; false: it is none of them. */
static bool form_key(struct app *a, int key)
{
	if (a->typing != TYPE_FORM)
		return false;
	if (key == TERM_UP)
		form_move(a, -1);
	else if (key == TERM_DOWN && a->view.field + 1 < a->view.field_count)
		form_move(a, 1);
	else if (key == 'D' - '@')
		form_done(a);
	else
		return false;
	return true;
}

static void typed(struct app *a, int key)
{
	size_t len = strlen(a->input);

	if (form_key(a, key))
		return;
	if (key == '\r' || key == '\n') {
		entered(a);
		return;
	}
	if (key == '\033') {
		stop_typing(a);
	} else if (key == TERM_BACK && len) {
		a->input[len - 1] = '\0';
	} else if (key == 'U' - '@') {
		a->input[0] = '\0';
	} else if (key == '\t') {
		app_complete(a);
	} else if (key >= ' ' && key < 127 && len + 1 < sizeof(a->input)) {
		a->input[len] = (char)key;
		a->input[len + 1] = '\0';
	}
	filter_typed(a);
}

static bool move(struct app *a, int key)
{
	struct view *v = &a->view;
	long page = a->screen.rows - 6;
	bool back = v->kind == VIEW_EVENTS; /* counts from the end */

	v->follow = key == TERM_END;
	switch (key) {
	case TERM_UP:
		view_move(v, back ? 1 : -1);
		break;
	case TERM_DOWN:
		view_move(v, back ? -1 : 1);
		break;
	case TERM_PAGE_UP:
		view_move(v, back ? page : -page);
		break;
	case TERM_PAGE_DOWN:
		view_move(v, back ? -page : page);
		break;
	case TERM_HOME:
		view_move(v, -1000000);
		break;
	case TERM_END:
		view_move(v, 1000000);
		break;
	case TERM_CLICK:
		return view_click(v, term_mouse_row());
	default:
		return false;
	}
	return true;
}

void app_key(struct app *a, int key)
{
	a->dirty = true;
	if (key == TERM_RESIZE)
		return;
	if (a->typing) {
		typed(a, key);
		return;
	}
	a->message[0] = '\0';
	if (key == TERM_F1)
		key = '?';
	if (key == '\n')
		key = '\r';
	if (key == '\033' && a->view.kind != VIEW_DOMAINS)
		key = 'q';
	if (move(a, key))
		return;
	for (size_t i = 0; i < action_count; i++)
		if (a->keys[i] == key) {
			if (actions[i].own)
				own(a, actions[i].own);
			else
				begin(a, &actions[i]);
			return;
		}
}

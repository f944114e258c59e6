/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The views: from what is known and where the user is to a picture. Pure. */
#ifndef QVM_TUI_VIEW_H
#define QVM_TUI_VIEW_H

#include "tui/model.h"
#include "tui/screen.h"

enum view_kind { VIEW_DOMAINS, VIEW_EVENTS, VIEW_JOBS, VIEW_TEXT, VIEW_HELP };
enum view_order { ORDER_LIST, ORDER_NETWORK, ORDER_TEMPLATE, ORDER_COUNT };

struct view_row {
	struct dom *dom;
	int depth; /* in a tree */
};

struct view_job {
	const char *title;
	const char *text; /* all that it has written */
	int status;	  /* -1: it runs */
};

struct view {
	enum view_kind kind;
	enum view_order order;
	size_t sort; /* a column */
	bool reverse, running, ascii;
	unsigned hidden; /* columns, a bit each */
	char filter[64];
	struct view_row *rows; /* by view_arrange */
	size_t n;
	size_t cursor, top;   /* of rows, jobs, or lines of text */
	char cursor_name[64]; /* the cursor stays with its domain */
	const struct view_job *jobs;
	size_t job_count, job; /* which of them is shown as text */
	const char *help;
	const char *prompt, *input; /* a line being typed; NULL: none */
	const char *message;	    /* of the last thing that happened, or NULL */
	const char *question;	    /* that the policy asks, or NULL */
	const char *question_label;
};

struct view_column {
	const char *name, *heading;
	int width;
	bool right;
};

extern const struct view_column view_columns[];
extern const size_t view_column_count;

/* Which domains are shown in which order; keeps the cursor on its domain. */
void view_arrange(struct view *v, const struct model *m);
void view_draw(struct view *v, const struct model *m, struct screen *s);
/* Moves the cursor by N, or to a row of the screen. */
void view_move(struct view *v, long n);
bool view_click(struct view *v, int row);
struct dom *view_dom(const struct view *v);
void view_dispose(struct view *v);

int label_colour(const char *label);

#endif

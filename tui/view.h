/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The views: from what is known and where the user is to a picture. Pure. */
#ifndef QVM_TUI_VIEW_H
#define QVM_TUI_VIEW_H

#include "tui/model.h"
#include "tui/screen.h"

enum view_kind { VIEW_DOMAINS, VIEW_EVENTS, VIEW_JOBS, VIEW_TEXT, VIEW_HELP, VIEW_FORM };
enum view_order { ORDER_LIST, ORDER_NETWORK, ORDER_TEMPLATE, ORDER_COUNT };

struct view_row {
	struct dom *dom;
	int depth; /* in a tree */
};

enum { VIEW_LABELS = 8, VIEW_NAME_COL = 2 };

/* One without a heading goes with the one before. */
enum view_column_id {
	COL_NAME,
	COL_STATE,
	COL_CPU,
	COL_CPU_BARS,
	COL_MEMORY,
	COL_MAX,
	COL_DISK,
	COL_DISK_BARS,
	COL_NET,
	COL_NET_BARS,
	COL_CLASS,
	COL_TEMPLATE,
	COL_NETVM,
	COL_LABEL,
	COL_COUNT,
};

/* A field of a form, and what is in it. */
struct view_field {
	const char *name, *help, *value;
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
	bool plan;		  /* the next command is only to tell what it would do */
	unsigned hidden;	  /* columns, a bit each */
	int colours[VIEW_LABELS]; /* of labels, as configured, plus 1; 0: as they are */
	char filter[64];
	struct view_row *rows; /* by view_arrange */
	size_t n;
	size_t cursor, top;   /* of rows, jobs, or lines of text */
	bool follow;	      /* of a text its end is shown, as it grows */
	char cursor_name[64]; /* the cursor stays with its domain */
	const struct view_job *jobs;
	size_t job_count, job; /* which of them is shown as text */
	const char *help;
	const struct view_field *fields; /* of the form */
	size_t field_count, field;	 /* the one that is being typed */
	const char *prompt, *input;	 /* a line being typed; NULL: none */
	const char *message;		 /* of the last thing that happened, or NULL */
	const char *question;		 /* that the policy asks, or NULL */
	const char *question_label;
};

struct view_column {
	const char *name, *heading;
	int width;
	bool right;
	bool last; /* shown only where all others have room */
};

extern const struct view_column view_columns[COL_COUNT];

/* Which domains are shown in which order; keeps the cursor on its domain. */
void view_arrange(struct view *v, const struct model *m);
void view_draw(struct view *v, const struct model *m, struct screen *s);
/* Moves the cursor by N, or to a row of the screen. */
void view_move(struct view *v, long n);
bool view_click(struct view *v, int row);
struct dom *view_dom(const struct view *v);
void view_dispose(struct view *v);

/* A domain's row, or the headings. */
void view_draw_row(const struct view *v, struct screen *s, int y,
		   const struct view_row *row, bool head);

/* One of the 256 of terminals. Setting it: false where there is no such label. */
int label_colour(const struct view *v, const char *label);
bool label_set_colour(struct view *v, const char *label, int colour);

#endif

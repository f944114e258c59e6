/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dashboard: what its parts share. One loop (app.c) polls the terminal, signals and
 * the programs that are run; nothing else waits. */
#ifndef QVM_TUI_APP_H
#define QVM_TUI_APP_H

#include <poll.h>

#include "tui/action.h"
#include "tui/child.h"
#include "tui/model.h"
#include "tui/view.h"

enum {
	JOBS_MAX = 50,
	JOB_TEXT_MAX = 1 << 20,
	INPUT_MAX = 1024,
	ACTIONS_MAX = 64,
	DETAIL_EVENTS = 20
};

/* A command that runs or has run; several one after another for the details. */
struct job {
	char *title;
	struct child child;
	struct strv rest; /* commands that follow, as templates */
	char *one;	  /* the domain that those are about */
	struct buf text;
	int status; /* -1: it runs */
};

enum typing {
	TYPE_NOTHING,
	TYPE_FILTER,
	TYPE_COLUMN,
	TYPE_WORDS,   /* of the action that is pending */
	TYPE_CONFIRM, /* y, or the word */
	TYPE_TARGET,  /* of the question */
	TYPE_ALLOW,   /* y */
	TYPE_FORM,    /* a field of it */
};

struct question {
	char *id, *text, *label;
	struct strv targets;
};

struct app {
	struct model model;
	struct view view;
	struct screen screen;
	struct child stats, events, ask;
	struct job *jobs; /* newest first */
	size_t job_count;
	struct view_job *shown_jobs;
	struct question *questions; /* oldest first */
	size_t question_count;
	int keys[ACTIONS_MAX];
	enum typing typing;
	char input[INPUT_MAX];
	char prompt[INPUT_MAX];
	char message[INPUT_MAX];
	const struct action *pending;
	struct strv argv; /* of what is to be confirmed */
	char fields[FORM_MAX][INPUT_MAX];
	struct view_field shown_fields[FORM_MAX];
	char *removed; /* what was removed last */
	char *answer_id, *answer_target;
	struct buf help;
	int interval;
	bool colour, dirty, redraw, over;
};

void app_say(struct app *a, const char *fmt, ...) printf_like(2, 3);

/* job.c */
void job_start(struct app *a, const struct strv *argv, bool show);
void job_details(struct app *a, const char *one);
/* Takes what has come of all jobs; true: something has. */
bool jobs_work(struct app *a);
void jobs_show(struct app *a); /* for the view */
void jobs_dispose(struct app *a);

/* ask.c */
void ask_line(struct app *a, const char *line);
void ask_show(struct app *a);
void ask_begin(struct app *a);
/* What was typed for the target, and for the y. */
void ask_target(struct app *a);
void ask_allow(struct app *a);
void ask_dispose(struct app *a);

/* keys.c */
void app_key(struct app *a, int key);
/* Another view; typing a line; running what is pending with argv, after a question. */
void app_go(struct app *a, enum view_kind kind);
void app_type(struct app *a, enum typing typing, const char *prompt, const char *prefill);
void app_confirm(struct app *a, size_t count);

/* form.c: of the pending action */
void form_begin(struct app *a);
void form_move(struct app *a, int by); /* behind the last field: done */
void form_done(struct app *a);

/* complete.c */
void app_complete(struct app *a);

/* conf.c: 0, or a negative number and the error in TEXT */
int conf_read(struct app *a, const char *path, char *text, size_t size) must_check;

/* app.c */
int app_run(struct app *a) must_check;
/* Programs that write to a terminal that may be lost, without a picture. */
int batch_run(int interval, int count, bool json, bool ascii) must_check;
int plain_run(void) must_check;

#endif

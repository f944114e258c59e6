/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "tui/app.h"

static void job_dispose(struct job *j)
{
	child_stop(&j->child);
	buf_dispose(&j->text);
	strv_dispose(&j->rest);
	free(j->title);
	free(j->one);
}

void jobs_dispose(struct app *a)
{
	for (size_t i = 0; i < a->job_count; i++) {
		/* what was begun goes on without us: it is a command of its own */
		if (a->jobs[i].status < 0 && !a->jobs[i].rest.n)
			a->jobs[i].child.pid = 0;
		job_dispose(&a->jobs[i]);
	}
	free(a->jobs);
	free(a->shown_jobs);
}

/* Room for one more: the oldest that has ended goes. */
static bool make_room(struct app *a)
{
	size_t last = a->job_count;

	if (a->job_count < JOBS_MAX)
		return true;
	while (last && a->jobs[last - 1].status < 0)
		last--;
	if (!last)
		return false;
	job_dispose(&a->jobs[last - 1]);
	memmove(a->jobs + last - 1, a->jobs + last,
		(a->job_count - last) * sizeof(*a->jobs));
	a->job_count--;
	return true;
}

static struct job *job_new(struct app *a, const char *title)
{
	if (!make_room(a)) {
		app_say(a, "%d commands run: wait for one of them", JOBS_MAX);
		return NULL;
	}
	a->jobs = xreallocarray(a->jobs, a->job_count + 1, sizeof(*a->jobs));
	memmove(a->jobs + 1, a->jobs, a->job_count * sizeof(*a->jobs));
	a->jobs[0] =
		(struct job){.title = xstrdup(title), .child = CHILD_NONE, .status = -1};
	a->job_count++;
	if (a->view.kind == VIEW_JOBS)
		a->view.cursor++;
	else if (a->view.kind == VIEW_TEXT)
		a->view.job++;
	return &a->jobs[0];
}

static void run(struct job *j, const char *const *argv)
{
	int r = child_start(&j->child, argv, false, true);

	if (r == 0)
		return;
	buf_addf(&j->text, "cannot run %s: %s\n", argv[0], strerror(-r));
	j->status = 127;
}

static void show(struct app *a)
{
	a->view.kind = VIEW_TEXT;
	a->view.job = a->view.cursor = 0;
}

void job_start(struct app *a, const struct strv *argv, bool shown)
{
	cleanup_buf struct buf title = BUF_INIT;
	struct job *j;

	for (size_t i = 0; i < argv->n; i++)
		buf_addf(&title, "%s%s", i ? " " : "", argv->v[i]);
	j = job_new(a, buf_str(&title));
	if (!j)
		return;
	run(j, (const char *const *)argv->v);
	if (shown)
		show(a);
	else
		app_say(a, "%s ...", buf_str(&title));
}

/* The next of several commands; their outputs come one below the other. */
static void run_next(struct job *j)
{
	static const struct strv nobody = STRV_INIT;
	cleanup_strv struct strv argv = STRV_INIT;
	char *command = j->rest.v[0];

	memmove(j->rest.v, j->rest.v + 1, j->rest.n * sizeof(char *));
	j->rest.n--;
	(void)!action_words(command, &nobody, j->one, "", &argv); /* has no input */
	free(command);
	buf_addf(&j->text, "%s--", j->text.len ? "\n" : "");
	for (size_t i = 0; i < argv.n; i++)
		buf_addf(&j->text, " %s", argv.v[i]);
	buf_add_ch(&j->text, '\n');
	run(j, (const char *const *)argv.v);
}

void job_details(struct app *a, const char *one)
{
	cleanup_free char *title = xasprintf("details of %s", one);
	struct job *j = job_new(a, title);

	if (!j)
		return;
	j->one = xstrdup(one);
	for (size_t i = 0; detail_commands[i]; i++)
		strv_add(&j->rest, detail_commands[i]);
	run_next(j);
	show(a);
}

/* Progress of a command comes with carriage returns: the last is what counts. */
static void take_text(struct job *j)
{
	struct buf *in = &j->child.text;

	for (size_t i = 0; i < in->len; i++) {
		size_t start = j->text.len;

		if (in->data[i] != '\r') {
			if (j->text.len < JOB_TEXT_MAX)
				buf_add_ch(&j->text, in->data[i]);
			continue;
		}
		if (i + 1 < in->len && in->data[i + 1] == '\n')
			continue;
		while (start && j->text.data[start - 1] != '\n')
			start--;
		j->text.len = start;
	}
	in->len = 0;
}

static void ended(struct app *a, struct job *j, int status)
{
	const char *line = buf_str(&j->text);
	size_t len;

	if (j->rest.n) { /* also when it failed: the others may have something to say */
		run_next(j);
		return;
	}
	if (j->one) {
		buf_add(&j->text, "\n-- what has happened, as long as this looks\n");
		model_events_of(&a->model, j->one, DETAIL_EVENTS, &j->text);
	}
	j->status = j->one ? 0 : status;
	len = strcspn(line, "\n");
	if (j->one)
		return;
	if (status)
		app_say(a, "exit %d: %s: %.*s", status, j->title, (int)len, line);
	else
		app_say(a, "done: %s%s%.*s", j->title, len ? ": " : "", (int)len, line);
}

bool jobs_work(struct app *a)
{
	bool any = false;

	for (size_t i = 0; i < a->job_count; i++) {
		struct job *j = &a->jobs[i];
		int status;

		if (j->status >= 0)
			continue;
		child_read(&j->child, JOB_TEXT_MAX);
		any |= j->child.text.len > 0;
		take_text(j);
		status = child_status(&j->child);
		if (status < 0)
			continue;
		child_read(&j->child, JOB_TEXT_MAX);
		take_text(j);
		child_stop(&j->child);
		ended(a, j, status);
		any = true;
	}
	return any;
}

void jobs_show(struct app *a)
{
	a->shown_jobs =
		xreallocarray(a->shown_jobs, a->job_count + 1, sizeof(*a->shown_jobs));
	for (size_t i = 0; i < a->job_count; i++)
		a->shown_jobs[i] = (struct view_job){
			a->jobs[i].title, buf_str(&a->jobs[i].text), a->jobs[i].status};
	a->view.jobs = a->shown_jobs;
	a->view.job_count = a->job_count;
}

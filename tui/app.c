/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/app.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include "lib/alloc.h"
#include "lib/signals.h"
#include "tui/term.h"

void app_say(struct app *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a->message, sizeof(a->message), fmt, ap);
	va_end(ap);
	a->dirty = true;
}

/* ---- what is known ---- */

static int start_sources(struct app *a)
{
	cleanup_free char *interval = xasprintf("%d", a->interval);
	const char *const stats[] = {"qvm-stats", "--json", "-n", "0",
				     "-i",	  interval, NULL};
	const char *const events[] = {"qvm-events", "--json", NULL};
	const char *const ask[] = {"qvm-ask", "--json", NULL};
	int r = child_start(&a->stats, stats, false, true);

	if (r == 0)
		r = child_start(&a->events, events, false, false);
	if (r == 0)
		r = child_start(&a->ask, ask, true, false);
	return r;
}

static void take_lines(struct app *a, struct child *c)
{
	char *line;

	child_read(c, JSON_LINE_MAX);
	while ((line = child_line(c))) {
		if (c == &a->ask)
			ask_line(a, line);
		else if (c == &a->events)
			(void)!model_event(&a->model, line); /* of another version */
		else if (model_stats(&a->model, line) < 0)
			app_say(a, "%s", line); /* an error, in words */
		else
			view_arrange(&a->view, &a->model);
		free(line);
		a->dirty = true;
	}
}

static void sources_work(struct app *a)
{
	struct child *all[] = {&a->stats, &a->events, &a->ask};

	for (size_t i = 0; i < array_len(all); i++) {
		int status;

		take_lines(a, all[i]);
		status = child_status(all[i]);
		if (status < 0)
			continue;
		take_lines(a, all[i]);
		child_stop(all[i]);
		if (i == 0 && !a->message[0])
			app_say(a, "qvm-stats has ended with %d", status);
	}
}

/* ---- the picture ---- */

static void draw(struct app *a)
{
	int rows, cols;

	term_size(&rows, &cols);
	screen_size(&a->screen, rows, cols);
	jobs_show(a);
	ask_show(a);
	a->view.prompt = a->typing ? a->prompt : NULL;
	a->view.input = a->input;
	a->view.message = a->message[0] ? a->message : NULL;
	view_draw(&a->view, &a->model, &a->screen);
	term_draw(&a->screen, a->redraw);
	a->dirty = a->redraw = false;
}

/* ---- signals ---- */

/* Suspended from the terminal: it is given back first, and taken again afterwards. */
static void suspend(struct app *a)
{
	term_leave();
	raise(SIGSTOP);
	term_return();
	a->redraw = a->dirty = true;
}

static void take_signals(struct app *a, int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			break; /* whose it was is found out by asking all */
		case SIGWINCH:
			a->dirty = true;
			break;
		case SIGTSTP:
			suspend(a);
			break;
		case SIGINT:
			/* also of what had the terminal before */
			if (a->typing)
				app_key(a, '\033');
			a->dirty = true;
			break;
		default:
			a->over = true;
		}
	}
}

/* ---- the loop ---- */

static size_t descriptors(const struct app *a, int signals, struct pollfd *p)
{
	size_t n = 0;

	p[n++] = (struct pollfd){STDIN_FILENO, POLLIN, 0};
	p[n++] = (struct pollfd){signals, POLLIN, 0};
	p[n++] = (struct pollfd){a->stats.out, POLLIN, 0};
	p[n++] = (struct pollfd){a->events.out, POLLIN, 0};
	p[n++] = (struct pollfd){a->ask.out, POLLIN, 0};
	for (size_t i = 0; i < a->job_count; i++)
		p[n++] = (struct pollfd){a->jobs[i].child.out, POLLIN, 0};
	return n;
}

static void take_keys(struct app *a)
{
	int key;

	while (!a->over && (key = term_key()) != TERM_NONE)
		app_key(a, key);
}

static void loop(struct app *a, int signals)
{
	struct pollfd p[JOBS_MAX + 8];

	while (!a->over) {
		size_t n;

		if (a->dirty)
			draw(a);
		n = descriptors(a, signals, p);
		if (poll(p, n, -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			return; /* the terminal is gone */
		if (p[1].revents)
			take_signals(a, signals);
		take_keys(a);
		sources_work(a);
		a->dirty |= jobs_work(a);
	}
}

static void dispose(struct app *a)
{
	child_stop(&a->stats);
	child_stop(&a->events);
	child_stop(&a->ask);
	jobs_dispose(a);
	ask_dispose(a);
	view_dispose(&a->view);
	model_dispose(&a->model);
	screen_dispose(&a->screen);
	buf_dispose(&a->help);
	strv_dispose(&a->argv);
	free(a->removed);
}

int app_run(struct app *a)
{
	static const int taken[] = {SIGTERM, SIGHUP,  SIGINT,	SIGQUIT,
				    SIGCHLD, SIGTSTP, SIGWINCH, 0};
	int signals = signals_open(taken);
	int r = signals < 0 ? signals : 0;

	a->stats = a->events = a->ask = CHILD_NONE;
	if (setenv("QVM_PROGRESS", "1", 1) < 0) /* of jobs, which are no terminal's */
		return -errno;
	if (r == 0)
		r = term_open(a->colour);
	if (r == 0) {
		action_help(a->keys, &a->help);
		a->view.help = buf_str(&a->help);
		a->dirty = true;
		r = start_sources(a);
		if (r == 0)
			loop(a, signals);
		term_close();
	}
	dispose(a);
	cleanup_close_at(&signals);
	return r;
}

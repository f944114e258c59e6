/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dashboard without a terminal of its own: frames, and a plain dialogue. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/macro.h"
#include "tui/app.h"

enum { BATCH_COLS = 160 };

static int frame(struct view *v, struct model *m, struct screen *s)
{
	cleanup_buf struct buf text = BUF_INIT;

	view_arrange(v, m);
	screen_size(s, m->n + 5 > SCREEN_ROWS ? (int)m->n + 5 : SCREEN_ROWS, BATCH_COLS);
	view_draw(v, m, s);
	/* without the lines that are for a person at a terminal */
	for (int row = s->rows - 2; row < s->rows; row++)
		screen_put(s, row, 0, s->cols, "", PLAIN);
	if (m->n)
		screen_put(s, 3, 0, 1, " ", PLAIN);
	screen_text(s, &text);
	while (text.len > 1 && text.data[text.len - 2] == '\n')
		text.len--;
	return fd_write_all(STDOUT_FILENO, text.data, text.len);
}

/* Lines that are no sample are an error in words. */
static int take(struct child *c, struct view *v, struct model *m, struct screen *s,
		bool *first)
{
	cleanup_free char *line = child_line(c);
	int r = line ? model_stats(m, line) : -EAGAIN;

	if (r == -EPROTO)
		(void)!fd_write_all(STDERR_FILENO, line, strlen(line));
	if (r == 0 && !*first)
		r = frame(v, m, s);
	*first = *first && r != 0;
	return r;
}

int batch_run(int interval, int count, bool json, bool ascii)
{
	cleanup_free char *i = xasprintf("%d", interval);
	/* the first sample has no rates, and makes no frame */
	cleanup_free char *n = xasprintf("%d", count && !json ? count + 1 : count);
	const char *const argv[] = {"qvm-stats", "--json", "-n", n, "-i", i, NULL};
	struct child c = CHILD_NONE;
	struct view v = {.ascii = ascii};
	struct model m = {0};
	struct screen s = {0};
	bool first = true;
	int status, r;

	if (json)
		return child_on_terminal(argv);
	r = child_start(&c, argv, false, true);
	while (r == 0 && c.out >= 0) {
		struct pollfd p = {c.out, POLLIN, 0};

		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			break;
		child_read(&c, JSON_LINE_MAX);
		do
			r = take(&c, &v, &m, &s, &first);
		while (r == 0 || r == -EPROTO);
		r = r == -EAGAIN ? 0 : r;
	}
	status = c.pid && waitpid(c.pid, &status, 0) == c.pid
			 ? (WIFEXITED(status) ? WEXITSTATUS(status) : 1)
			 : 1;
	c.pid = 0;
	child_stop(&c);
	view_dispose(&v);
	model_dispose(&m);
	screen_dispose(&s);
	return r < 0 ? r : status;
}

/* ---- for screen readers: lines only, nothing moves ---- */

static void say(const char *text)
{
	(void)!fd_write_all(STDOUT_FILENO, text, strlen(text));
}

/* "start work" is qvm-start work; true: the end. */
static bool command(char *line)
{
	cleanup_strv struct strv argv = STRV_INIT;
	static const struct strv nobody = STRV_INIT;
	char *name;
	int r;

	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, "quit") == 0 || strcmp(line, "q") == 0)
		return true;
	if (action_words("%w", &nobody, "", *line ? line : "ls", &argv) < 0) {
		say("a quote is not closed\n");
		return false;
	}
	if (!argv.n || strcmp(argv.v[0], "help") == 0) {
		say("Type a command of qvm without \"qvm-\": ls, start NAME, shutdown "
		    "NAME, "
		    "prefs NAME, stats; or quit.\n");
		return false;
	}
	name = xasprintf("qvm-%s", argv.v[0]);
	free(argv.v[0]);
	argv.v[0] = name;
	r = child_on_terminal((const char *const *)argv.v);
	if (r < 0)
		say("there is no such command; help tells what there is\n");
	else if (r)
		say("it failed\n");
	return false;
}

static void say_events(struct child *c, struct model *m)
{
	char *line;

	child_read(c, JSON_LINE_MAX);
	while ((line = child_line(c))) {
		size_t before = m->events.n;

		if (model_event(m, line) == 0 && m->events.n > before) {
			say(m->events.v[m->events.n - 1]);
			say("\n");
		}
		free(line);
	}
}

int plain_run(void)
{
	const char *const argv[] = {"qvm-events", "--json", NULL};
	struct child events = CHILD_NONE;
	struct model m = {0};
	bool over = false;
	char line[1024];
	int r = child_start(&events, argv, false, false);

	setvbuf(stdin, NULL, _IONBF, 0); /* so that poll knows of all that waits */
	say("qvm-top, plain. Commands: ls, start NAME, ..., help, quit.\n");
	while (r == 0 && !over) {
		struct pollfd p[] = {{STDIN_FILENO, POLLIN, 0}, {events.out, POLLIN, 0}};

		if (poll(p, array_len(p), -1) < 0 && errno != EINTR)
			r = -errno;
		if (p[1].revents)
			say_events(&events, &m);
		if (p[0].revents)
			over = !fgets(line, sizeof(line), stdin) || command(line);
	}
	child_stop(&events);
	model_dispose(&m);
	return r;
}

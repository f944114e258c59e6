/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-ask: a person at a terminal, or a program, answers what the call policy asks. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/signals.h"
#include "qvm-tools/ask.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/msg.h"

enum { O_ONCE = 1 };

enum {
	INPUT_MAX = 4096,
	NOTICES_MAX = 10, /* in NOTICES_MS, so that a guest cannot flood the terminal */
	NOTICES_MS = 10000,
};

struct ask_opts {
	bool once;
};

struct asker {
	const struct inv *inv;
	struct dialogue d;
	bool over;
	int status;
	uint64_t notices_until;
	size_t notices;
};

static const struct opt ask_opts[] = {
	{"once", '1', O_ONCE, NULL, "end with the first question's end"},
	{0},
};

static const struct cmd_example ask_examples[] = {
	{"qvm-ask", "answer questions in this terminal until ^C"},
	{"qvm-ask --once", "wait for one question"},
	{"qvm-ask --json", "questions as JSON lines, answers on standard input"},
	{0},
};

static int ask_option(void *opts, int id unused, const char *value unused,
		      struct qvm_err *err unused)
{
	struct ask_opts *o = opts;

	o->once = true;
	return 0;
}

static int ask_verify(struct inv *inv, struct qvm_err *err)
{
	if (!inv->json && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
		return usage_error(err, "a person answers at a terminal; --json is for "
					"programs");
	return 0;
}

/* ---- for programs ---- */

static void print_line(const struct buf *line)
{
	fwrite(line->data, 1, line->len, stdout);
}

static void take_json(struct asker *a, const char *line)
{
	struct msg *m = a->inv->ctx->log_arg;
	cleanup_free char *id = NULL;
	cleanup_free char *target = NULL;
	int r = ask_answer_decode(line, strlen(line), &id, &target);

	if (r == 0)
		r = prompter_answer(a->d.p, id, target);
	if (r == -EPROTO)
		msg_line(m, "what came in is no answer");
	else if (r == -EINVAL)
		msg_linef(m, "'%s' is none of the targets", target);
	else if (r < 0)
		msg_linef(m, "no question '%s' waits", id);
}

/* ---- events ---- */

static void on_asked(void *arg, const struct ask_question *q)
{
	const struct asker *a = arg;
	cleanup_buf struct buf line = BUF_INIT;

	if (!a->inv->json)
		return; /* it has its turn */
	ask_question_encode(q, &line);
	print_line(&line);
}

static void on_ended(void *arg, const struct ask_question *q, enum ask_end end)
{
	struct asker *a = arg;
	const struct ask_opts *o = a->inv->opts;
	cleanup_buf struct buf line = BUF_INIT;

	if (a->inv->json) {
		ask_end_encode(q->id, end, &line);
		print_line(&line);
	} else {
		dialogue_ended(&a->d, q, end);
	}
	if (!o->once || a->over)
		return;
	a->over = true;
	a->status = end == ASK_END_TIMEOUT ? err_exit_code(QVM_E_TIMEOUT) : 0;
}

/* On a terminal only so many; a program gets all. */
static bool notice_counts(struct asker *a)
{
	if (clock_ms() >= a->notices_until) {
		a->notices_until = clock_in(NOTICES_MS);
		a->notices = 0;
	}
	return a->notices++ <= NOTICES_MAX;
}

static void on_notice(void *arg, const struct ask_notice *n)
{
	struct asker *a = arg;
	cleanup_buf struct buf line = BUF_INIT;

	if (a->inv->json) {
		ask_notice_encode(n, &line);
		print_line(&line);
		return;
	}
	if (a->inv->verbose < 0 || !notice_counts(a))
		return;
	dialogue_leave(&a->d);
	if (a->notices > NOTICES_MAX)
		puts("-- notices come too fast: some are left out");
	else
		ask_show_notice(stdout, n);
	dialogue_prompt(&a->d);
}

/* ---- the loop ---- */

static void take_lines(struct asker *a)
{
	char *line = a->d.in.data;
	char *end;

	while (line && !a->over && (end = memchr(line, '\n', a->d.in.len))) {
		cleanup_free char *text = xstrndup(line, (size_t)(end - line));

		a->d.in.len -= (size_t)(end + 1 - line);
		memmove(a->d.in.data, end + 1, a->d.in.len);
		if (a->inv->json)
			take_json(a, text);
		else
			dialogue_typed(&a->d, text); /* may empty the buffer */
	}
	if (a->d.in.len > INPUT_MAX)
		buf_reset(&a->d.in);
}

static void take_input(struct asker *a)
{
	char chunk[INPUT_MAX];
	ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		dialogue_leave(&a->d);
		a->over = true;
		return;
	}
	buf_add_mem(&a->d.in, chunk, (size_t)n);
	take_lines(a);
}

static int one_round(struct asker *a, int signals)
{
	uint64_t settled = dialogue_settled(&a->d);
	/* what is typed until then stays where it can be thrown away */
	struct pollfd p[] = {
		{prompter_fd(a->d.p), POLLIN, 0},
		{settled ? -1 : STDIN_FILENO, POLLIN, 0},
		{signals, POLLIN, 0},
	};
	int left = clock_left(settled, prompter_left(a->d.p));
	int r;

	if (poll(p, array_len(p), left) < 0)
		return errno == EINTR ? 0 : -errno;
	if (p[2].revents && signals_end(signals)) {
		dialogue_leave(&a->d);
		a->over = true;
		return 0;
	}
	/* first what has ended, so that no answer goes to the wrong question */
	r = prompter_work(a->d.p);
	if (p[1].revents && r == 0 && !a->over)
		take_input(a);
	return r;
}

static int ask_loop(struct asker *a, int signals, struct qvm_err *err)
{
	while (!a->over) {
		int r;

		if (!a->inv->json) {
			dialogue_next(&a->d);
		}
		if (fflush(stdout) != 0)
			return err_errno(err, -errno, "cannot write the questions");
		r = one_round(a, signals);
		if (r < 0)
			return err_errno(err, r, "cannot wait for questions");
	}
	return 0;
}

static int ask_run(struct inv *inv, struct qvm_err *err)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP, 0};
	cleanup_free char *dir = xasprintf("%s/" ASK_DIR, inv->ctx->run_dir);
	struct asker a = {.inv = inv};
	const struct prompter_events events = {&a, on_asked, on_ended, on_notice};
	cleanup_prompter struct prompter *p = NULL;
	cleanup_close int signals = signals_open(ending);
	int r = prompter_open(dir, &events, &p);

	if (r == -EPERM)
		return err_set(
			err, QVM_E_PERMISSION,
			"cannot listen in '%s': others than its owner can enter it", dir);
	if (r < 0)
		return err_errno(err, r, "cannot listen in '%s'", dir);
	a.d.p = p;
	if (!inv->json && inv->verbose >= 0)
		msg_line(inv->ctx->log_arg, "waiting for questions; ^C ends it");
	r = ask_loop(&a, signals, err);
	inv->status = a.status;
	dialogue_dispose(&a.d);
	return r;
}

const struct cmd cmd_ask = {
	.name = "qvm-ask",
	.summary = "answer what the call policy asks",
	.args = "",
	.opts = ask_opts,
	.examples = ask_examples,
	.flags = CMD_ROOT | CMD_JSON,
	.exits = EXIT(PERMISSION) | EXIT(TIMEOUT),
	.opts_size = sizeof(struct ask_opts),
	.option = ask_option,
	.verify = ask_verify,
	.run = ask_run,
};

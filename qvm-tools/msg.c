/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/msg.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "qvm-tools/text.h"

#define PROGRESS_AFTER_S 2

static const char *const level_words[] = {
	[QVM_LEVEL_ERROR] = "error: ",
	[QVM_LEVEL_WARN] = "warning: ",
	[QVM_LEVEL_INFO] = "",
	[QVM_LEVEL_DEBUG] = "debug: ",
};

void msg_init(struct msg *m, const char *prog)
{
	const char *asked = secure_getenv("QVM_PROGRESS");

	*m = (struct msg){.prog = prog, .terminal = isatty(STDERR_FILENO)};
	m->progress = m->terminal || (asked && *asked);
	clock_gettime(CLOCK_MONOTONIC, &m->begun);
}

static const char *line_end(const struct msg *m)
{
	return m->terminal ? "\033[K" : "";
}

void msg_finish(struct msg *m)
{
	if (m->line_open)
		fprintf(stderr, "\r%s", line_end(m));
	m->line_open = false;
}

static void write_line(struct msg *m, const char *word, const char *text)
{
	cleanup_buf struct buf clean = BUF_INIT;

	msg_finish(m);
	text_clean(text, &clean);
	fprintf(stderr, "%s: %s%s\n", m->prog, word, buf_str(&clean));
}

void msg_line(struct msg *m, const char *text)
{
	write_line(m, "", text);
}

void msg_linef(struct msg *m, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	write_line(m, "", text);
}

void msg_log(void *arg, enum qvm_level level, const char *text)
{
	write_line(arg, level_words[level], text);
}

void msg_progress(void *arg, const char *what, int percent)
{
	struct msg *m = arg;
	cleanup_buf struct buf clean = BUF_INIT;
	struct timespec now;

	if (!m->progress)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - m->begun.tv_sec < PROGRESS_AFTER_S)
		return;
	text_clean(what, &clean);
	if (percent < 0)
		fprintf(stderr, "\r%s...%s", buf_str(&clean), line_end(m));
	else
		fprintf(stderr, "\r%s... %d%%%s", buf_str(&clean), percent, line_end(m));
	m->line_open = true;
}

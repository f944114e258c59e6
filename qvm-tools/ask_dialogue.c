/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question after the other, on a terminal that gives whole lines. */
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "qvm-tools/ask.h"

/*
 * What is typed so soon after a question has appeared was meant for something else, and is
 * thrown away.
 */
enum { SETTLE_MS = 700 };

enum stage { IDLE, SETTLING, CHOOSING, CONFIRMING, ANSWERED };

static const struct ask_question *shown(const struct dialogue *d)
{
	const struct ask_question *q = prompter_question(d->p, 0);

	return q && strcmp(q->id, d->id) == 0 ? q : NULL;
}

void dialogue_prompt(const struct dialogue *d)
{
	if (d->stage == CHOOSING)
		printf("number or name, or no: ");
	if (d->stage == CONFIRMING) {
		ask_show_choice(stdout, shown(d), d->choice);
		printf("? y or no: ");
	}
}

/* Something else is to be printed while a prompt may be on the screen. */
void dialogue_leave(const struct dialogue *d)
{
	if (d->stage == CHOOSING || d->stage == CONFIRMING)
		putchar('\n');
}

static void input_forget(struct dialogue *d)
{
	buf_reset(&d->in);
	(void)tcflush(STDIN_FILENO,
		      TCIFLUSH); /* a terminal that is gone ends it anyway */
}

static void settle(struct dialogue *d)
{
	if (d->stage != SETTLING || clock_ms() < d->settled)
		return;
	input_forget(d);
	d->stage = CHOOSING;
	dialogue_prompt(d);
}

void dialogue_next(struct dialogue *d)
{
	const struct ask_question *q = prompter_question(d->p, 0);
	size_t n = 1;

	settle(d);
	if (d->stage != IDLE || !q)
		return;
	while (prompter_question(d->p, n))
		n++;
	snprintf(d->id, sizeof(d->id), "%s", q->id);
	ask_show_question(stdout, q, n - 1);
	d->stage = SETTLING;
	d->settled = clock_in(SETTLE_MS);
}

static void answer(struct dialogue *d, const struct ask_question *q)
{
	/* whether it counted is told by the question's end */
	d->stage = ANSWERED;
	(void)!prompter_answer(d->p, q->id, d->choice);
}

static void choose(struct dialogue *d, const struct ask_question *q, const char *word)
{
	const char *target = NULL;

	if (!ask_read_target(q, word, &target)) {
		if (*word)
			printf("'%s' is none of them\n", word);
		dialogue_prompt(d);
		return;
	}
	free(d->choice);
	d->choice = xstrdup(target);
	if (!target) {
		answer(d, q);
		return;
	}
	d->stage = CONFIRMING;
	input_forget(d);
	dialogue_prompt(d);
}

static void confirm(struct dialogue *d, const struct ask_question *q, const char *word)
{
	if (strcmp(word, "y") == 0 || strcmp(word, "yes") == 0) {
		answer(d, q);
		return;
	}
	d->stage = CHOOSING;
	dialogue_prompt(d);
}

/* In place: what a line means, and nothing that a terminal could take for its own. */
static char *word_of(char *line)
{
	char *end = line + strlen(line);

	while (*line == ' ' || *line == '\t')
		line++;
	while (end > line && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		*--end = '\0';
	for (char *at = line; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '_';
	return line;
}

void dialogue_typed(struct dialogue *d, char *line)
{
	const struct ask_question *q = shown(d);
	const char *word = word_of(line);

	if (q && d->stage == CHOOSING)
		choose(d, q, word);
	else if (q && d->stage == CONFIRMING)
		confirm(d, q, word);
}

void dialogue_ended(struct dialogue *d, const struct ask_question *q, enum ask_end end)
{
	bool is_shown = d->stage != IDLE && strcmp(q->id, d->id) == 0;

	dialogue_leave(d);
	ask_show_end(stdout, q, end, is_shown ? d->choice : NULL);
	if (!is_shown) {
		dialogue_prompt(d);
		return;
	}
	free(steal(d->choice));
	d->stage = IDLE;
	input_forget(d);
}

uint64_t dialogue_settled(const struct dialogue *d)
{
	return d->stage == SETTLING ? d->settled : 0;
}

void dialogue_dispose(struct dialogue *d)
{
	free(d->choice);
	buf_dispose(&d->in);
}

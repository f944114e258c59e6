/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Within qvm-ask: what it has to show, apart from how it goes on. */
#ifndef QVM_TOOLS_ASK_H
#define QVM_TOOLS_ASK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/buf.h"
#include "qrexec/ask.h"

/* Q with all that can be chosen, numbered from 1; WAITING: others behind it. */
void ask_show_question(FILE *out, const struct ask_question *q, size_t waiting);
void ask_show_notice(FILE *out, const struct ask_notice *n);
/* How it ended. CHOICE is what was answered here, NULL for no. */
void ask_show_end(FILE *out, const struct ask_question *q, enum ask_end end,
		  const char *choice);
/* "let work call qubes.Filecopy in vault" */
void ask_show_choice(FILE *out, const struct ask_question *q, const char *target);

/*
 * What WORD says to Q: 1 and the target in RET_TARGET (one of Q's; NULL for no), or 0 when
 * it is neither a number, nor a name that is offered, nor a no.
 */
int ask_read_target(const struct ask_question *q, const char *word,
		    const char **ret_target) must_check;

/*
 * The talk about the oldest question: a target is typed, then a y, each on a line of its
 * own and after it was asked for.
 */
struct dialogue {
	struct prompter *p;
	int stage;		 /* 0: no question is shown */
	char id[ASK_ID_LEN + 1]; /* of the one that is */
	char *choice;		 /* what was chosen for it; NULL: no */
	uint64_t settled;
	struct buf in; /* typed, and not a whole line yet */
};

void dialogue_dispose(struct dialogue *d);
/* Shows the next question where none is shown, and goes on when one has settled. */
void dialogue_next(struct dialogue *d);
/* Until when input is not read; 0: it is. */
uint64_t dialogue_settled(const struct dialogue *d);
/* LINE without its newline; it is changed. */
void dialogue_typed(struct dialogue *d, char *line);
/* To be told of each end. */
void dialogue_ended(struct dialogue *d, const struct ask_question *q, enum ask_end end);
/* Around anything else that is printed. */
void dialogue_leave(const struct dialogue *d);
void dialogue_prompt(const struct dialogue *d);

#endif

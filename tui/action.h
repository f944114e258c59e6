/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be done with a key: one table, which also makes the help. Every change is a
 * command of qvm's; its words are a template, so that the table says all of it.
 */
#ifndef QVM_TUI_ACTION_H
#define QVM_TUI_ACTION_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/strv.h"

enum confirm {
	CONFIRM_NO,
	CONFIRM_MANY, /* a y where it is about several */
	CONFIRM_YES,  /* a y */
	CONFIRM_WORD, /* the word "yes": what cannot be taken back at once */
};

/* What the dashboard does itself. */
enum own {
	OWN_NONE,
	OWN_QUIT,
	OWN_HELP,
	OWN_FILTER,
	OWN_MARK,
	OWN_UNMARK,
	OWN_ORDER,
	OWN_SORT,
	OWN_REVERSE,
	OWN_RUNNING,
	OWN_COLUMN,
	OWN_EVENTS,
	OWN_JOBS,
	OWN_DETAILS,
	OWN_ANSWER,
	OWN_REDRAW,
	OWN_PLAN,
};

/* What tab offers for a word. */
enum offer {
	OFFER_ALL,
	OFFER_DOMAINS,
	OFFER_TEMPLATES,
	OFFER_LABELS,
	OFFER_COLUMNS,
	OFFER_PROPERTY, /* the first word; after it, what that one may be */
	OFFER_TRASH,	/* begins with what was removed last */
	OFFER_NOTHING,
};

/* A field of a form, which makes words of a command: OPTION with the value for its %. */
struct form_field {
	const char *name, *option, *help;
	enum offer offer;
	const char *prefill;
};

struct action {
	const char *name; /* as configuration calls it */
	int key;
	const char *help;
	enum own own;
	/*
	 * Words between blanks: %s stands for all domains meant, %1 for the one under the
	 * cursor (also within a word), %w for the words that were typed or the form's.
	 */
	const char *command;
	const char *prompt, *prefill; /* to type them; NULL: nothing is asked */
	enum confirm confirm;
	bool terminal; /* it gets the terminal for itself */
	bool show;     /* its output is what is wanted */
	enum offer offer;
	const struct form_field *form; /* up to one without a name; NULL: none */
};

enum { FORM_MAX = 12 };

extern const struct action actions[];
extern const size_t action_count;

/* Of the commands, one after another, that show all of a domain: templates as above. */
extern const char *const detail_commands[];

/*
 * The words of COMMAND. INPUT is split at blanks; quotes keep words together. 0, or
 * -EINVAL for quotes that do not close.
 */
int action_words(const char *command, const struct strv *names, const char *one,
		 const char *input, struct strv *ret);

/* The words of a form: of each field that has a value, in their order. As above. */
int action_form_words(const struct form_field *fields, const char *const *values,
		      struct strv *ret);

/* KEYS has the key of each action, in their order. */
void action_help(const int *keys, struct buf *ret);

/*
 * Does WORD, typed so far, go on in one way? Adds what follows to RET; and to CHOICES those
 * that it may become, where they are several.
 */
void action_complete(const struct strv *candidates, const char *word, struct buf *ret,
		     struct buf *choices);

#endif

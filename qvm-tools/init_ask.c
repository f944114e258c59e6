/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first set-up as a talk: few questions, each with an answer to be taken by Return. */
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "qvm-tools/init.h"

/* One line without its end; NULL when the terminal ends. Free it. */
static char *ask(const char *question, const char *fallback)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	printf(*fallback ? "%s [%s]: " : "%s: ", question, fallback);
	fflush(stdout);
	n = getline(&line, &size, stdin);
	if (n <= 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\n")] = '\0';
	if (*line)
		return line;
	free(line);
	return xstrdup(fallback);
}

bool init_confirm(const char *question)
{
	cleanup_free char *text = NULL;
	cleanup_free char *line = xasprintf("%s (yes or no)", question);

	text = ask(line, "no");
	return text && (strcmp(text, "yes") == 0 || strcmp(text, "y") == 0);
}

static const struct question {
	const char *text, *fallback;
} questions[] = {
	{"Pool for the volumes (VG/POOL of LVM, or a path)", ""},
	{"place for what lives for one run only (new: made beside it)", "new"},
	{"folder with a kernel for domains", ""},
	{"file or folder to make the first template of (none: no domains)", "none"},
};

static void take(struct init_cmd *o, size_t which, const char *text)
{
	switch (which) {
	case 0:
		o->init.pool = init_keep(o, text);
		break;
	case 1:
		if (strcmp(text, "new") != 0)
			o->init.scratch = init_keep(o, text);
		break;
	case 2:
		o->init.kernel = init_keep(o, text);
		break;
	default:
		if (strcmp(text, "none") == 0)
			break;
		o->preset.standard = true;
		o->preset.template = init_keep(o, text);
	}
}

int init_ask(struct init_cmd *o, struct qvm_err *err)
{
	puts("This sets the machine up. Nothing is done before the plan has been shown.");
	for (size_t i = 0; i < array_len(questions);) {
		cleanup_free char *text = ask(questions[i].text, questions[i].fallback);

		if (!text)
			return err_set(err, QVM_E_CANCELLED, "nothing was set up");
		if (!*text)
			continue;
		take(o, i++, text);
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions as text. All of it is printable ASCII: the wire takes nothing else. */
#include "qvm-tools/ask.h"

#include <string.h>

#include "core/vm.h"
#include "lib/size.h"
#include "qvm-tools/text.h"

static const char *const words_of_no[] = {"n", "no", "deny"};

/* A domain in its colour, which is also told by its name. */
static void show_name(FILE *out, const struct ask_name *n)
{
	const struct vm_label *label = n->label ? label_find(n->label) : NULL;

	if (label && text_color(out))
		fprintf(out, "\033[1;%dm%s\033[0m", label->ansi, n->name);
	else
		fputs(n->name, out);
	if (n->label)
		fprintf(out, " (%s)", n->label);
}

static void show_call(FILE *out, const struct ask_call *c)
{
	fputs("   from      ", out);
	show_name(out, &c->source);
	fprintf(out, "\n   service   %s\n", c->service);
	if (c->argument_length > strlen(c->argument))
		fprintf(out, "   argument  %s[...] (%zu bytes)\n", c->argument,
			c->argument_length);
	else if (c->argument_length)
		fprintf(out, "   argument  %s\n", c->argument);
	fprintf(out, "   asks for  %s\n", c->requested);
}

void ask_show_question(FILE *out, const struct ask_question *q, size_t waiting)
{
	fprintf(out, "-- question, %d s to answer", q->seconds);
	if (waiting)
		fprintf(out, ", %zu more behind it", waiting);
	fputc('\n', out);
	show_call(out, &q->call);
	for (size_t i = 0; i < q->target_count; i++) {
		const char *name = q->targets[i].name;
		bool is_default =
			q->default_target && strcmp(name, q->default_target) == 0;

		fprintf(out, "   %-9s %zu  ", i ? "" : "may reach", i + 1);
		show_name(out, &q->targets[i]);
		fputs(is_default ? ", the usual one\n" : "\n", out);
	}
}

void ask_show_notice(FILE *out, const struct ask_notice *n)
{
	const struct ask_call *c = &n->call;

	fputs("-- notice: ", out);
	show_name(out, &c->source);
	fprintf(out, " called %s", c->service);
	if (c->argument_length)
		fprintf(out, "+%s%s", c->argument,
			c->argument_length > strlen(c->argument) ? "[...]" : "");
	if (n->allowed)
		fprintf(out, " in %s\n", n->target);
	else
		fprintf(out, " in %s: denied\n", c->requested);
}

void ask_show_end(FILE *out, const struct ask_question *q, enum ask_end end,
		  const char *choice)
{
	const struct ask_call *c = &q->call;

	fprintf(out, "-- %s of %s: ", c->service, c->source.name);
	switch (end) {
	case ASK_END_TAKEN:
		if (choice)
			fprintf(out, "allowed, in %s\n", choice);
		else
			fputs("denied\n", out);
		break;
	case ASK_END_ELSEWHERE:
		fputs("withdrawn, as it was answered elsewhere\n", out);
		break;
	case ASK_END_TIMEOUT:
		fputs("withdrawn and denied, as time is up\n", out);
		break;
	case ASK_END_GONE:
		fputs("withdrawn, as nobody waits for it any more\n", out);
		break;
	}
}

void ask_show_choice(FILE *out, const struct ask_question *q, const char *target)
{
	fprintf(out, "let %s call %s in %s", q->call.source.name, q->call.service,
		target);
}

int ask_read_target(const struct ask_question *q, const char *word,
		    const char **ret_target)
{
	long long number;

	for (size_t i = 0; i < array_len(words_of_no); i++)
		if (strcmp(word, words_of_no[i]) == 0) {
			*ret_target = NULL;
			return 1;
		}
	/* names begin with a letter or @, so no number is one */
	if (num_parse(word, 1, (long long)q->target_count, &number) == 0) {
		*ret_target = q->targets[number - 1].name;
		return 1;
	}
	for (size_t i = 0; i < q->target_count; i++)
		if (strcmp(q->targets[i].name, word) == 0) {
			*ret_target = q->targets[i].name;
			return 1;
		}
	return 0;
}

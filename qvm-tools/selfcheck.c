/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks every table once, so that a unit test finds what a compiler cannot. */
#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/ls.h"
#include "qvm-tools/opt.h"

#define HELP_MAX 60

static const struct cmd_example selfcheck_examples[] = {
	{"qvm __selfcheck", "exit code 0 when all tables are in order"},
	{0},
};

static size_t complain(const char *where, const char *what, const char *why)
{
	printf("%s: %s: %s\n", where, what, why);
	return 1;
}

/* One spelling of one option, given to popt as a user would. */
static size_t check_spelling(const struct cmd *cmd, const struct opt *opt, bool is_long)
{
	char text[64];
	const char *argv[] = {cmd->name, text, opt->arg ? "value" : NULL, NULL};

	if (is_long)
		snprintf(text, sizeof(text), "--%s", opt->name);
	else
		snprintf(text, sizeof(text), "-%c", opt->letter);
	if (opt_probe(cmd, opt->arg ? 3 : 2, argv) != opt->id)
		return complain(cmd->name, text, "popt does not find it");
	return 0;
}

static size_t check_option(const struct cmd *cmd, const struct opt *opt,
			   const struct opt *before)
{
	const char *name = opt->name ? opt->name : "(no long name)";
	size_t wrong = 0;

	if (!opt->name && !opt->letter)
		wrong += complain(cmd->name, name, "has no name at all");
	if (!opt->help && (!before || before->id != opt->id))
		wrong += complain(cmd->name, name, "is a spelling of nothing");
	if (opt->help && strlen(opt->help) > HELP_MAX)
		wrong += complain(cmd->name, name, "has too long a help text");
	if (opt->name)
		wrong += check_spelling(cmd, opt, true);
	if (opt->letter)
		wrong += check_spelling(cmd, opt, false);
	return wrong;
}

static size_t check_options(const struct cmd *cmd)
{
	cleanup_free const struct opt *const *list = NULL;
	size_t n = opt_list(cmd, &list);
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++)
		wrong += check_option(cmd, list[i], i ? list[i - 1] : NULL);
	for (const struct opt *opt = cmd->opts; opt && opt->id; opt++)
		if (opt->id >= OPT_COMMON || !cmd->option)
			wrong += complain(cmd->name, "options", "nobody takes them");
	return wrong;
}

static size_t check_entry(const struct cmd *cmd)
{
	size_t wrong = 0;

	if (!cmd->summary || !*cmd->summary || strlen(cmd->summary) > HELP_MAX)
		wrong += complain(cmd->name, "summary", "is missing or too long");
	if (!cmd->args)
		wrong += complain(cmd->name, "args", "are missing");
	if (!cmd->examples || !cmd->examples->line)
		wrong += complain(cmd->name, "examples", "are missing");
	if (!cmd->run || cmd->min_args > cmd->max_args)
		wrong += complain(cmd->name, "entry", "cannot be run");
	if (cmd->flags & CMD_VM && !cmd->min_args)
		wrong += complain(cmd->name, "entry", "may come without its domain");
	if (cmd_find(cmd->name) != cmd)
		wrong += complain(cmd->name, "name", "is found for another entry");
	return wrong;
}

static size_t check_list(void)
{
	size_t wrong = 0;

	for (size_t i = 1; i < cmd_count; i++)
		if (strcmp(cmd_list[i - 1]->name, cmd_list[i]->name) >= 0)
			wrong += complain(cmd_list[i]->name, "list", "is not sorted");
	return wrong;
}

static size_t check_formats(void)
{
	size_t wrong = 0;

	for (size_t i = 0; i < ls_format_count; i++) {
		cleanup_strv struct strv fields = STRV_INIT;
		cleanup_strv struct strv text = STRV_INIT;
		struct ls_column column;
		struct qvm_err err;

		strv_split(&fields, ls_formats[i].fields, ",");
		for (size_t f = 0; f < fields.n; f++)
			if (ls_column_find(fields.v[f], &text, &column, &err) < 0)
				wrong += complain("qvm-ls", fields.v[f], "is no column");
	}
	return wrong;
}

static int selfcheck_run(struct inv *inv unused, struct qvm_err *err)
{
	size_t wrong = check_list() + check_formats();

	for (size_t i = 0; i < cmd_count; i++)
		wrong += check_entry(cmd_list[i]) + check_options(cmd_list[i]);
	printf("%zu commands, %zu faults\n", cmd_count, wrong);
	if (wrong)
		return err_set(err, QVM_E_FAILED, "the tables are not in order");
	return 0;
}

const struct cmd cmd_selfcheck = {
	.name = "__selfcheck",
	.summary = "walk every option table once (for the tests)",
	.args = "",
	.examples = selfcheck_examples,
	.flags = CMD_HIDDEN,
	.run = selfcheck_run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/help.h"

#include <string.h>

#include "core/err.h"
#include "lib/buf.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/text.h"

bool help_shows(const struct opt *opt)
{
	return opt->help && *opt->help;
}

static void add_spelling(struct buf *b, const struct opt *opt)
{
	if (opt->letter)
		buf_addf(b, "%s-%c", b->len ? ", " : "", opt->letter);
	if (opt->name)
		buf_addf(b, "%s--%s", b->len ? ", " : "", opt->name);
}

char *help_option(const struct opt *const *list, size_t n, size_t at)
{
	struct buf b = BUF_INIT;

	add_spelling(&b, list[at]);
	for (size_t i = at + 1; i < n && !list[i]->help; i++)
		add_spelling(&b, list[i]);
	if (list[at]->arg)
		buf_addf(&b, opt_needs_value(list[at]) ? " %s" : "%s", list[at]->arg);
	return buf_steal(&b);
}

static void print_call(FILE *out, const struct cmd *cmd, const char *lead)
{
	const char *hidden = cmd->flags & (CMD_HIDDEN | CMD_BUILTIN) ? "qvm " : "";

	fprintf(out, "%s%s%s [OPTION...]%s%s\n", lead, hidden, cmd->name,
		*cmd->args ? " " : "", cmd->args);
}

void help_usage(FILE *out, const struct cmd *cmd)
{
	print_call(out, cmd, "usage: ");
}

static void print_options(FILE *out, const struct cmd *cmd)
{
	cleanup_free const struct opt *const *list = NULL;
	size_t n = opt_list(cmd, &list);

	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < n; i++) {
		cleanup_free char *left = NULL;

		if (!help_shows(list[i]))
			continue;
		left = help_option(list, n, i);
		text_pair(out, left, list[i]->help);
	}
}

void help_print(FILE *out, const struct cmd *cmd)
{
	print_call(out, cmd, "usage: ");
	fprintf(out, "%s\n", cmd->summary);
	print_options(out, cmd);
	fputs("\nExamples:\n", out);
	for (const struct cmd_example *e = cmd->examples; e && e->line; e++)
		fprintf(out, "  %s\n      %s\n", e->line, e->text);
	if (!(cmd->flags & CMD_HIDDEN))
		fputs("\nExit codes: 0 done, 2 usage; the table is in qvm(1).\n", out);
}

void help_commands(FILE *out)
{
	fputs("usage: qvm COMMAND [ARGUMENT...]   (or qvm-COMMAND [ARGUMENT...])\n\n"
	      "Commands:\n",
	      out);
	for (size_t i = 0; i < cmd_count; i++)
		if (!(cmd_list[i]->flags & CMD_HIDDEN))
			text_pair(out, cmd_list[i]->name, cmd_list[i]->summary);
	fputs("\n'qvm help COMMAND' shows the options and examples of one.\n", out);
}

void help_version(FILE *out)
{
	fprintf(out, "qvm %s\n", QVM_VERSION);
}

static const struct cmd_example help_examples[] = {
	{"qvm help create", "the options of qvm-create"},
	{0},
};

static int run_help(struct inv *inv, struct qvm_err *err)
{
	const struct cmd *cmd;

	if (!inv->args.n) {
		help_commands(stdout);
		return 0;
	}
	cmd = cmd_find(inv->args.v[0]);
	if (!cmd)
		return usage_error(err, "there is no command '%s'", inv->args.v[0]);
	help_print(stdout, cmd);
	return 0;
}

const struct cmd cmd_help = {
	.name = "help",
	.summary = "list the commands, or show the help of one",
	.args = "[COMMAND]",
	.examples = help_examples,
	.flags = CMD_BUILTIN,
	.max_args = 1,
	.run = run_help,
};

static const struct cmd_example commands_examples[] = {
	{"for c in $(qvm commands); do ln -s qvm $c; done", "make all the links"},
	{0},
};

static int run_commands(struct inv *inv unused, struct qvm_err *err unused)
{
	for (size_t i = 0; i < cmd_count; i++)
		if (!(cmd_list[i]->flags & (CMD_HIDDEN | CMD_BUILTIN)))
			puts(cmd_list[i]->name);
	return 0;
}

const struct cmd cmd_commands = {
	.name = "commands",
	.summary = "list the names of the commands that exist as links to qvm",
	.args = "",
	.examples = commands_examples,
	.flags = CMD_BUILTIN,
	.run = run_commands,
};

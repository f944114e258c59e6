/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "qvm-tools/complete.h"
#include "qvm-tools/help.h"
#include "qvm-tools/opt.h"

/* " -x -a '(qvm-ls --raw-list)'" for words of that kind; "" where nothing is known. */
static void add_source(struct buf *b, const struct complete_kind *kind)
{
	cleanup_buf struct buf words = BUF_INIT;

	if (!kind || kind->is_file || kind->is_folder)
		return;
	if (kind->words) {
		kind->words(&words);
	} else {
		buf_addf(&words, "(%s 2>/dev/null)", kind->command);
	}
	buf_add(b, " -x -a ");
	buf_add_quoted(b, buf_str(&words));
}

static void put_option(const struct cmd *cmd, const struct opt *opt, const char *help)
{
	cleanup_buf struct buf b = BUF_INIT;

	buf_addf(&b, "complete -c %s", cmd->name);
	if (opt->letter)
		buf_addf(&b, " -s %c", opt->letter);
	if (opt->name)
		buf_addf(&b, " -l %s", opt->name);
	buf_add(&b, " -d ");
	buf_add_quoted(&b, help);
	if (opt_needs_value(opt)) {
		buf_add(&b, " -r");
		add_source(&b, complete_kind(opt->arg));
	}
	puts(buf_str(&b));
}

/* fish does not count arguments: all kinds that may stand somewhere are offered. */
static void put_args(const struct cmd *cmd)
{
	cleanup_strv struct strv args = STRV_INIT;

	complete_args(cmd, &args);
	for (size_t i = 0; i < args.n; i++) {
		const struct complete_kind *kind = complete_kind(args.v[i]);
		cleanup_buf struct buf b = BUF_INIT;

		add_source(&b, kind);
		if (b.len)
			printf("complete -c %s%s\n", cmd->name, buf_str(&b));
	}
	for (const char *const *action = cmd->actions; action && *action; action++)
		printf("complete -c %s -x -a %s\n", cmd->name, *action);
}

static void put_command(const struct cmd *cmd)
{
	cleanup_free const struct opt *const *list = NULL;
	size_t n = opt_list(cmd, &list);
	const char *help = "";

	for (size_t i = 0; i < n; i++) {
		if (list[i]->help)
			help = list[i]->help;
		if (*help)
			put_option(cmd, list[i], help);
	}
	put_args(cmd);
}

void complete_fish(void)
{
	puts("# Completions of qvm for fish, made from its option tables.\n"
	     "complete -c qvm -x -a '(qvm commands)'");
	for (size_t i = 0; i < cmd_count; i++)
		if (!(cmd_list[i]->flags & (CMD_HIDDEN | CMD_BUILTIN)))
			put_command(cmd_list[i]);
}

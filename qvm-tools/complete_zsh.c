/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "qvm-tools/complete.h"
#include "qvm-tools/help.h"
#include "qvm-tools/opt.h"

/* What an option or argument completes to, as the last field of a specification. */
static void add_action(struct buf *b, const struct cmd *cmd, const char *arg)
{
	const struct complete_kind *kind = complete_kind(arg);
	cleanup_buf struct buf words = BUF_INIT;

	if (strcmp(arg, "ACTION") == 0) {
		buf_add_ch(b, '(');
		for (const char *const *a = cmd->actions; a && *a; a++)
			buf_addf(b, "%s ", *a);
		buf_add_ch(b, ')');
	} else if (kind && kind->words) {
		kind->words(&words);
		buf_addf(b, "(%s)", buf_str(&words));
	} else if (kind && kind->command) {
		buf_addf(b, "{_values -s , name $(%s 2>/dev/null)}", kind->command);
	} else if (kind && kind->is_file) {
		buf_add(b, "_files");
	} else if (kind && kind->is_folder) {
		buf_add(b, "_files -/");
	}
}

/* Text inside a specification: colons and brackets have a meaning there. */
static void add_text(struct buf *b, const char *text)
{
	for (; *text; text++) {
		if (strchr(":[]\\", *text))
			buf_add_ch(b, '\\');
		buf_add_ch(b, *text);
	}
}

static void put_spelling(const struct cmd *cmd, const struct opt *opt, const char *dashes,
			 const char *name, const char *help)
{
	cleanup_buf struct buf b = BUF_INIT;
	cleanup_buf struct buf quoted = BUF_INIT;

	buf_addf(&b, "*%s%s[", dashes, name);
	add_text(&b, help);
	buf_add_ch(&b, ']');
	if (opt_needs_value(opt)) {
		buf_add_ch(&b, ':');
		add_text(&b, opt->arg);
		buf_add_ch(&b, ':');
		add_action(&b, cmd, opt->arg);
	}
	buf_add_quoted(&quoted, buf_str(&b));
	printf("\t\t\t%s \\\n", buf_str(&quoted));
}

static void put_arg(const struct cmd *cmd, const char *arg, size_t at)
{
	bool repeats = strstr(arg, "...") != NULL;
	cleanup_buf struct buf b = BUF_INIT;
	cleanup_buf struct buf quoted = BUF_INIT;

	if (repeats)
		buf_add(&b, "*:");
	else
		buf_addf(&b, "%zu:", at + 1);
	add_text(&b, arg);
	buf_add_ch(&b, ':');
	add_action(&b, cmd, arg);
	buf_add_quoted(&quoted, buf_str(&b));
	printf("\t\t\t%s \\\n", buf_str(&quoted));
}

static void put_command(const struct cmd *cmd)
{
	cleanup_free const struct opt *const *list = NULL;
	cleanup_strv struct strv args = STRV_INIT;
	size_t n = opt_list(cmd, &list);
	const char *help = "";

	complete_args(cmd, &args);
	printf("\t%s)\n\t\t_arguments -s \\\n", cmd->name);
	for (size_t i = 0; i < n; i++) {
		char letter[2] = {list[i]->letter, '\0'};

		if (list[i]->help)
			help = list[i]->help;
		if (*help && list[i]->letter)
			put_spelling(cmd, list[i], "-", letter, help);
		if (*help && list[i]->name)
			put_spelling(cmd, list[i], "--", list[i]->name, help);
	}
	for (size_t i = 0; i < args.n; i++)
		put_arg(cmd, args.v[i], i);
	puts("\t\t\t&& return 0\n\t\t;;");
}

void complete_zsh(void)
{
	fputs("#compdef qvm", stdout);
	for (size_t i = 0; i < cmd_count; i++)
		if (!(cmd_list[i]->flags & (CMD_HIDDEN | CMD_BUILTIN)))
			printf(" %s", cmd_list[i]->name);
	puts("\n# Completions of qvm for zsh, made from its option tables.\n"
	     "_qvm_command()\n{\n\tcase $1 in");
	for (size_t i = 0; i < cmd_count; i++)
		if (!(cmd_list[i]->flags & CMD_HIDDEN))
			put_command(cmd_list[i]);
	puts("\tesac\n}\n");
	fputs("if [[ $service != qvm ]]; then\n"
	      "\t_qvm_command $service\n"
	      "elif ((CURRENT == 2)); then\n"
	      "\tcompadd $(qvm commands | sed 's/^qvm-//') help commands\n"
	      "else\n"
	      "\tshift words\n"
	      "\t((CURRENT--))\n"
	      "\tcase $words[1] in\n"
	      "\tqvm-*|qubes-*|help|commands) _qvm_command $words[1] ;;\n"
	      "\t*) _qvm_command qvm-$words[1] ;;\n"
	      "\tesac\n"
	      "fi\n",
	      stdout);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "qvm-tools/complete.h"
#include "qvm-tools/help.h"
#include "qvm-tools/opt.h"

static const char engine[] =
	"_qvm()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} cmd=${COMP_WORDS[0]##*/} at=1 word kind\n"
	"\tlocal -a args=()\n"
	"\tCOMPREPLY=()\n"
	"\tif [[ $cmd == qvm ]]; then\n"
	"\t\tif ((COMP_CWORD == 1)); then\n"
	"\t\t\tCOMPREPLY=($(compgen -W \"$(_qvm_words COMMAND) --help --version\" "
	"-- \"$cur\"))\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\t\tcmd=${COMP_WORDS[1]} at=2\n"
	"\t\t[[ $cmd == q*-* || -z $(_qvm_args \"qvm-$cmd\") ]] || cmd=qvm-$cmd\n"
	"\tfi\n"
	"\t[[ $cur == = ]] && cur=\n"
	"\t# what stands before: which argument is this, or the value of which option?\n"
	"\tkind=\n"
	"\tfor ((; at < COMP_CWORD; at++)); do\n"
	"\t\tword=${COMP_WORDS[at]}\n"
	"\t\tif [[ $word == = ]]; then\n"
	"\t\t\tcontinue\n"
	"\t\telif [[ -n $kind ]]; then\n"
	"\t\t\tkind=\n"
	"\t\telif [[ $word == -* ]]; then\n"
	"\t\t\tkind=$(_qvm_value \"$cmd\" \"$word\")\n"
	"\t\telse\n"
	"\t\t\targs+=(\"$word\")\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tif [[ -z $kind && $cur == -* ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$(_qvm_options \"$cmd\")\" -- \"$cur\"))\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif [[ -z $kind ]]; then\n"
	"\t\tlocal -a kinds=($(_qvm_args \"$cmd\"))\n"
	"\t\tkind=${kinds[${#args[@]}]}\n"
	"\t\t[[ -z $kind && ${kinds[*]: -1} == *... ]] && kind=${kinds[*]: -1}\n"
	"\tfi\n"
	"\t_qvm_reply \"$cmd\" \"${kind:--}\" \"$cur\"\n"
	"}\n"
	"\n"
	"_qvm_reply()\n"
	"{\n"
	"\tlocal kind=${2%%[,.=]*} cur=$3 lead=\n"
	"\tif [[ $2 == *,* && $cur == *,* ]]; then\n"
	"\t\tlead=${cur%,*}, cur=${cur##*,}\n"
	"\tfi\n"
	"\tcase $kind in\n"
	"\tFILE) COMPREPLY=($(compgen -f -- \"$cur\")); compopt -o filenames; return ;;\n"
	"\tFOLDER|DIR) COMPREPLY=($(compgen -d -- \"$cur\")); compopt -o filenames;"
	" return ;;\n"
	"\tACTION) COMPREPLY=($(compgen -W \"$(_qvm_actions \"$1\")\" -- \"$cur\"));"
	" return ;;\n"
	"\tesac\n"
	"\tCOMPREPLY=($(compgen -P \"$lead\" -W \"$(_qvm_words \"$kind\")\" -- "
	"\"$cur\"))\n"
	"\tif [[ $2 == *=* ]]; then\n"
	"\t\tcompopt -o nospace\n"
	"\t\t[[ $kind == VOLUME ]] || COMPREPLY=(\"${COMPREPLY[@]/%/=}\")\n"
	"\tfi\n"
	"}\n"
	"\n";

static void put_words(void)
{
	puts("_qvm_words()\n{\n\tcase $1 in");
	for (size_t i = 0; i < complete_kind_count; i++) {
		const struct complete_kind *kind = &complete_kinds[i];
		cleanup_buf struct buf b = BUF_INIT;

		if (kind->words) {
			kind->words(&b);
			printf("\t'%s') echo '%s' ;;\n", kind->name, buf_str(&b));
		} else if (kind->command) {
			printf("\t%s) %s 2>/dev/null ;;\n", kind->name, kind->command);
		}
	}
	puts("\tesac\n}\n");
}

static void put_options(void)
{
	puts("_qvm_options()\n{\n\tcase $1 in");
	for (size_t i = 0; i < cmd_count; i++) {
		cleanup_free const struct opt *const *list = NULL;
		size_t n = opt_list(cmd_list[i], &list);

		if (cmd_list[i]->flags & CMD_HIDDEN)
			continue;
		printf("\t%s) echo '", cmd_list[i]->name);
		for (size_t o = 0; o < n; o++) {
			bool shown = !list[o]->help || help_shows(list[o]);

			if (shown && list[o]->letter)
				printf("-%c ", list[o]->letter);
			if (shown && list[o]->name)
				printf("--%s ", list[o]->name);
		}
		puts("' ;;");
	}
	puts("\tesac\n}\n");
}

static void put_value(const struct cmd *cmd, const struct opt *opt)
{
	if (opt->letter)
		printf("\t%s,-%c) echo '%s' ;;\n", cmd->name, opt->letter, opt->arg);
	if (opt->name)
		printf("\t%s,--%s) echo '%s' ;;\n", cmd->name, opt->name, opt->arg);
}

static void put_values(void)
{
	puts("_qvm_value()\n{\n\tcase $1,$2 in");
	for (size_t i = 0; i < cmd_count; i++) {
		cleanup_free const struct opt *const *list = NULL;
		size_t n = opt_list(cmd_list[i], &list);

		for (size_t o = 0; o < n && !(cmd_list[i]->flags & CMD_HIDDEN); o++)
			if (opt_needs_value(list[o]))
				put_value(cmd_list[i], list[o]);
	}
	puts("\tesac\n}\n");
}

static void put_args(void)
{
	puts("_qvm_args()\n{\n\tcase $1 in");
	for (size_t i = 0; i < cmd_count; i++) {
		cleanup_strv struct strv args = STRV_INIT;

		if (cmd_list[i]->flags & CMD_HIDDEN)
			continue;
		complete_args(cmd_list[i], &args);
		printf("\t%s) echo '%s", cmd_list[i]->name, args.n ? "" : "-");
		for (size_t a = 0; a < args.n; a++)
			printf("%s%s", a ? " " : "", args.v[a]);
		puts("' ;;");
	}
	puts("\tesac\n}\n");
}

static void put_actions(void)
{
	puts("_qvm_actions()\n{\n\tcase $1 in");
	for (size_t i = 0; i < cmd_count; i++) {
		const char *const *action = cmd_list[i]->actions;

		if (!action)
			continue;
		printf("\t%s) echo '", cmd_list[i]->name);
		for (; *action; action++)
			printf("%s ", *action);
		puts("' ;;");
	}
	puts("\tesac\n}\n");
}

void complete_bash(void)
{
	puts("# Completions of qvm for bash, made from its option tables.\n");
	put_words();
	put_options();
	put_values();
	put_args();
	put_actions();
	fputs(engine, stdout);
	fputs("complete -F _qvm qvm", stdout);
	for (size_t i = 0; i < cmd_count; i++)
		if (!(cmd_list[i]->flags & (CMD_HIDDEN | CMD_BUILTIN)))
			printf(" %s", cmd_list[i]->name);
	putchar('\n');
}

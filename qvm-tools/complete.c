/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/complete.h"

#include <stdio.h>
#include <string.h>

#include "core/prop.h"
#include "qvm-tools/ls.h"

static void add_word(struct buf *b, const char *word)
{
	buf_addf(b, "%s%s", b->len ? " " : "", word);
}

static void words_classes(struct buf *ret)
{
	for (int i = 0; i < CLASS_COUNT; i++)
		if (i != CLASS_ADMIN)
			add_word(ret, vm_classes[i].name);
}

static void words_labels(struct buf *ret)
{
	for (size_t i = 0; i < vm_label_count; i++)
		add_word(ret, vm_labels[i].name);
}

static void words_properties(struct buf *ret)
{
	for (int id = 0; id < PROP_G_FIRST; id++)
		add_word(ret, prop_defs[id].name);
}

static void words_globals(struct buf *ret)
{
	for (int id = PROP_G_FIRST; id < PROP_COUNT; id++)
		add_word(ret, prop_defs[id].name);
}

static void words_formats(struct buf *ret)
{
	for (size_t i = 0; i < ls_format_count; i++)
		add_word(ret, ls_formats[i].name);
}

static void words_columns(struct buf *ret)
{
	for (size_t i = 0; i < ls_column_count; i++)
		add_word(ret, ls_columns[i].col.heading);
}

/* As they are called behind `qvm`. */
static void words_commands(struct buf *ret)
{
	for (size_t i = 0; i < cmd_count; i++) {
		const char *name = cmd_list[i]->name;

		if (!(cmd_list[i]->flags & CMD_HIDDEN))
			add_word(ret, strncmp(name, "qvm-", 4) == 0 ? name + 4 : name);
	}
}

static void words_volumes(struct buf *ret)
{
	for (int role = 0; role < VOL_ROLE_COUNT; role++) {
		add_word(ret, vol_role_names[role]);
		buf_add_ch(ret, '=');
	}
}

static void words_switch(struct buf *ret)
{
	add_word(ret, "on");
	add_word(ret, "off");
}

static void words_answer(struct buf *ret)
{
	add_word(ret, "y");
	add_word(ret, "n");
}

const struct complete_kind complete_kinds[] = {
	{"VMNAME", NULL, "qvm-ls --raw-list", false, false},
	{"VMNAME:VOLUME", NULL, "qvm-volume list --raw-list", false, false},
	{"POOL", NULL, "qvm-pool list --raw-list", false, false},
	{"TEMPLATE", NULL, "qvm-ls --raw-list --class TemplateVM,AppVM", false, false},
	{"CLASS", words_classes, NULL, false, false},
	{"LABEL", words_labels, NULL, false, false},
	{"PROPERTY", words_properties, NULL, false, false},
	{"GLOBAL-PROPERTY", words_globals, NULL, false, false},
	{"FORMAT", words_formats, NULL, false, false},
	{"COLUMN", words_columns, NULL, false, false},
	{"COMMAND", words_commands, NULL, false, false},
	{"VOLUME", words_volumes, NULL, false, false},
	{"on|off", words_switch, NULL, false, false},
	{"y|n", words_answer, NULL, false, false},
	{"FILE", NULL, NULL, true, false},
	{"FOLDER", NULL, NULL, false, true},
	{"DIR", NULL, NULL, false, true},
};
const size_t complete_kind_count = array_len(complete_kinds);

const struct complete_kind *complete_kind(const char *arg)
{
	size_t len = strcspn(arg, ",.=");

	for (size_t i = 0; arg && i < complete_kind_count; i++)
		if (strlen(complete_kinds[i].name) == len &&
		    strncmp(complete_kinds[i].name, arg, len) == 0)
			return &complete_kinds[i];
	return NULL;
}

void complete_args(const struct cmd *cmd, struct strv *ret)
{
	strv_split(ret, cmd->args, " []");
}

static const struct cmd_example complete_examples[] = {
	{"qvm __complete bash", "print the completions for bash"},
	{0},
};

static int complete_run(struct inv *inv, struct qvm_err *err)
{
	const char *shell = inv->args.v[0];

	if (strcmp(shell, "bash") == 0)
		complete_bash();
	else if (strcmp(shell, "zsh") == 0)
		complete_zsh();
	else if (strcmp(shell, "fish") == 0)
		complete_fish();
	else
		return usage_error(err, "'%s' is not bash, zsh or fish", shell);
	return 0;
}

const struct cmd cmd_complete = {
	.name = "__complete",
	.summary = "print the completions for a shell",
	.args = "SHELL",
	.examples = complete_examples,
	.flags = CMD_HIDDEN,
	.min_args = 1,
	.max_args = 1,
	.run = complete_run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/render.h"

#define STATUS_ABSENT 1

enum tags_action { TAGS_LIST, TAGS_ADD, TAGS_DEL };

/* As the actions are completed; their short forms are in action_words. */
static const char *const tags_actions[] = {"list", "add", "del", NULL};

static const struct {
	const char *word;
	enum tags_action action;
} action_words[] = {
	{"list", TAGS_LIST}, {"ls", TAGS_LIST}, {"l", TAGS_LIST},  {"add", TAGS_ADD},
	{"a", TAGS_ADD},     {"set", TAGS_ADD}, {"del", TAGS_DEL}, {"d", TAGS_DEL},
	{"unset", TAGS_DEL}, {"u", TAGS_DEL},
};

static const struct cmd_example tags_examples[] = {
	{"qvm-tags work", "list the tags of a domain"},
	{"qvm-tags work list client", "exit code 0 when it has the tag, else 1"},
	{"qvm-tags work add client travel", "add two tags"},
	{"qvm-tags work del travel", "remove one"},
	{0},
};

struct tags {
	enum tags_action action;
};

static int tags_verify(struct inv *inv, struct qvm_err *err)
{
	struct tags *o = inv->opts;
	size_t i = 0;

	if (inv->args.n > 1) {
		while (i < array_len(action_words) &&
		       strcmp(action_words[i].word, inv->args.v[1]) != 0)
			i++;
		if (i == array_len(action_words))
			return usage_error(err, "'%s' is not list, add or del",
					   inv->args.v[1]);
		o->action = action_words[i].action;
	}
	if (o->action == TAGS_LIST && inv->args.n > 3)
		return usage_error(err, "one tag can be looked up at a time");
	if (o->action != TAGS_LIST && inv->args.n < 3)
		return usage_error(err, "no tag is named");
	inv->needs_root = o->action != TAGS_LIST;
	if (inv->dry_run && !inv->needs_root)
		return usage_error(err, "--dry-run goes with a change only");
	return 0;
}

static const struct column tags_columns[] = {
	{"tag", "TAG", CELL_TEXT, 0, false, "one tag"},
};

static int tags_list(struct inv *inv)
{
	const char *only = inv->args.n > 2 ? inv->args.v[2] : NULL;
	cleanup_table struct table t = {0};

	table_init(&t, "qvm-tags/1", "tags", tags_columns, array_len(tags_columns));
	table_extra(&t, "vm", inv->vm->name);
	for (size_t i = 0; i < inv->vm->tags.n; i++) {
		if (only && strcmp(only, inv->vm->tags.v[i]) != 0)
			continue;
		table_row(&t, 0);
		table_text(&t, inv->vm->tags.v[i]);
	}
	if (only && !t.row_count)
		inv->status = STATUS_ABSENT;
	table_print(&t, inv->json ? RENDER_JSON : RENDER_BARE, stdout);
	return 0;
}

static int tags_run(struct inv *inv, struct qvm_err *err)
{
	const struct tags *o = inv->opts;
	cleanup_buf struct buf all = BUF_INIT;
	int r;

	if (o->action == TAGS_LIST)
		return tags_list(inv);
	for (size_t i = 2; i < inv->args.n; i++)
		buf_addf(&all, "%s%s", i > 2 ? " " : "", inv->args.v[i]);
	r = op_tags_set(inv->ctx, inv->vm->name, (const char *const *)inv->args.v + 2,
			inv->args.n - 2, o->action == TAGS_ADD, inv->dry_run, err);
	return plan_done_one(inv, inv->vm->name,
			     o->action == TAGS_ADD ? "add-tags" : "remove-tags",
			     buf_str(&all), r);
}

const struct cmd cmd_tags = {
	.name = "qvm-tags",
	.summary = "show and change the tags of a domain",
	.args = "VMNAME [ACTION [TAG...]]",
	.actions = tags_actions,
	.examples = tags_examples,
	.flags = CMD_JSON | CMD_DRY_RUN | CMD_VM,
	.exits = EXIT(NO_VM) | EXIT(VALUE) | EXIT(BUSY) | EXIT(PERMISSION) |
		 EXIT(DATABASE),
	.min_args = 1,
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct tags),
	.verify = tags_verify,
	.run = tags_run,
};

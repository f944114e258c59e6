/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "qvm-tools/plan.h"
#include "qvm-tools/render.h"
#include "qvm-tools/volume.h"

enum trash_action { T_LIST, T_RESTORE, T_EMPTY };

static const char *const trash_words[] = {"list", "restore", "empty", NULL};

static const struct action trash_actions[] = {
	{"list ls l", T_LIST, 0, 0, false, ""},
	{"restore", T_RESTORE, 1, 2, true, "NAME [NEWNAME]"},
	{"empty", T_EMPTY, 0, ARGS_ANY, true, "[NAME...]"},
	{0},
};

static const struct cmd_example trash_examples[] = {
	{"qvm-trash", "list the removed domains that can be brought back"},
	{"qvm-trash restore work", "bring one back, with its disks and settings"},
	{"qvm-trash restore work old-work", "under another name"},
	{"qvm-trash empty", "remove all of them for good"},
	{0},
};

struct trash_cmd {
	const struct action *action;
};

static int trash_verify(struct inv *inv, struct qvm_err *err)
{
	struct trash_cmd *o = inv->opts;

	return action_verify(inv, trash_actions, &o->action, err);
}

static const struct column list_columns[] = {
	{"name", "NAME", CELL_TEXT, 0, false, "name that it had"},
	{"class", "CLASS", CELL_TEXT, 0, false, "its class"},
	{"removed", "REMOVED", CELL_TEXT, 0, false, "when it was removed"},
	{"expires", "EXPIRES", CELL_TEXT, 0, false, "when it goes for good"},
	{"usage", "USAGE", CELL_INT, 0, false, "bytes that it takes, shared ones too"},
};

static int trash_list(struct inv *inv, struct qvm_err *err)
{
	cleanup_table struct table t = {0};
	int r = inv_world(inv, err);

	if (r < 0)
		return r;
	table_init(&t, "qvm-trash/1", "trash", list_columns, array_len(list_columns));
	for (size_t i = 0; i < inv->world->trash_count; i++) {
		const struct world_trash *trash = &inv->world->trash[i];
		char removed[TIME_TEXT], expires[TIME_TEXT];

		time_text(trash->removed, removed);
		time_text(trash->expires, expires);
		table_row(&t, 0);
		table_text(&t, trash->vm.name);
		table_text(&t, vm_classes[trash->vm.klass].name);
		table_text(&t, removed);
		table_text(&t, expires);
		table_int(&t, (long long)op_trash_usage(inv->ctx, inv->world, trash));
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	return 0;
}

static int trash_run(struct inv *inv, struct qvm_err *err)
{
	const struct trash_cmd *o = inv->opts;
	const struct op_report report = inv_report(inv);
	const char *const *names = (const char *const *)inv->args.v;
	cleanup_plan struct plan plan = {0};
	struct plan *dry = inv->dry_run ? &plan : NULL;
	int r;

	if (o->action->id == T_LIST)
		return trash_list(inv, err);
	if (o->action->id == T_EMPTY) {
		r = op_trash_empty(inv->ctx, names + 1, inv->args.n - 1, dry, &report,
				   err);
		return plan_done(inv, &plan, r);
	}
	r = op_trash_restore(inv->ctx, names[1], inv->args.n > 2 ? names[2] : NULL, dry,
			     err);
	return action_done(inv, &plan, names[inv->args.n - 1], r, err);
}

const struct cmd cmd_trash = {
	.name = "qvm-trash",
	.summary = "bring back removed domains, or remove them for good",
	.args = "[ACTION [NAME...]]",
	.actions = trash_words,
	.examples = trash_examples,
	.flags = CMD_JSON | CMD_DRY_RUN | CMD_RESULT,
	.exits = EXIT(PARTIAL) | EXIT(NO_VM) | EXIT(EXISTS) | EXIT(VALUE) | EXIT(IN_USE) |
		 EXIT(BUSY) | EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct trash_cmd),
	.verify = trash_verify,
	.run = trash_run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/cmd.h"
#include "qvm-tools/plan.h"

static const struct cmd_example rename_examples[] = {
	{"qvm-rename work office", "give a halted domain another name"},
	{0},
};

static int rename_run(struct inv *inv, struct qvm_err *err)
{
	const char *name = inv->args.v[0];
	const char *to = inv->args.v[1];
	int r;

	r = op_rename(inv->ctx, name, to, inv->dry_run, err);
	return plan_done_one(inv, name, "rename", to, r);
}

const struct cmd cmd_rename = {
	.name = "qvm-rename",
	.summary = "give a domain another name",
	.args = "VMNAME NEWNAME",
	.examples = rename_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN | CMD_RESULT,
	.exits = EXIT(NO_VM) | EXIT(EXISTS) | EXIT(VALUE) | EXIT(RUNNING) | EXIT(BUSY) |
		 EXIT(PERMISSION) | EXIT(DATABASE),
	.min_args = 2,
	.max_args = 2,
	.run = rename_run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "qvm-tools/cmd.h"
#include "qvm-tools/render.h"

static const struct cmd_example recover_examples[] = {
	{"qvm-recover", "after a crash: finish or undo what was under way"},
	{"qvm-recover --dry-run", "show only what it finds"},
	{0},
};

static const struct column recover_columns[] = {
	{"kind", "KIND", CELL_TEXT, 8, false,
	 "intent, volume, scratch, domain or folder"},
	{"object", "OBJECT", CELL_TEXT, 0, false, "which one"},
	{"action", "ACTION", CELL_TEXT, 0, false,
	 "removed, finished, adopted or reported"},
};

static int recover_run(struct inv *inv, struct qvm_err *err)
{
	cleanup(recovery_list_dispose) struct recovery_list list = {0};
	cleanup_table struct table t = {0};
	int r;

	r = op_recover(inv->ctx, inv->dry_run, &list, err);
	table_init(&t, "qvm-recover/1", "found", recover_columns,
		   array_len(recover_columns));
	for (size_t i = 0; i < list.n; i++) {
		table_row(&t, 0);
		table_text(&t, list.v[i].kind);
		table_text(&t, list.v[i].object);
		table_text(&t, list.v[i].action);
	}
	if (inv->json && (r == 0 || list.n))
		table_print(&t, RENDER_JSON, stdout);
	else if (list.n)
		table_print(&t, RENDER_TABLE, stdout);
	return r;
}

const struct cmd cmd_recover = {
	.name = "qvm-recover",
	.summary = "finish or undo what a crash has left behind",
	.args = "",
	.examples = recover_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN,
	.exits = EXIT(BUSY) | EXIT(PERMISSION) | EXIT(NO_XEN) | EXIT(STORAGE) |
		 EXIT(DATABASE),
	.run = recover_run,
};

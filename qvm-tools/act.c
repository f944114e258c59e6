/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-kill, qvm-pause and qvm-unpause differ in one word. */
#include "qvm-tools/cmd.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"

enum { O_WAIT = 1 };

struct act {
	bool wait;
};

static const struct opt kill_opts[] = {
	{"wait", 0, O_WAIT, NULL, "return when what they used is free"},
	{0},
};

static int act_option(void *opts, int id unused, const char *value unused,
		      struct qvm_err *err unused)
{
	struct act *act = opts;

	act->wait = true;
	return 0;
}

static int act_run(struct inv *inv, struct qvm_err *err)
{
	const struct op_report report = inv_report(inv);
	const struct act *opts = inv->opts;
	cleanup_plan struct plan plan = {0};
	enum op_act act = opts->wait ? OP_DESTROY : (enum op_act)inv->cmd->kind;
	int r;

	r = op_act(inv->ctx, act, inv_names(inv), inv->names.n, inv->dry_run, &plan,
		   &report, err);
	return plan_done(inv, &plan, r);
}

#define ACT_FLAGS (CMD_ROOT | CMD_JSON | CMD_DRY_RUN | CMD_RESULT | CMD_VMS)
#define ACT_EXITS                                                                        \
	(EXIT(PARTIAL) | EXIT(NO_VM) | EXIT(NOT_RUNNING) | EXIT(BUSY) |                  \
	 EXIT(PERMISSION) | EXIT(NO_XEN) | EXIT(HYPERVISOR) | EXIT(DATABASE))

static const struct cmd_example kill_examples[] = {
	{"qvm-kill work", "as if its power were cut"},
	{"qvm-kill --wait work", "and until its devices and its memory are free"},
	{0},
};

const struct cmd cmd_kill = {
	.name = "qvm-kill",
	.summary = "destroy running domains at once",
	.args = "VMNAME...",
	.opts = kill_opts,
	.option = act_option,
	.examples = kill_examples,
	.flags = ACT_FLAGS,
	.exits = ACT_EXITS,
	.max_args = ARGS_ANY,
	.kind = OP_KILL,
	.opts_size = sizeof(struct act),
	.run = act_run,
};

static const struct cmd_example pause_examples[] = {
	{"qvm-pause work", "freeze it; its memory stays"},
	{0},
};

const struct cmd cmd_pause = {
	.name = "qvm-pause",
	.summary = "freeze running domains",
	.args = "VMNAME...",
	.examples = pause_examples,
	.flags = ACT_FLAGS,
	.exits = ACT_EXITS,
	.max_args = ARGS_ANY,
	.kind = OP_PAUSE,
	.opts_size = sizeof(struct act),
	.run = act_run,
};

static const struct cmd_example unpause_examples[] = {
	{"qvm-unpause work", "let it run again"},
	{0},
};

const struct cmd cmd_unpause = {
	.name = "qvm-unpause",
	.summary = "let paused domains run again",
	.args = "VMNAME...",
	.examples = unpause_examples,
	.flags = ACT_FLAGS,
	.exits = ACT_EXITS,
	.max_args = ARGS_ANY,
	.kind = OP_UNPAUSE,
	.opts_size = sizeof(struct act),
	.run = act_run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/cmd.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/tty.h"

enum { O_SKIP = 1, O_CONSOLE, O_PAUSED };

static const struct opt start_opts[] = {
	{"skip-if-running", 0, O_SKIP, NULL, "a domain that runs already is no error"},
	{"console", 'c', O_CONSOLE, NULL,
	 "attach to the console of the one domain named"},
	{"paused", 0, O_PAUSED, NULL, "build it and leave it paused"},
	{0},
};

static const struct cmd_example start_examples[] = {
	{"qvm-start work", "start a domain, its network domains before it"},
	{"qvm-start -c work", "and attach to its console; ^] leaves it"},
	{"qvm-start --dry-run --json work", "show the steps and Xen's configuration"},
	{0},
};

struct start {
	struct op_start req;
	bool console;
};

static int start_option(void *opts, int id, const char *value unused,
			struct qvm_err *err unused)
{
	struct start *o = opts;

	if (id == O_SKIP)
		o->req.skip_if_running = true;
	else if (id == O_CONSOLE)
		o->console = true;
	else
		o->req.paused = true;
	return 0;
}

static int start_verify(struct inv *inv, struct qvm_err *err)
{
	const struct start *o = inv->opts;

	if (!o->console)
		return 0;
	if (inv->all || inv->args.n != 1)
		return usage_error(err, "--console needs exactly one domain");
	if (o->req.paused)
		return usage_error(err, "--console and --paused exclude each other");
	return 0;
}

static int start_run(struct inv *inv, struct qvm_err *err)
{
	struct start *o = inv->opts;
	const struct op_report report = inv_report(inv);
	cleanup_plan struct plan plan = {0};
	int r;

	o->req.dry_run = inv->dry_run;
	r = op_start(inv->ctx, inv_names(inv), inv->names.n, &o->req, &plan, &report,
		     err);
	if (r == 0 && o->console && !inv->dry_run && inv->names.n == 1)
		return tty_console(inv, inv->names.v[0], err);
	return plan_done(inv, &plan, r);
}

const struct cmd cmd_start = {
	.name = "qvm-start",
	.summary = "start domains",
	.args = "VMNAME...",
	.opts = start_opts,
	.examples = start_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN | CMD_RESULT | CMD_VMS,
	.exits = EXIT(PARTIAL) | EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(RUNNING) |
		 EXIT(BUSY) | EXIT(NO_MEMORY) | EXIT(NO_SPACE) | EXIT(PERMISSION) |
		 EXIT(NO_XEN) | EXIT(HYPERVISOR) | EXIT(STORAGE) | EXIT(DATABASE) |
		 EXIT(TIMEOUT),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct start),
	.option = start_option,
	.verify = start_verify,
	.run = start_run,
};

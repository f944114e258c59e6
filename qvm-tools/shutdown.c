/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-shutdown and qvm-restart. */
#include "qvm-tools/cmd.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"

#define TIMEOUT_MAX 86400

enum { O_WAIT = 1, O_TIMEOUT, O_FORCE };

static const struct opt shutdown_opts[] = {
	{"wait", 0, O_WAIT, NULL, "return when they have ended"},
	{"timeout", 0, O_TIMEOUT, "SECONDS", "wait so long, then kill (implies --wait)"},
	{"force", 0, O_FORCE, NULL, "although running domains depend on them"},
	{0},
};

static const struct opt restart_opts[] = {
	{"timeout", 0, O_TIMEOUT, "SECONDS", "wait so long for the end, then kill"},
	{"force", 0, O_FORCE, NULL, "although running domains depend on them"},
	{0},
};

static const struct cmd_example shutdown_examples[] = {
	{"qvm-shutdown --wait work", "ask it to power off, and wait for that"},
	{"qvm-shutdown --all --exclude sys-net --wait", "everything but one"},
	{0},
};

static const struct cmd_example restart_examples[] = {
	{"qvm-restart work", "shut it down, wait, start it again"},
	{"qvm-restart --force sys-firewall", "although domains are connected to it"},
	{0},
};

static int shutdown_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct op_shutdown *req = opts;

	switch (id) {
	case O_WAIT:
		req->wait = true;
		return 0;
	case O_FORCE:
		req->force = true;
		return 0;
	default:
		req->wait = true;
		return opt_number("--timeout", value, 1, TIMEOUT_MAX, &req->timeout_s,
				  err);
	}
}

static int shutdown_run(struct inv *inv, struct qvm_err *err)
{
	struct op_shutdown *req = inv->opts;
	const struct op_report report = inv_report(inv);
	cleanup_plan struct plan plan = {0};
	int r;

	req->dry_run = inv->dry_run;
	/* when all go, nobody is left who depends on them */
	if (inv->all && !inv->exclude.n)
		req->force = true;
	r = op_shutdown(inv->ctx, inv_names(inv), inv->names.n, req, &plan, &report, err);
	return plan_done(inv, &plan, r);
}

static int restart_run(struct inv *inv, struct qvm_err *err)
{
	struct op_shutdown *req = inv->opts;
	const struct op_report report = inv_report(inv);
	cleanup_plan struct plan plan = {0};
	int r;

	req->wait = true;
	req->dry_run = inv->dry_run;
	r = op_restart(inv->ctx, inv_names(inv), inv->names.n, req, &plan, &report, err);
	return plan_done(inv, &plan, r);
}

#define SHUTDOWN_EXITS                                                                   \
	(EXIT(PARTIAL) | EXIT(NO_VM) | EXIT(IN_USE) | EXIT(BUSY) | EXIT(PERMISSION) |    \
	 EXIT(NO_XEN) | EXIT(HYPERVISOR) | EXIT(DATABASE) | EXIT(TIMEOUT))

const struct cmd cmd_shutdown = {
	.name = "qvm-shutdown",
	.summary = "power domains off",
	.args = "VMNAME...",
	.opts = shutdown_opts,
	.examples = shutdown_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN | CMD_RESULT | CMD_VMS,
	.exits = SHUTDOWN_EXITS,
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct op_shutdown),
	.option = shutdown_option,
	.run = shutdown_run,
};

const struct cmd cmd_restart = {
	.name = "qvm-restart",
	.summary = "power domains off and start them again",
	.args = "VMNAME...",
	.opts = restart_opts,
	.examples = restart_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN | CMD_RESULT | CMD_VMS,
	.exits = SHUTDOWN_EXITS | EXIT(NO_MEMORY) | EXIT(NO_SPACE) | EXIT(STORAGE),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct op_shutdown),
	.option = shutdown_option,
	.run = restart_run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <unistd.h>

#include "qvm-tools/cmd.h"
#include "qvm-tools/msg.h"
#include "qvm-tools/tty.h"

int tty_console(struct inv *inv, const char *name, struct qvm_err *err)
{
	cleanup(tty_raw_leave) struct tty_raw mode = {0};
	int r;

	if (isatty(STDIN_FILENO) && inv->verbose >= 0)
		msg_linef(inv->ctx->log_arg, "console of '%s'; ^] leaves it", name);
	tty_raw_enter(&mode);
	r = op_console(inv->ctx, name, STDIN_FILENO, STDOUT_FILENO, err);
	mode.used = r == 0;
	return r;
}

static const struct cmd_example console_examples[] = {
	{"qvm-console work", "attach to the text console; ^] leaves it"},
	{0},
};

static int console_run(struct inv *inv, struct qvm_err *err)
{
	return tty_console(inv, inv->args.v[0], err);
}

const struct cmd cmd_console = {
	.name = "qvm-console",
	.summary = "attach to the text console of a running domain",
	.args = "VMNAME",
	.examples = console_examples,
	.flags = CMD_ROOT,
	.exits = EXIT(NO_VM) | EXIT(NOT_RUNNING) | EXIT(BUSY) | EXIT(PERMISSION) |
		 EXIT(NO_XEN) | EXIT(HYPERVISOR) | EXIT(DATABASE),
	.min_args = 1,
	.max_args = 1,
	.run = console_run,
};

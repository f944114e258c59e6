/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/file.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/msg.h"
#include "qvm-tools/opt.h"
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

enum { O_LOG = 1, O_LINES };

enum { LINES = 20, LOG_MAX = 1 << 20 };

static const struct opt console_opts[] = {
	{"log", 0, O_LOG, NULL,
	 "print the end of what came there, also when it is halted"},
	{"lines", 'n', O_LINES, "N", "with --log: so many lines (20)"},
	{0},
};

static const struct cmd_example console_examples[] = {
	{"qvm-console work", "attach to the text console; ^] leaves it"},
	{"qvm-console --log -n 50 work", "what it has said last"},
	{0},
};

struct console_opts {
	bool log;
	int lines; /* 0: not given */
};

static int console_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct console_opts *o = opts;

	if (id == O_LINES)
		return opt_number("--lines", value, 1, 1 << 20, &o->lines, err);
	o->log = true;
	return 0;
}

static int console_verify(struct inv *inv, struct qvm_err *err)
{
	const struct console_opts *o = inv->opts;

	return o->lines && !o->log ? usage_error(err, "--lines goes with --log only") : 0;
}

/* Where the last N lines of TEXT begin. */
static const char *last_lines(const struct buf *text, int n)
{
	const char *at = buf_str(text) + text->len;

	if (at > buf_str(text) && at[-1] == '\n')
		at--;
	for (; at > buf_str(text); at--)
		if (at[-1] == '\n' && --n == 0)
			break;
	return at;
}

/* What is in the log was made harmless by who wrote it. */
static int show_log(struct inv *inv, const char *name, struct qvm_err *err)
{
	const struct console_opts *o = inv->opts;
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_free char *path = NULL;
	const struct vm *vm;
	int r = inv_world(inv, err);

	if (r < 0)
		return r;
	vm = world_vm(inv->world, name);
	if (!vm)
		return err_set(err, QVM_E_NO_VM, "no such domain: '%s'", name);
	path = ctx_console_log(inv->ctx, vm->id, vm->name);
	r = file_read(path, LOG_MAX, &text);
	if (r == -ENOENT) /* it has never run, or was silent */
		return 0;
	if (r < 0)
		return err_errno(err, r, "cannot read '%s'", path);
	fputs(last_lines(&text, o->lines ? o->lines : LINES), stdout);
	return 0;
}

static int console_run(struct inv *inv, struct qvm_err *err)
{
	const struct console_opts *o = inv->opts;
	const char *name = inv->args.v[0];

	return o->log ? show_log(inv, name, err) : tty_console(inv, name, err);
}

const struct cmd cmd_console = {
	.name = "qvm-console",
	.summary = "attach to the text console of a running domain",
	.args = "VMNAME",
	.opts = console_opts,
	.examples = console_examples,
	.flags = CMD_ROOT,
	.exits = EXIT(NO_VM) | EXIT(NOT_RUNNING) | EXIT(BUSY) | EXIT(PERMISSION) |
		 EXIT(NO_XEN) | EXIT(HYPERVISOR) | EXIT(DATABASE),
	.min_args = 1,
	.max_args = 1,
	.opts_size = sizeof(struct console_opts),
	.option = console_option,
	.verify = console_verify,
	.run = console_run,
};

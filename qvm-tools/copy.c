/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-copy-to-vm and qvm-move-to-vm. */
#include <stdio.h>

#include "ops/copy.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/msg.h"

enum { O_PROGRESS = 1, O_NO_PROGRESS, O_IGNORE, O_NO_IGNORE, O_NO_START };

static const struct opt copy_opts[] = {
	{"ignore-symlinks", 0, O_IGNORE, NULL, "leave symbolic links out"},
	{"no-ignore-symlinks", 0, O_NO_IGNORE, NULL,
	 "copy links as such, the default; none may lead out"},
	{"with-progress", 0, O_PROGRESS, NULL,
	 "show rate and time left; default on a terminal"},
	{"without-progress", 0, O_NO_PROGRESS, NULL, "show nothing"},
	{"no-autostart", 'n', O_NO_START, NULL, "fail when the domain is not running"},
	{0},
};

struct copy {
	bool ignore_links, no_start;
	bool progress, no_progress;
};

static int copy_option(void *opts, int id, const char *value unused,
		       struct qvm_err *err unused)
{
	struct copy *o = opts;

	switch (id) {
	case O_PROGRESS:
	case O_NO_PROGRESS:
		o->progress = id == O_PROGRESS;
		o->no_progress = id == O_NO_PROGRESS;
		break;
	case O_IGNORE:
	case O_NO_IGNORE:
		o->ignore_links = id == O_IGNORE;
		break;
	default:
		o->no_start = true;
	}
	return 0;
}

static void note(void *arg, const char *text)
{
	msg_line(arg, text);
}

static void show(void *arg, const char *text, int percent)
{
	struct msg *m = arg;

	if (text)
		msg_progress(m, text, percent);
	else
		msg_finish(m);
}

static int copy_run(struct inv *inv, struct qvm_err *err)
{
	const struct copy *o = inv->opts;
	struct msg *m = inv->ctx->log_arg;
	const struct op_copy c = {
		.domain = inv->args.v[0],
		.paths = (const char *const *)inv->args.v + 1,
		.count = inv->args.n - 1,
		.move = inv->cmd->kind,
		.ignore_links = o->ignore_links,
		.no_start = o->no_start,
		.note = note,
		.show = show,
		.arg = m,
	};

	if (o->progress || o->no_progress)
		m->progress = o->progress;
	return op_copy(inv->ctx, &c, err);
}

static const struct cmd_example copy_examples[] = {
	{"qvm-copy-to-vm work notes.txt pictures", "files and folders"},
	{"qvm-copy-to-vm --ignore-symlinks work /etc", "without symbolic links"},
	{0},
};

static const struct cmd_example move_examples[] = {
	{"qvm-move-to-vm work notes.txt", "gone here once it has arrived there"},
	{0},
};

#define COPY_EXITS                                                                       \
	(EXIT(NO_VM) | EXIT(NOT_RUNNING) | EXIT(BUSY) | EXIT(NO_MEMORY) |                \
	 EXIT(NO_SPACE) | EXIT(PERMISSION) | EXIT(NO_XEN) | EXIT(HYPERVISOR) |           \
	 EXIT(STORAGE) | EXIT(DATABASE) | EXIT(TIMEOUT))

const struct cmd cmd_copy_to_vm = {
	.name = "qvm-copy-to-vm",
	.summary = "copy files of dom0 into a domain",
	.args = "VMNAME FILE...",
	.opts = copy_opts,
	.examples = copy_examples,
	.flags = CMD_ROOT,
	.exits = COPY_EXITS,
	.min_args = 2,
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct copy),
	.option = copy_option,
	.run = copy_run,
};

const struct cmd cmd_move_to_vm = {
	.name = "qvm-move-to-vm",
	.summary = "move files of dom0 into a domain",
	.args = "VMNAME FILE...",
	.opts = copy_opts,
	.examples = move_examples,
	.flags = CMD_ROOT,
	.exits = COPY_EXITS | EXIT(PARTIAL),
	.min_args = 2,
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct copy),
	.kind = 1,
	.option = copy_option,
	.run = copy_run,
};

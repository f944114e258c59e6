/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "qvm-tools/cmd.h"
#include "qvm-tools/msg.h"
#include "qvm-tools/tty.h"

struct raw_mode {
	bool set;
	bool used; /* the guest had its word */
};

/* What a guest may have switched on: colours, hidden cursor, mouse, alternate screen. */
#define TERMINAL_CALM "\033[0m\033[?25h\033[?1000l\033[?1002l\033[?1003l\033[?1049l"

static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/* The one thing a signal's handler has to find by itself. */
static struct termios mode_before;

static void restore_and_die(int sig)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &mode_before);
	/* the handler was for once: now it ends the process as it should */
	raise(sig);
}

static void catch_deadly(void)
{
	struct sigaction action = {
		.sa_handler = restore_and_die,
		.sa_flags = SA_RESETHAND | SA_NODEFER,
	};

	for (size_t i = 0; i < array_len(deadly); i++)
		sigaction(deadly[i], &action, NULL);
}

static void raw_leave(struct raw_mode *m)
{
	if (!m->set)
		return;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &mode_before);
	for (size_t i = 0; i < array_len(deadly); i++)
		signal(deadly[i], SIG_DFL);
	if (m->used && isatty(STDOUT_FILENO)) {
		fputs(TERMINAL_CALM "\r\n", stdout);
		fflush(stdout);
	}
	m->set = false;
}

static void raw_enter(struct raw_mode *m)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &mode_before) < 0)
		return;
	catch_deadly();
	raw = mode_before;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	m->set = true;
}

int tty_console(struct inv *inv, const char *name, struct qvm_err *err)
{
	cleanup(raw_leave) struct raw_mode mode = {0};
	int r;

	if (isatty(STDIN_FILENO) && inv->verbose >= 0)
		msg_linef(inv->ctx->log_arg, "console of '%s'; ^] leaves it", name);
	raw_enter(&mode);
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

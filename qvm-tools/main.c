/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm: one program, called as `qvm-create` or as `qvm create`. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/help.h"
#include "qvm-tools/opt.h"

static int unknown(const char *name)
{
	fprintf(stderr, "qvm: there is no command '%s'; 'qvm help' lists them\n", name);
	return err_exit_code(QVM_E_USAGE);
}

static int run_called(int argc, char **argv)
{
	const struct cmd *cmd;

	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help_commands(argc < 2 ? stderr : stdout);
		return argc < 2 ? err_exit_code(QVM_E_USAGE) : 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		help_version(stdout);
		return 0;
	}
	cmd = cmd_find(argv[1]);
	return cmd ? cmd_run(cmd, argc - 1, argv + 1) : unknown(argv[1]);
}

int main(int argc, char **argv)
{
	const char *name = basename(argc > 0 ? argv[0] : "qvm");
	const struct cmd *cmd;

	/* a reader that goes away must not end work half-way */
	signal(SIGPIPE, SIG_IGN);
	setlocale(LC_CTYPE, "");
	opt_setup();
	if (strncmp(name, "qvm-", 4) != 0 && strncmp(name, "qubes-", 6) != 0)
		return run_called(argc, argv);
	cmd = cmd_find(name);
	return cmd ? cmd_run(cmd, argc, argv) : unknown(name);
}

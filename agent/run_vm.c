/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-run-vm [--no-gui] [-a SOCKET] TARGET COMMAND [ARG...], or --dispvm COMMAND [ARG...] */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/strv.h"

enum { OPT_NO_GUI = 256, OPT_DISPVM };

static const struct option options[] = {
	{"no-gui", no_argument, NULL, OPT_NO_GUI},
	{"nogui", no_argument, NULL, OPT_NO_GUI},
	{"dispvm", no_argument, NULL, OPT_DISPVM},
	{"agent-socket", required_argument, NULL, 'a'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static noreturn void usage(int status)
{
	dprintf(status ? STDERR_FILENO : STDOUT_FILENO,
		"usage: qvm-run-vm [--no-gui] TARGET COMMAND [ARG...]\n"
		"       qvm-run-vm [--no-gui] --dispvm COMMAND [ARG...]\n"
		"Runs a shell command in domain TARGET or in a new disposable, as "
		"dom0's\n"
		"policy for qubes.VMShell allows. The exit status is the command's.\n"
		"\n"
		"Example: qvm-run-vm --dispvm 'id -un'\n");
	exit(status);
}

/* The words with blanks between, as a shell command that leaves its input to itself. */
static char *script(char **words)
{
	struct buf text = BUF_INIT;

	for (; *words; words++)
		buf_addf(&text, "%s%s", *words, words[1] ? " " : "; exit\n");
	return buf_steal(&text);
}

int run_vm_main(int argc, char **argv)
{
	cleanup_free char *text = NULL;
	const char *target = NULL, *socket = AGENT_SOCKET;
	struct strv client = STRV_INIT;
	int opt;

	while ((opt = getopt_long(argc, argv, "+a:h", options, NULL)) != -1) {
		if (opt == OPT_DISPVM)
			target = "@dispvm";
		else if (opt == 'a')
			socket = optarg;
		else if (opt != OPT_NO_GUI) /* there is none to be waited for */
			usage(opt == 'h' ? 0 : 2);
	}
	if (!target && optind < argc)
		target = argv[optind++];
	if (optind >= argc)
		usage(2);
	text = script(argv + optind);
	strv_add(&client, "qrexec-client-vm");
	strv_addf(&client, "--agent-socket=%s", socket);
	strv_addf(&client, "--prefix-data=%s", text);
	strv_add(&client, "--");
	strv_add(&client, target);
	strv_add(&client, "qubes.VMShell");
	optind = 0; /* getopt begins anew */
	return client_vm_main((int)client.n, client.v);
}

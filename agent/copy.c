/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-copy, qvm-move [OPTION...] FILE...: the target is chosen by dom0's policy
 * qvm-copy-to-vm, qvm-move-to-vm [OPTION...] TARGET FILE...
 * qfile-agent [OPTION...] FILE...: the sender itself, on standard output and input
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/alloc.h"
#include "lib/size.h"
#include "lib/strv.h"
#include "qrexec/qfile.h"

enum {
	OPT_PROGRESS = 256,
	OPT_NO_PROGRESS,
	OPT_IGNORE,
	OPT_NO_IGNORE,
	OPT_MOVE,
	OPT_TOTAL
};

#define SERVICE "qubes.Filecopy"
#define ANY_NAME "+allow-all-names"

struct copy {
	const char *program;
	bool move, named; /* by its name: qvm-move..., ...-to-vm */
	bool ignore_links, progress;
	const char *socket;
	uint64_t total;
	const char *target;
	char **files;
	size_t count;
};

static const struct option options[] = {
	{"with-progress", no_argument, NULL, OPT_PROGRESS},
	{"without-progress", no_argument, NULL, OPT_NO_PROGRESS},
	{"ignore-symlinks", no_argument, NULL, OPT_IGNORE},
	{"no-ignore-symlinks", no_argument, NULL, OPT_NO_IGNORE},
	{"agent-socket", required_argument, NULL, 'a'},
	{"help", no_argument, NULL, 'h'},
	{"move", no_argument, NULL, OPT_MOVE}, /* of qfile-agent */
	{"total", required_argument, NULL, OPT_TOTAL},
	{NULL, 0, NULL, 0},
};

static noreturn void usage(const struct copy *c, int status)
{
	dprintf(status ? STDERR_FILENO : STDOUT_FILENO,
		"usage: %s [OPTION...] %sFILE...\n"
		"%s files and folders to %s, there into ~/QubesIncoming/THIS-DOMAIN.\n"
		"\n"
		"      --ignore-symlinks     leave symbolic links out\n"
		"      --no-ignore-symlinks  copy them as links (the default)\n"
		"      --with-progress       show how far it is (the default on a "
		"terminal)\n"
		"      --without-progress    show nothing\n"
		"  -a, --agent-socket=PATH   where the agent listens\n"
		"  -h, --help                this text\n"
		"\n"
		"Example: %s %s~/notes.txt ~/pictures\n",
		c->program, c->named ? "TARGET " : "", c->move ? "Moves" : "Copies",
		c->named ? "domain TARGET" : "the domain that dom0 chooses or asks for",
		c->program, c->named ? "vault " : "");
	exit(status);
}

static void option(struct copy *c, int opt)
{
	unsigned long long total;

	switch (opt) {
	case OPT_PROGRESS:
	case OPT_NO_PROGRESS:
		c->progress = opt == OPT_PROGRESS;
		break;
	case OPT_IGNORE:
	case OPT_NO_IGNORE:
		c->ignore_links = opt == OPT_IGNORE;
		break;
	case 'a':
		c->socket = optarg;
		break;
	case OPT_MOVE:
		c->move = true;
		break;
	case OPT_TOTAL:
		total = strtoull(optarg, NULL, 10); /* our own number */
		c->total = total;
		break;
	default:
		usage(c, opt == 'h' ? 0 : 2);
	}
}

static void arguments(struct copy *c, int argc, char **argv)
{
	int opt;

	c->program = basename(argv[0]);
	c->move = strncmp(c->program, "qvm-move", 8) == 0;
	c->named = strlen(c->program) > 6 &&
		   strcmp(c->program + strlen(c->program) - 6, "-to-vm") == 0;
	c->progress = isatty(STDERR_FILENO);
	while ((opt = getopt_long(argc, argv, "+a:h", options, NULL)) != -1)
		option(c, opt);
	if (c->named && optind < argc)
		c->target = argv[optind++];
	if (optind >= argc)
		usage(c, 2);
	c->files = argv + optind;
	c->count = (size_t)(argc - optind);
}

static void say(void *arg, const char *text)
{
	const struct copy *c = arg;

	dprintf(STDERR_FILENO, "%s%s: %s\n", c->progress ? "\r\033[K" : "", c->program,
		text);
}

static void show(void *arg unused, const char *text, int percent)
{
	if (text)
		dprintf(STDERR_FILENO, "\r%s, %d %%\033[K", text, percent);
	else
		dprintf(STDERR_FILENO, "\r\033[K");
}

static struct qfile_job job_of(struct copy *c)
{
	return (struct qfile_job){
		.paths = (const char *const *)c->files,
		.count = c->count,
		.ignore_links = c->ignore_links,
		.move = c->move,
		.target = c->target,
		.total = c->total,
		.say = say,
		.note = say,
		.show = c->progress ? show : NULL,
		.arg = c,
	};
}

/* The call's local program: this one again, so that it ends when the call does. */
static int call(const struct copy *c, const struct qfile_total *total)
{
	struct strv argv = STRV_INIT;

	strv_add(&argv, "qrexec-client-vm");
	if (c->socket)
		strv_addf(&argv, "--agent-socket=%s", c->socket);
	strv_add(&argv, "--");
	strv_add(&argv, c->target ? c->target : "@default");
	strv_add(&argv, total->any_name ? SERVICE ANY_NAME : SERVICE);
	strv_add(&argv, "/proc/self/exe");
	strv_add(&argv, "qfile-agent");
	strv_addf(&argv, "--total=%llu", (unsigned long long)total->bytes);
	strv_add(&argv, c->progress ? "--with-progress" : "--without-progress");
	if (c->move)
		strv_add(&argv, "--move");
	if (c->ignore_links)
		strv_add(&argv, "--ignore-symlinks");
	strv_add(&argv, "--");
	for (size_t i = 0; i < c->count; i++)
		strv_add(&argv, c->files[i]);
	optind = 0; /* getopt begins anew */
	return client_vm_main((int)argv.n, argv.v);
}

int copy_main(int argc, char **argv)
{
	struct copy c = {0};
	struct qfile_total total;
	struct qfile_job job;

	arguments(&c, argc, argv);
	job = job_of(&c);
	if (qfile_job_look(&job, &total) != QFILE_DONE)
		return 1;
	return call(&c, &total);
}

int copy_sender_main(int argc, char **argv)
{
	struct copy c = {0};
	struct qfile_job job;

	arguments(&c, argc, argv);
	job = job_of(&c);
	switch (qfile_job_send(&job, STDOUT_FILENO, STDIN_FILENO)) {
	case QFILE_DONE:
		return 0;
	case QFILE_UNHEARD:
		say(&c, "the other domain has ended the copy without an answer");
		return 1;
	default:
		return 1;
	}
}

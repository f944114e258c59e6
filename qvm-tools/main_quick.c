/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-quick: the commands that scripts and prompts run all the time, in a static program,
 * because loading libraries is most of what such a command does. Hidden behind the links of
 * those commands; without arguments it lists them.
 *
 * What it cannot do, it becomes the full program for. Commands only look until then, or can do
 * again what they did (who is killed stays so), so beginning anew there changes nothing; a
 * domain that runs is called without.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hv.h"
#include "lib/alloc.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/setup.h"

/* The module view-xen, linked in (xen/module_view.c). */
extern const struct hv_view_ops *const qvm_module;

static const struct cmd *const quick[] = {&cmd_check, &cmd_kill, &cmd_ls, &cmd_run_in};

static char **arguments; /* as the program was called */

/* <prefix>/libexec/qvm/qvm-quick → <prefix>/bin/qvm */
static int full_path(char **ret)
{
	cleanup_free char *self = NULL;
	cleanup_free char *prefix = NULL;
	int r = program_path(&self);

	if (r < 0)
		return r;
	prefix = path_above(self, 3);
	*ret = xasprintf("%s/bin/qvm", prefix);
	return 0;
}

/* Returns only when that fails. */
static int become_full(void)
{
	cleanup_free char *full = NULL;
	int r = full_path(&full);

	if (r < 0)
		return r;
	execv(full, arguments);
	return -errno;
}

static int load_view(struct qvm_ctx *ctx, struct qvm_err *err unused)
{
	ctx->view = qvm_module;
	return 0;
}

static int load_hv(struct qvm_ctx *ctx unused, struct qvm_err *err)
{
	return err_errno(err, become_full(), "cannot execute qvm");
}

static int load_pool(struct qvm_ctx *ctx unused, const char *driver unused,
		     const struct pool_ops **ret unused, struct qvm_err *err)
{
	return err_errno(err, become_full(), "cannot execute qvm");
}

int loaders_set(struct setup *s)
{
	s->ctx.load_view = load_view;
	s->ctx.load_hv = load_hv;
	s->ctx.load_pool = load_pool;
	s->ctx.load_scratch = load_hv;
	return full_path(&s->ctx.self); /* no watcher can be a quick one */
}

static const struct cmd *find(const char *path)
{
	for (size_t i = 0; i < array_len(quick); i++)
		if (strcmp(quick[i]->name, basename(path)) == 0)
			return quick[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct cmd *cmd = argc > 0 ? find(argv[0]) : NULL;

	if (!cmd && argc < 2) {
		for (size_t i = 0; i < array_len(quick); i++)
			puts(quick[i]->name);
		return 0;
	}
	arguments = argv;
	if (!cmd || getenv("QVM_BACKEND") || getenv("QVM_MODULES")) {
		fprintf(stderr, "%s: cannot execute qvm: %s\n", argv[0],
			strerror(-become_full()));
		return err_exit_code(QVM_E_FAILED);
	}
	/* a reader that goes away must not end work half-way */
	signal(SIGPIPE, SIG_IGN);
	setlocale(LC_CTYPE, "");
	opt_setup();
	return cmd_run(cmd, argc, argv);
}

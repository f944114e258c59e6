/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-top: its options. The dashboard is a program of its own, which alone links curses. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/opt.h"

enum { O_INTERVAL = 1, O_BATCH, O_COUNT, O_PLAIN, O_MONO, O_ASCII };

static const struct opt top_opts[] = {
	{"interval", 'i', O_INTERVAL, "SECONDS", "between two looks (1)"},
	{"batch", 'b', O_BATCH, NULL, "print frames, for a file or a program"},
	{"count", 'n', O_COUNT, "N", "with --batch: so many; 0: until ^C (1)"},
	{"plain", 0, O_PLAIN, NULL, "lines only, for a screen reader"},
	{"mono", 0, O_MONO, NULL, "without colours"},
	{"ascii", 0, O_ASCII, NULL, "without characters beyond ASCII"},
	{0},
};

static const struct cmd_example top_examples[] = {
	{"qvm-top", "all domains, and what can be done with them; ? tells the keys"},
	{"qvm-top --batch -n 3", "three frames of text, a second apart"},
	{"qvm-top --batch --json -n 1", "the same figures for a program"},
	{"qvm-top --plain", "what happens as lines; commands are typed"},
	{0},
};

struct top_opts {
	int interval, count;
	bool batch, counted, plain, mono, ascii;
};

static int top_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct top_opts *o = opts;

	switch (id) {
	case O_INTERVAL:
		return opt_number("--interval", value, 1, 3600, &o->interval, err);
	case O_COUNT:
		o->counted = true;
		return opt_number("--count", value, 0, 1 << 29, &o->count, err);
	}
	o->batch |= id == O_BATCH;
	o->plain |= id == O_PLAIN;
	o->mono |= id == O_MONO;
	o->ascii |= id == O_ASCII;
	return 0;
}

static int top_verify(struct inv *inv, struct qvm_err *err)
{
	const struct top_opts *o = inv->opts;

	if (o->batch && o->plain)
		return usage_error(err, "--batch and --plain exclude each other");
	if (!o->batch && (o->counted || inv->json))
		return usage_error(err, "%s goes with --batch only",
				   inv->json ? "--json" : "--count");
	return 0;
}

static int top_run(struct inv *inv, struct qvm_err *err)
{
	const struct top_opts *o = inv->opts;
	cleanup_free char *program = xasprintf("%s/qvm-tui", inv->ctx->libexec_dir);
	cleanup_strv struct strv argv = STRV_INIT;

	strv_add(&argv, program);
	strv_addf(&argv, "%d", o->interval);
	strv_addf(&argv, "%d", o->counted ? o->count : 1);
	strv_add(&argv, o->batch ? "batch" : o->plain ? "plain" : "screen");
	strv_add(&argv, inv->json ? "json" : "text");
	strv_add(&argv, o->mono ? "mono" : "colour");
	strv_add(&argv, o->ascii ? "ascii" : "utf8");
	signal(SIGPIPE, SIG_DFL);
	/* what it runs looks where this looked */
	if (inv->root && setenv("QVM_ROOT", inv->root, 1) < 0)
		return err_errno(err, -errno, "cannot pass the root on");
	execv(program, argv.v);
	return err_errno(err, -errno, "cannot run '%s'", program);
}

const struct cmd cmd_top = {
	.name = "qvm-top",
	.summary = "the dashboard: all domains, and what can be done with them",
	.args = "",
	.opts = top_opts,
	.examples = top_examples,
	.flags = CMD_JSON,
	.exits = EXIT(PERMISSION) | EXIT(NO_XEN) | EXIT(DATABASE),
	.opts_size = sizeof(struct top_opts),
	.option = top_option,
	.verify = top_verify,
	.run = top_run,
};

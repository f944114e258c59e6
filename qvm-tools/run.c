/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dispatcher: what every command has in common. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/help.h"
#include "qvm-tools/msg.h"
#include "qvm-tools/names.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/setup.h"

static void inv_dispose(struct inv *inv)
{
	if (inv->opts && inv->cmd->dispose)
		inv->cmd->dispose(inv->opts);
	free(inv->opts);
	for (size_t i = 0; i < inv->result_count; i++) {
		free(inv->results[i].vm);
		free(inv->results[i].text);
	}
	free(inv->results);
	world_free(inv->world);
	strv_dispose(&inv->args);
	strv_dispose(&inv->values);
	strv_dispose(&inv->exclude);
	strv_dispose(&inv->names);
}

int inv_world(struct inv *inv, struct qvm_err *err)
{
	if (inv->world)
		return 0;
	return op_world(inv->ctx, inv->live, &inv->world, err);
}

const char *const *inv_names(const struct inv *inv)
{
	return (const char *const *)inv->names.v;
}

static void add_result(struct inv *inv, const char *vm, int r, const char *text)
{
	struct result *result = &array_grow(inv->results, inv->result_count);

	result->vm = xstrdup(vm);
	result->kind = r < 0 ? -r : 0;
	result->text = r < 0 ? xstrdup(text) : NULL;
	inv->result_count++;
}

static void report(void *arg, const char *vm, int r, const struct qvm_err *err)
{
	struct inv *inv = arg;

	if (r < 0) {
		msg_line(inv->ctx->log_arg, err->text);
		inv->failures++;
	}
	if (inv->json)
		add_result(inv, vm, r, r < 0 ? err->text : NULL);
}

struct op_report inv_report(struct inv *inv)
{
	return (struct op_report){.fn = report, .arg = inv};
}

static int check_args(const struct inv *inv, struct qvm_err *err)
{
	const struct cmd *cmd = inv->cmd;

	if (inv->args.n < cmd->min_args)
		return usage_error(err, "too few arguments");
	if (inv->args.n > cmd->max_args)
		return usage_error(err, "too many arguments: '%s'",
				   inv->args.v[cmd->max_args]);
	if (cmd->flags & CMD_VMS)
		return names_verify(inv, err);
	return 0;
}

static int check_root(const struct inv *inv, struct qvm_err *err)
{
	if (!(inv->cmd->flags & CMD_ROOT) && !inv->needs_root)
		return 0;
	if (geteuid() == 0 || setup_has_root(inv->root))
		return 0;
	return err_set(err, QVM_E_PERMISSION, "only root may do that");
}

/* Everything that can be said of the command line alone. */
static int prepare(struct inv *inv, int argc, char **argv, struct qvm_err *err)
{
	int r;

	r = opt_parse(inv, argc, argv, err);
	if (r < 0 || inv->help || inv->version)
		return r;
	r = check_args(inv, err);
	if (r < 0)
		return r;
	if (inv->cmd->verify) {
		r = inv->cmd->verify(inv, err);
		if (r < 0)
			return r;
	}
	return check_root(inv, err);
}

static int find_vm(struct inv *inv, struct qvm_err *err)
{
	int r;

	r = inv_world(inv, err);
	if (r < 0)
		return r;
	return vm_find(inv->world, inv->args.v[0], &inv->vm, err);
}

static int run_with_ctx(struct inv *inv, struct setup *setup, struct msg *msg,
			struct qvm_err *err)
{
	int r;

	r = setup_open(setup, msg, inv->root, inv->verbose, err);
	if (r < 0)
		return r;
	inv->ctx = &setup->ctx;
	if (inv->cmd->flags & CMD_VMS && !inv->alone)
		r = names_resolve(inv, err);
	else if (inv->cmd->flags & CMD_VM)
		r = find_vm(inv, err);
	if (r < 0)
		return r;
	return inv->cmd->run(inv, err);
}

/* What is printed for --json by commands that change something. */
static void show_results(struct inv *inv, int r, const struct qvm_err *err)
{
	if (!(inv->cmd->flags & CMD_RESULT) || !inv->json || inv->dry_run || inv->alone)
		return;
	/* functions on one object do not report; an error may come before any report */
	if (!inv->result_count && (r < 0 || inv->args.n))
		add_result(inv, inv->args.n ? inv->args.v[0] : NULL, r, err->text);
	results_print(stdout, inv->results, inv->result_count);
}

static int flush_output(struct msg *msg)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	/* the reader went away: it knows */
	if (errno != EPIPE)
		msg_linef(msg, "cannot write the output: %s", strerror(errno));
	return err_exit_code(QVM_E_FAILED);
}

static int finish(struct inv *inv, struct msg *msg, int r, const struct qvm_err *err)
{
	int status = r < 0 ? err_exit_code(r) : inv->status;
	int flushed;

	msg_finish(msg);
	if (r < 0 && !inv->failures)
		msg_line(msg, err->text);
	if (r == -QVM_E_USAGE)
		help_usage(stderr, inv->cmd);
	else
		show_results(inv, r, err);
	flushed = flush_output(msg);
	return status ? status : flushed;
}

int cmd_run(const struct cmd *cmd, int argc, char **argv)
{
	struct msg msg;
	cleanup(setup_dispose) struct setup setup = {0};
	cleanup(inv_dispose) struct inv inv = {.cmd = cmd};
	struct qvm_err err = QVM_ERR_INIT;
	int r;

	msg_init(&msg, cmd->flags & (CMD_HIDDEN | CMD_BUILTIN) ? "qvm" : cmd->name);
	inv.opts = xcalloc(1, cmd->opts_size ? cmd->opts_size : 1);
	r = prepare(&inv, argc, argv, &err);
	if (r == 0 && inv.help)
		help_print(stdout, cmd);
	else if (r == 0 && inv.version)
		help_version(stdout);
	else if (r == 0)
		r = run_with_ctx(&inv, &setup, &msg, &err);
	return finish(&inv, &msg, r, &err);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-disp run, shell and open: one disposable for one purpose. */
#include <stdlib.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "ops/open.h"
#include "qvm-tools/call.h"
#include "qvm-tools/disp.h"

int disp_command(struct inv *inv, struct qvm_err *err)
{
	const struct disp_cmd *o = inv->opts;
	const char *const *words = (const char *const *)inv->args.v + 1;
	size_t n = inv->args.n - 1;
	struct strv no_env = STRV_INIT;
	cleanup_free char *built =
		n > 1 ? call_exec(&no_env, words, n) : call_shell(&no_env, words[0]);
	struct op_call call = {
		.service = n > 1 ? built : NULL,
		.command = n > 1 ? NULL : built,
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
		.errors = STDERR_FILENO,
		.filter_out = isatty(STDOUT_FILENO),
		.filter_err = isatty(STDERR_FILENO),
	};
	int r = call_disposable(inv, o->template, o->keep, err);

	if (r < 0)
		return r;
	call.domain = inv->names.v[0];
	return op_call(inv->ctx, &call, &inv->status, err);
}

int disp_shell(struct inv *inv, struct qvm_err *err)
{
	const struct disp_cmd *o = inv->opts;
	const char *template = inv->args.n > 1 ? inv->args.v[1] : o->template;
	struct op_call call = {.in = STDIN_FILENO, .out = STDOUT_FILENO, .errors = -1};
	struct strv no_env = STRV_INIT;
	int r = call_disposable(inv, template, o->keep, err);

	if (r < 0)
		return r;
	call.domain = inv->names.v[0];
	return call_tty(inv, &call, &no_env, &inv->status, err);
}

int disp_open(struct inv *inv, struct qvm_err *err)
{
	const struct disp_cmd *o = inv->opts;
	struct op_open req = {
		.what = inv->args.v[1],
		.view_only = o->view_only,
		.errors = STDERR_FILENO,
		.filter_err = isatty(STDERR_FILENO),
	};
	int r = op_open_check(&req, err);

	if (r == 0)
		r = call_disposable(inv, o->template, o->keep, err);
	if (r < 0)
		return r;
	req.domain = inv->names.v[0];
	return op_open(inv->ctx, &req, &inv->status, err);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks after the pool of spares: started by ops, never by hand. */
#include "lib/size.h"
#include "ops/disp.h"
#include "qvm-tools/cmd.h"

static const struct cmd_example fill_examples[] = {
	{"qvm __fill 0", "replace the spares that are old, make those that are missing"},
	{0},
};

static int fill_verify(struct inv *inv, struct qvm_err *err)
{
	struct op_fill *req = inv->opts;
	long long taken;

	if (num_parse(inv->args.v[0], 0, INT64_MAX, &taken) < 0)
		return usage_error(err, "'%s' is no number of a domain", inv->args.v[0]);
	req->taken = taken;
	return 0;
}

static int fill_run(struct inv *inv, struct qvm_err *err)
{
	return op_disp_fill(inv->ctx, inv->opts, err);
}

const struct cmd cmd_fill = {
	.name = "__fill",
	.summary = "keep the pool of spares (used by qvm itself)",
	.args = "ID",
	.examples = fill_examples,
	.flags = CMD_ROOT | CMD_HIDDEN,
	.min_args = 1,
	.max_args = 1,
	.opts_size = sizeof(struct op_fill),
	.verify = fill_verify,
	.run = fill_run,
};

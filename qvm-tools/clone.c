/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/cmd.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"

enum { O_CLASS = 1, O_POOL_ALL, O_POOL };

static const struct opt clone_opts[] = {
	{"class", 'C', O_CLASS, "CLASS", "class of the copy (default: the same)"},
	{NULL, 'P', O_POOL_ALL, "POOL", "storage pool of all its volumes"},
	{"pool", 'p', O_POOL, "VOLUME=POOL", "pool of one volume (may be repeated)"},
	{0},
};

static const struct cmd_example clone_examples[] = {
	{"qvm-clone debian-12 debian-12-minimal", "a second template to work on"},
	{"qvm-clone -C StandaloneVM debian-12 build",
	 "a standalone domain from a template"},
	{0},
};

static int clone_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct op_clone *req = opts;
	enum vol_role role;
	int r;

	switch (id) {
	case O_CLASS:
		req->has_class = true;
		return vm_class_parse(value, &req->klass, err);
	case O_POOL_ALL:
		req->pool = value;
		return 0;
	default:
		r = opt_volume(value, &role, &value, err);
		if (r == 0)
			req->pools[role] = value;
		return r;
	}
}

static int clone_verify(struct inv *inv, struct qvm_err *err)
{
	struct op_clone *req = inv->opts;

	for (int role = 0; req->pool && role < VOL_ROLE_COUNT; role++)
		if (req->pools[role])
			return usage_error(err, "-P and --pool exclude each other");
	return 0;
}

static int clone_run(struct inv *inv, struct qvm_err *err)
{
	struct op_clone *req = inv->opts;
	cleanup_plan struct plan plan = {0};
	int r;

	req->source = inv->args.v[0];
	req->name = inv->args.v[1];
	req->dry_run = inv->dry_run;
	r = op_clone(inv->ctx, req, &plan, err);
	return plan_done(inv, &plan, r);
}

const struct cmd cmd_clone = {
	.name = "qvm-clone",
	.summary = "copy a domain with its disks and settings",
	.args = "VMNAME NEWNAME",
	.opts = clone_opts,
	.examples = clone_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN | CMD_RESULT,
	.exits = EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(EXISTS) | EXIT(VALUE) | EXIT(BUSY) |
		 EXIT(NO_SPACE) | EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE),
	.min_args = 2,
	.max_args = 2,
	.opts_size = sizeof(struct op_clone),
	.option = clone_option,
	.verify = clone_verify,
	.run = clone_run,
};

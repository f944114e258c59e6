/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/cmd.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"

enum { O_POOL = 1, O_SCRATCH, O_SCRATCH_SIZE, O_KERNEL, O_KERNEL_NAME };

static const struct opt init_opts[] = {
	{"pool", 0, O_POOL, "VG/THINPOOL", "LVM thin pool that holds the volumes"},
	{"scratch", 0, O_SCRATCH, "VG/LV", "volume for what lives for one run only"},
	{"scratch-size", 0, O_SCRATCH_SIZE, "SIZE", "its size when it is made"},
	{"kernel", 0, O_KERNEL, "FOLDER",
	 "install a kernel: vmlinuz, initramfs, modules"},
	{"kernel-name", 0, O_KERNEL_NAME, "NAME", "its name (default: the folder's)"},
	{0},
};

static const struct cmd_example init_examples[] = {
	{"qvm-init --pool xen/thin --kernel /srv/kernel-6.1", "set up a new machine"},
	{"qvm-init --kernel /srv/kernel-6.6", "install a further kernel later"},
	{0},
};

static int init_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct op_init *req = opts;

	switch (id) {
	case O_POOL:
		req->pool = value;
		return 0;
	case O_SCRATCH:
		req->scratch = value;
		return 0;
	case O_SCRATCH_SIZE:
		return opt_size(value, &req->scratch_size, err);
	case O_KERNEL:
		req->kernel = value;
		return 0;
	default:
		req->kernel_name = value;
		return 0;
	}
}

static int init_verify(struct inv *inv, struct qvm_err *err)
{
	const struct op_init *req = inv->opts;

	if (req->kernel_name && !req->kernel)
		return usage_error(err, "--kernel-name goes with --kernel only");
	return 0;
}

static int init_run(struct inv *inv, struct qvm_err *err)
{
	struct op_init *req = inv->opts;
	cleanup_plan struct plan plan = {0};
	int r;

	req->dry_run = inv->dry_run;
	r = op_init(inv->ctx, req, &plan, err);
	return plan_done(inv, &plan, r);
}

const struct cmd cmd_init = {
	.name = "qvm-init",
	.summary = "set up the registry, the storage and a kernel",
	.args = "",
	.opts = init_opts,
	.examples = init_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN | CMD_RESULT,
	.exits = EXIT(NOT_FOUND) | EXIT(VALUE) | EXIT(NO_SPACE) | EXIT(PERMISSION) |
		 EXIT(STORAGE) | EXIT(DATABASE),
	.opts_size = sizeof(struct op_init),
	.option = init_option,
	.verify = init_verify,
	.run = init_run,
};

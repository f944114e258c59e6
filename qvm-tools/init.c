/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/cmd.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"

enum {
	O_POOL = 1,
	O_SCRATCH,
	O_SCRATCH_SIZE,
	O_KERNEL,
	O_KERNEL_NAME,
	O_PRESET,
	O_TEMPLATE,
	O_TEMPLATE_NAME,
};

struct init_cmd {
	struct op_init init;
	struct op_init_preset preset;
	bool with_preset;
};

static const struct opt init_opts[] = {
	{"pool", 0, O_POOL, "VG/THINPOOL", "LVM thin pool that holds the volumes"},
	{"scratch", 0, O_SCRATCH, "VG/LV", "volume for what lives for one run only"},
	{"scratch-size", 0, O_SCRATCH_SIZE, "SIZE", "its size when it is made"},
	{"kernel", 0, O_KERNEL, "FOLDER",
	 "install a kernel: vmlinuz, initramfs, modules"},
	{"kernel-name", 0, O_KERNEL_NAME, "NAME", "its name (default: the folder's)"},
	{"preset", 0, O_PRESET, NULL, "make the domains of a new machine"},
	{"template", 0, O_TEMPLATE, "FILE",
	 "with --preset: what the template is made of"},
	{"template-name", 0, O_TEMPLATE_NAME, "NAME", "its name (default: debian)"},
	{0},
};

static const struct cmd_example init_examples[] = {
	{"qvm-init --pool xen/thin --kernel /srv/kernel-6.1", "set up a new machine"},
	{"qvm-init --pool xen/thin --kernel /srv/kernel-6.1 --preset --template "
	 "debian.tar.xz",
	 "and all that a new machine begins with"},
	{"qvm-init --kernel /srv/kernel-6.6", "install a further kernel later"},
	{0},
};

static int init_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct init_cmd *o = opts;
	struct op_init *req = &o->init;

	switch (id) {
	case O_PRESET:
		o->with_preset = true;
		return 0;
	case O_TEMPLATE:
		o->preset.template = value;
		return 0;
	case O_TEMPLATE_NAME:
		o->preset.template_name = value;
		return 0;
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
	struct init_cmd *o = inv->opts;

	if (o->init.kernel_name && !o->init.kernel)
		return usage_error(err, "--kernel-name goes with --kernel only");
	if (o->preset.template && !o->with_preset)
		return usage_error(err, "--template goes with --preset only");
	if (o->preset.template_name && !o->preset.template)
		return usage_error(err, "--template-name goes with --template only");
	return 0;
}

/* Looked at before anything is made. */
static int preset_possible(struct inv *inv, struct qvm_err *err)
{
	struct op_init_preset look = ((const struct init_cmd *)inv->opts)->preset;
	cleanup_plan struct plan ignored = {0};

	look.dry_run = true;
	return op_init_preset(inv->ctx, &look, &ignored, err);
}

static int init_run(struct inv *inv, struct qvm_err *err)
{
	struct init_cmd *o = inv->opts;
	cleanup_plan struct plan plan = {0};
	int r;

	o->init.dry_run = o->preset.dry_run = inv->dry_run;
	if (!o->preset.template_name)
		o->preset.template_name = "debian";
	r = o->with_preset ? preset_possible(inv, err) : 0;
	if (r == 0)
		r = op_init(inv->ctx, &o->init, &plan, err);
	if (r == 0 && o->with_preset)
		r = op_init_preset(inv->ctx, &o->preset, &plan, err);
	return plan_done(inv, &plan, r);
}

const struct cmd cmd_init = {
	.name = "qvm-init",
	.summary = "set up the registry, the storage and a kernel",
	.args = "",
	.opts = init_opts,
	.examples = init_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN | CMD_RESULT,
	.exits = EXIT(NOT_FOUND) | EXIT(EXISTS) | EXIT(VALUE) | EXIT(NO_SPACE) |
		 EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE),
	.opts_size = sizeof(struct init_cmd),
	.option = init_option,
	.verify = init_verify,
	.run = init_run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/init.h"

#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
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
	O_START,
	O_FILE,
};

static const struct opt init_opts[] = {
	{"pool", 0, O_POOL, "PLACE", "for the volumes: VG/POOL of LVM, or a path"},
	{"scratch", 0, O_SCRATCH, "PLACE", "for what lives for one run only"},
	{"scratch-size", 0, O_SCRATCH_SIZE, "SIZE", "its size when it is made"},
	{"kernel", 0, O_KERNEL, "FOLDER",
	 "install a kernel: vmlinuz, initramfs, modules"},
	{"kernel-name", 0, O_KERNEL_NAME, "NAME", "its name (default: the folder's)"},
	{"preset", 0, O_PRESET, NULL, "make the domains of a new machine"},
	{"template", 0, O_TEMPLATE, "FILE",
	 "with --preset: what the template is made of"},
	{"template-name", 0, O_TEMPLATE_NAME, "NAME", "its name (default: debian)"},
	{"start", 0, O_START, "VMNAME", "start it at the end (may be repeated)"},
	{"file", 0, O_FILE, "FILE", "read all of this, and more, from a file in YAML"},
	{0},
};

static const struct cmd_example init_examples[] = {
	{"qvm-init --pool xen/thin --kernel /srv/kernel-6.1", "set up a new machine"},
	{"qvm-init --pool xen/thin --kernel /srv/kernel-6.1 --preset --template "
	 "debian.tar.xz",
	 "and all that a new machine begins with"},
	{"qvm-init --pool /dev/sdb --kernel /srv/kernel-6.1",
	 "without LVM, on a blank device"},
	{"qvm-init --pool /var/lib/qvm-pool --kernel /srv/kernel-6.1",
	 "in a folder on btrfs or XFS"},
	{"qvm-init --file machine.yaml --dry-run", "show what a file asks for"},
	{"qvm-init", "be asked, on a terminal, where nothing is set up yet"},
	{"qvm-init --kernel /srv/kernel-6.6", "install a further kernel later"},
	{0},
};

static int init_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct init_cmd *o = opts;
	struct op_init *req = &o->init;

	switch (id) {
	case O_PRESET:
		o->preset.standard = true;
		return 0;
	case O_TEMPLATE:
		o->preset.template = value;
		return 0;
	case O_TEMPLATE_NAME:
		o->preset.template_name = value;
		return 0;
	case O_START:
		strv_add(&o->start, value);
		return 0;
	case O_FILE:
		o->file = value;
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

	/* A file may say the rest. */
	if (o->file)
		return 0;
	if (o->init.kernel_name && !o->init.kernel)
		return usage_error(err, "--kernel-name goes with --kernel only");
	if (o->preset.template && !o->preset.standard)
		return usage_error(err, "--template goes with --preset only");
	if (o->preset.template_name && !o->preset.template)
		return usage_error(err, "--template-name goes with --template only");
	return 0;
}

const char *init_keep(struct init_cmd *o, const char *text)
{
	strv_add(&o->strings, text);
	return o->strings.v[o->strings.n - 1];
}

bool init_has_preset(const struct init_cmd *o)
{
	return o->preset.standard || o->preset.template || o->vm_count || o->start.n;
}

/* Looked at before anything is made. */
static int preset_possible(struct inv *inv, struct qvm_err *err)
{
	struct op_init_preset look = ((const struct init_cmd *)inv->opts)->preset;
	cleanup_plan struct plan ignored = {0};

	look.dry_run = true;
	return op_init_preset(inv->ctx, &look, &ignored, err);
}

static int do_it(struct inv *inv, bool dry_run, struct plan *plan, struct qvm_err *err)
{
	struct init_cmd *o = inv->opts;
	int r;

	o->init.dry_run = o->preset.dry_run = dry_run;
	r = init_has_preset(o) ? preset_possible(inv, err) : 0;
	if (r == 0)
		r = op_init(inv->ctx, &o->init, plan, err);
	if (r == 0 && init_has_preset(o))
		r = op_init_preset(inv->ctx, &o->preset, plan, err);
	return r;
}

static void complete(struct init_cmd *o)
{
	struct op_init_preset *p = &o->preset;

	if (!p->template_name)
		p->template_name = "debian";
	p->template_props = (const char *const *)o->template_props.v;
	p->template_prop_count = o->template_props.n;
	p->vms = o->vms;
	p->vm_count = o->vm_count;
	p->start = (const char *const *)o->start.v;
	p->start_count = o->start.n;
}

/* Without a word of what to do, on a terminal, where there is nothing yet. */
static bool shall_ask(const struct inv *inv)
{
	const struct init_cmd *o = inv->opts;
	cleanup_free char *db = ctx_state_path(inv->ctx, "qvm.db");

	return !o->file && !o->init.pool && !o->init.scratch && !o->init.kernel &&
	       !init_has_preset(o) && !inv->json && isatty(STDIN_FILENO) &&
	       isatty(STDOUT_FILENO) && access(db, F_OK) < 0;
}

static int guided(struct inv *inv, struct qvm_err *err)
{
	cleanup_plan struct plan plan = {0};
	int r = init_ask(inv->opts, err);

	if (r < 0)
		return r;
	complete(inv->opts);
	r = do_it(inv, true, &plan, err);
	if (r < 0)
		return r;
	plan_print(inv, &plan);
	if (inv->dry_run)
		return 0;
	return init_confirm("Do that?")
		       ? 0
		       : err_set(err, QVM_E_CANCELLED, "nothing was set up");
}

static int init_run(struct inv *inv, struct qvm_err *err)
{
	struct init_cmd *o = inv->opts;
	cleanup_plan struct plan plan = {0};
	bool asked = shall_ask(inv);
	int r = asked ? guided(inv, err) : o->file ? init_file_read(o, err) : 0;

	if (r < 0 || (asked && inv->dry_run))
		return r;
	complete(o);
	r = do_it(inv, inv->dry_run, &plan, err);
	return plan_done(inv, &plan, r);
}

static void init_dispose(void *opts)
{
	struct init_cmd *o = opts;

	for (size_t i = 0; i < o->vm_count; i++)
		strv_dispose(&o->props[i]);
	free(o->props);
	free(o->vms);
	strv_dispose(&o->strings);
	strv_dispose(&o->template_props);
	strv_dispose(&o->start);
}

const struct cmd cmd_init = {
	.name = "qvm-init",
	.summary = "set up the registry, the storage and a kernel",
	.args = "",
	.opts = init_opts,
	.examples = init_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN | CMD_RESULT,
	.exits = EXIT(NOT_FOUND) | EXIT(EXISTS) | EXIT(VALUE) | EXIT(NO_SPACE) |
		 EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE) | EXIT(CANCELLED) |
		 EXIT(UNSUPPORTED) | EXIT(NO_XEN) | EXIT(HYPERVISOR) | EXIT(NO_MEMORY),
	.opts_size = sizeof(struct init_cmd),
	.option = init_option,
	.verify = init_verify,
	.run = init_run,
	.dispose = init_dispose,
};

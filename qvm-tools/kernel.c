/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/prop.h"
#include "lib/alloc.h"
#include "ops/volumes.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/render.h"
#include "qvm-tools/volume.h"

enum { O_FOLDER = 1, O_BOOT, O_PACKAGE, O_IMAGE };

enum kernel_action { K_LIST, K_ADD, K_DEFAULT, K_REMOVE };

static const char *const kernel_words[] = {"list", "add", "default", "remove", NULL};

static const struct action kernel_actions[] = {
	{"list ls", K_LIST, 0, 0, false, ""},
	{"add", K_ADD, 1, 1, true, "NAME"},
	{"default", K_DEFAULT, 1, 1, true, "NAME"},
	{"remove rm", K_REMOVE, 1, 1, true, "NAME"},
	{0},
};

static const struct opt kernel_opts[] = {
	{"boot", 0, O_BOOT, "VERSION", "add: one of dom0's own, from /boot"},
	{"package", 0, O_PACKAGE, "FILE", "add: one in a package of Debian (.deb)"},
	{"folder", 0, O_FOLDER, "FOLDER", "add: vmlinuz, initramfs, modules.img, ready"},
	{"image", 0, O_IMAGE, "FILE", "add: one file alone, such as GRUB for Xen"},
	{0},
};

static const struct cmd_example kernel_examples[] = {
	{"qvm-kernel", "list the kernels"},
	{"qvm-kernel add 6.1 --boot 6.1.0-28-amd64", "use dom0's kernel in domains"},
	{"qvm-kernel add 6.6 --package linux-image-6.6_amd64.deb", "one from a package"},
	{"qvm-kernel add pvgrub2 --image /usr/lib/grub-xen/grub-x86_64-xen.bin",
	 "a boot loader: domains then boot the kernel on their own root"},
	{"qvm-kernel default 6.1", "for all domains that have no other"},
	{0},
};

struct kernel_cmd {
	const struct action *action;
	struct op_kernel_add add;
};

static int kernel_option(void *opts, int id, const char *value,
			 struct qvm_err *err unused)
{
	struct op_kernel_add *req = &((struct kernel_cmd *)opts)->add;
	const char **to = id == O_FOLDER    ? &req->folder
			  : id == O_BOOT    ? &req->version
			  : id == O_PACKAGE ? &req->package
					    : &req->image;

	*to = value;
	return 0;
}

static int kernel_verify(struct inv *inv, struct qvm_err *err)
{
	struct kernel_cmd *o = inv->opts;
	const struct op_kernel_add *a = &o->add;
	int sources = !!a->folder + !!a->version + !!a->package + !!a->image;
	int r = action_verify(inv, kernel_actions, &o->action, err);

	if (r < 0)
		return r;
	if (o->action->id == K_ADD && sources != 1)
		return usage_error(
			err, "add needs one of --boot, --package, --folder and --image");
	if (o->action->id != K_ADD && sources)
		return usage_error(err, "what a kernel is made of goes with add only");
	return 0;
}

static const struct column list_columns[] = {
	{"name", "NAME", CELL_TEXT, 0, false, "name of the kernel"},
	{"default", "DEFAULT", CELL_BOOL, 0, false, "is it that of all domains"},
	{"initramfs", "INITRAMFS", CELL_BOOL, 0, false, "has it an initial file system"},
	{"modules", "MODULES", CELL_BOOL, 0, false, "has it an image of modules"},
	{"users", "USERS", CELL_INT, 0, false, "domains that boot it"},
};

static bool has(const struct inv *inv, const char *kernel, const char *part)
{
	cleanup_free char *folder = ctx_kernel_dir(inv->ctx, kernel);
	cleanup_free char *path = xasprintf("%s/%s", folder, part);

	return access(path, F_OK) == 0;
}

static int show_list(struct inv *inv, struct qvm_err *err)
{
	cleanup_table struct table t = {0};
	cleanup_strv struct strv names = STRV_INIT;
	struct prop_value fallback = {0};
	int r = inv_world(inv, err);

	if (r == 0)
		r = op_kernels(inv->ctx, &names, err);
	if (r < 0)
		return r;
	prop_get(inv->world, NULL, PROP_G_DEFAULT_KERNEL, &fallback);
	table_init(&t, "qvm-kernel/1", "kernels", list_columns, array_len(list_columns));
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.v[i];

		table_row(&t, 0);
		table_text(&t, name);
		table_bool(&t, fallback.text && strcmp(fallback.text, name) == 0);
		table_bool(&t, has(inv, name, "initramfs"));
		table_bool(&t, has(inv, name, "modules.img"));
		table_int(&t, (long long)op_kernel_users(inv->world, name, NULL));
	}
	table_print(&t, list_mode(inv, false), stdout);
	return 0;
}

static int kernel_run(struct inv *inv, struct qvm_err *err)
{
	struct kernel_cmd *o = inv->opts;
	cleanup_plan struct plan plan = {0};
	const char *name = inv->args.n > 1 ? inv->args.v[1] : NULL;
	int r;

	switch (o->action->id) {
	case K_LIST:
		return show_list(inv, err);
	case K_ADD:
		o->add.name = name;
		o->add.dry_run = inv->dry_run;
		r = op_kernel_add(inv->ctx, &o->add, &plan, err);
		break;
	case K_DEFAULT:
		r = op_kernel_default(inv->ctx, name, inv->dry_run, err);
		return plan_done_one(inv, "dom0", "set-property", name, r);
	default:
		r = op_kernel_remove(inv->ctx, name, inv->dry_run, &plan, err);
	}
	return plan_done(inv, &plan, r);
}

const struct cmd cmd_kernel = {
	.name = "qvm-kernel",
	.summary = "kernels that domains boot: list, add, remove them",
	.args = "[ACTION [NAME]]",
	.actions = kernel_words,
	.opts = kernel_opts,
	.examples = kernel_examples,
	.flags = CMD_JSON | CMD_DRY_RUN,
	.exits = EXIT(NOT_FOUND) | EXIT(EXISTS) | EXIT(VALUE) | EXIT(IN_USE) |
		 EXIT(PERMISSION) | EXIT(DATABASE),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct kernel_cmd),
	.option = kernel_option,
	.verify = kernel_verify,
	.run = kernel_run,
};

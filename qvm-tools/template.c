/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "core/prop.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/render.h"

enum { O_LABEL = 1, O_POOL, O_SIZE };

static const char *const template_actions[] = {"install", "list", NULL};

static const struct opt template_opts[] = {
	{"label", 'l', O_LABEL, "LABEL", "colour of the template (default: black)"},
	{"pool", 'P', O_POOL, "POOL", "storage pool of its volumes"},
	{"size", 0, O_SIZE, "SIZE", "size of its root volume (default: 10GiB)"},
	{0},
};

static const struct cmd_example template_examples[] = {
	{"qvm-template install debian-12 debian-12-rootfs.tar.xz",
	 "make a template of a root file system"},
	{"qvm-template list", "list the templates and who uses them"},
	{"qvm-remove debian-12", "remove one"},
	{0},
};

static int template_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct op_template_install *req = opts;

	switch (id) {
	case O_LABEL:
		req->label = value;
		return 0;
	case O_POOL:
		req->pool = value;
		return 0;
	default:
		return opt_size(value, &req->root_size, err);
	}
}

static bool installs(const struct inv *inv)
{
	return strcmp(inv->args.v[0], "install") == 0;
}

static int template_verify(struct inv *inv, struct qvm_err *err)
{
	if (installs(inv)) {
		if (inv->args.n != 3)
			return usage_error(err, "install needs a name and an archive");
		inv->needs_root = true;
		return 0;
	}
	if (strcmp(inv->args.v[0], "list") != 0)
		return usage_error(err, "'%s' is not install or list", inv->args.v[0]);
	if (inv->args.n != 1 || inv->dry_run)
		return usage_error(err, "list takes no arguments");
	return 0;
}

static const struct column list_columns[] = {
	{"name", "NAME", CELL_TEXT, 0, true, "name of the template"},
	{"label", "LABEL", CELL_TEXT, 0, true, "its colour"},
	{"root_size", "ROOT-MAX", CELL_INT, 0, false, "size of its root volume, MiB"},
	{"revisions", "REVISIONS", CELL_INT, 0, false,
	 "kept revisions of its root volume"},
	{"children", "CHILDREN", CELL_INT, 0, false, "domains that use it"},
};

static size_t count_children(const struct world *w, const struct vm *template)
{
	size_t n = 0;

	for (size_t i = 0; i < w->vm_count; i++)
		if (prop_applies(PROP_TEMPLATE, &w->vms[i]) &&
		    prop_vm(w, &w->vms[i], PROP_TEMPLATE) == template)
			n++;
	return n;
}

static void add_template(struct table *t, const struct world *w, const struct vm *vm)
{
	const struct vm_volume *root = &vm->volumes[VOL_ROOT];
	struct prop_value label = {0};
	const struct vm_label *known;

	prop_get(w, vm, PROP_LABEL, &label);
	known = label.text ? label_find(label.text) : NULL;
	table_row(t, known ? known->ansi : 0);
	table_text(t, vm->name);
	table_text(t, label.text);
	table_int(t, (long long)(root->size >> 20));
	table_int(t, (long long)root->revision_count);
	table_int(t, (long long)count_children(w, vm));
}

static int template_list(struct inv *inv, struct qvm_err *err)
{
	cleanup_table struct table t = {0};
	int r;

	r = inv_world(inv, err);
	if (r < 0)
		return r;
	table_init(&t, "qvm-template/1", "templates", list_columns,
		   array_len(list_columns));
	for (size_t i = 0; i < inv->world->vm_count; i++)
		if (inv->world->vms[i].klass == CLASS_TEMPLATE)
			add_template(&t, inv->world, &inv->world->vms[i]);
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	return 0;
}

static int template_run(struct inv *inv, struct qvm_err *err)
{
	struct op_template_install *req = inv->opts;
	cleanup_plan struct plan plan = {0};
	int r;

	if (!installs(inv))
		return template_list(inv, err);
	req->name = inv->args.v[1];
	req->tar = inv->args.v[2];
	req->dry_run = inv->dry_run;
	r = op_template_install(inv->ctx, req, &plan, err);
	return plan_done(inv, &plan, r);
}

const struct cmd cmd_template = {
	.name = "qvm-template",
	.summary = "install templates from root file systems, and list them",
	.args = "ACTION [NEWNAME FILE]",
	.actions = template_actions,
	.opts = template_opts,
	.examples = template_examples,
	.flags = CMD_JSON | CMD_DRY_RUN,
	.exits = EXIT(NOT_FOUND) | EXIT(EXISTS) | EXIT(VALUE) | EXIT(NO_SPACE) |
		 EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE),
	.min_args = 1,
	.max_args = 3,
	.opts_size = sizeof(struct op_template_install),
	.option = template_option,
	.verify = template_verify,
	.run = template_run,
};

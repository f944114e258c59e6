/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "qvm-tools/cmd.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/render.h"

enum {
	O_CLASS = 1,
	O_STANDALONE,
	O_DISP,
	O_PROPERTY,
	O_TEMPLATE,
	O_LABEL,
	O_POOL_ALL,
	O_POOL,
	O_SIZE,
	O_ROOT_COPY,
	O_ROOT_MOVE,
	O_HELP_CLASSES,
};

static const struct opt create_opts[] = {
	{"class", 'C', O_CLASS, "CLASS", "class of the domain (default: AppVM)"},
	{"standalone", 0, O_STANDALONE, NULL, "same as --class StandaloneVM"},
	{"disp", 0, O_DISP, NULL, "same as --class DispVM --label red"},
	{"property", 0, O_PROPERTY, "PROPERTY=VALUE", "set a property (may be repeated)"},
	{"prop", 0, O_PROPERTY, "PROPERTY=VALUE", NULL},
	{"template", 't', O_TEMPLATE, "TEMPLATE",
	 "the template (default: default_template)"},
	{"label", 'l', O_LABEL, "LABEL", "colour: red, orange, yellow, green, ..."},
	{NULL, 'P', O_POOL_ALL, "POOL", "storage pool of all its volumes"},
	{"pool", 'p', O_POOL, "VOLUME=POOL", "pool of one volume (may be repeated)"},
	{"size", 0, O_SIZE, "VOLUME=SIZE", "size of one volume (may be repeated)"},
	{"root-copy-from", 'r', O_ROOT_COPY, "FILE", "fill the root volume from FILE"},
	{"root-move-from", 'R', O_ROOT_MOVE, "FILE",
	 "the same, and remove FILE afterwards"},
	{"help-classes", 0, O_HELP_CLASSES, NULL, "list the classes"},
	{0},
};

static const struct cmd_example create_examples[] = {
	{"qvm-create -t debian-12 -l red work", "an AppVM over the template debian-12"},
	{"qvm-create --standalone -t debian-12 -l blue build",
	 "a domain of its own, begun as a copy of the template"},
	{"qvm-create -l green --prop memory=600 --prop netvm=none vault",
	 "with properties set from the beginning"},
	{"qvm-create --dry-run -l red --size private=20GiB work",
	 "show what would be made"},
	{0},
};

struct create {
	struct op_create req;
	struct strv props;
	bool has_class, conflict, help_classes;
};

static int set_class(struct create *o, enum vm_class klass)
{
	if (o->has_class && o->req.klass != klass)
		o->conflict = true;
	o->has_class = true;
	o->req.klass = klass;
	return 0;
}

static int set_root(struct create *o, const char *file, bool move)
{
	if (o->req.root_from)
		o->conflict = true;
	o->req.root_from = file;
	o->req.root_move = move;
	return 0;
}

static int set_volume(struct create *o, int id, const char *value, struct qvm_err *err)
{
	enum vol_role role;
	const char *rest;
	int r;

	r = opt_volume(value, &role, &rest, err);
	if (r < 0)
		return r;
	if (id == O_SIZE)
		return opt_size(rest, &o->req.sizes[role], err);
	o->req.pools[role] = rest;
	return 0;
}

static int create_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct create *o = opts;
	enum vm_class klass;
	int r;

	switch (id) {
	case O_CLASS:
		r = vm_class_parse(value, &klass, err);
		return r < 0 ? r : set_class(o, klass);
	case O_STANDALONE:
		return set_class(o, CLASS_STANDALONE);
	case O_DISP:
		if (!o->req.label)
			o->req.label = "red";
		return set_class(o, CLASS_DISP);
	case O_PROPERTY:
		strv_add(&o->props, value);
		return 0;
	case O_TEMPLATE:
		o->req.template = value;
		return 0;
	case O_LABEL:
		o->req.label = value;
		return 0;
	case O_POOL_ALL:
		o->req.pool = value;
		return 0;
	case O_ROOT_COPY:
	case O_ROOT_MOVE:
		return set_root(o, value, id == O_ROOT_MOVE);
	case O_HELP_CLASSES:
		o->help_classes = true;
		return 0;
	}
	return set_volume(o, id, value, err);
}

static int create_verify(struct inv *inv, struct qvm_err *err)
{
	struct create *o = inv->opts;

	inv->alone = o->help_classes;
	if (inv->alone)
		return 0;
	inv->needs_root = true;
	if (!inv->args.n)
		return usage_error(err, "the domain has no name");
	if (o->conflict)
		return usage_error(err, "options contradict each other");
	if (!o->has_class)
		o->req.klass = CLASS_APP;
	if (o->req.root_from && vm_classes[o->req.klass].has_template)
		return usage_error(err,
				   "a domain of class %s has the root of its template",
				   vm_classes[o->req.klass].name);
	return 0;
}

static const struct column class_columns[] = {
	{"class", "CLASS", CELL_TEXT, 14, false, "name of the class"},
	{"help", "DESCRIPTION", CELL_TEXT, 0, false, "what it is"},
};

static int print_classes(const struct inv *inv)
{
	cleanup_table struct table t = {0};

	table_init(&t, "qvm-classes/1", "classes", class_columns,
		   array_len(class_columns));
	for (int i = 0; i < CLASS_COUNT; i++) {
		if (i == CLASS_ADMIN)
			continue;
		table_row(&t, 0);
		table_text(&t, vm_classes[i].name);
		table_text(&t, vm_classes[i].help);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_PLAIN, stdout);
	return 0;
}

static int create_run(struct inv *inv, struct qvm_err *err)
{
	struct create *o = inv->opts;
	cleanup_plan struct plan plan = {0};
	int r;

	if (o->help_classes)
		return print_classes(inv);
	o->req.name = inv->args.v[0];
	o->req.prop_texts = (const char *const *)o->props.v;
	o->req.prop_count = o->props.n;
	o->req.dry_run = inv->dry_run;
	r = op_create(inv->ctx, &o->req, &plan, err);
	return plan_done(inv, &plan, r);
}

static void create_dispose(void *opts)
{
	struct create *o = opts;

	strv_dispose(&o->props);
}

const struct cmd cmd_create = {
	.name = "qvm-create",
	.summary = "make a new domain",
	.args = "NEWNAME",
	.opts = create_opts,
	.examples = create_examples,
	.flags = CMD_JSON | CMD_DRY_RUN | CMD_RESULT,
	.exits = EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(EXISTS) | EXIT(VALUE) |
		 EXIT(NO_SPACE) | EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE),
	.max_args = 1,
	.opts_size = sizeof(struct create),
	.option = create_option,
	.verify = create_verify,
	.run = create_run,
	.dispose = create_dispose,
};

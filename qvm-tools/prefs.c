/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-prefs and qubes-prefs: the properties of one domain, and the global ones. */
#include "qvm-tools/prefs.h"
#include "core/prop.h"
#include "lib/alloc.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/render.h"

enum { PREFS_VM, PREFS_GLOBAL };

enum { O_DEFAULT = 1, O_HIDE, O_HELP, O_IGNORED };

static const struct opt prefs_opts[] = {
	{"default", 'D', O_DEFAULT, NULL, "set the property back to its default"},
	{"unset", 0, O_DEFAULT, NULL, NULL},
	{"hide-default", 0, O_HIDE, NULL, "list only what differs from its default"},
	{"help-properties", 0, O_HELP, NULL, "list all properties and what they mean"},
	{"get", 'g', O_IGNORED, NULL, ""},
	{"set", 's', O_IGNORED, NULL, ""},
	{0},
};

static const struct cmd_example prefs_examples[] = {
	{"qvm-prefs work", "list all; D marks a default, - a value that was set"},
	{"qvm-prefs work netvm", "print one value"},
	{"qvm-prefs work netvm none", "set it; 'none' means: nothing"},
	{"qvm-prefs -D work memory", "back to the default"},
	{0},
};

static const struct cmd_example qubes_prefs_examples[] = {
	{"qubes-prefs default_netvm sys-firewall", "the network domain of new domains"},
	{"qubes-prefs --json", "all global properties, for a program"},
	{0},
};

struct prefs {
	bool to_default, hide_default, help;
};

static int prefs_option(void *opts, int id, const char *value unused,
			struct qvm_err *err unused)
{
	struct prefs *o = opts;

	if (id == O_DEFAULT)
		o->to_default = true;
	else if (id == O_HIDE)
		o->hide_default = true;
	else if (id == O_HELP)
		o->help = true;
	return 0;
}

static bool is_global(const struct inv *inv)
{
	return inv->cmd->kind == PREFS_GLOBAL;
}

/* Arguments without the domain's name. */
static size_t arg_count(const struct inv *inv)
{
	return is_global(inv) ? inv->args.n : inv->args.n - 1;
}

static const char *arg(const struct inv *inv, size_t i)
{
	return inv->args.v[is_global(inv) ? i : i + 1];
}

/* Is what is asked for among what only the hypervisor knows? */
static bool asks_for_live(const struct inv *inv)
{
	struct qvm_err unknown;
	enum prop_id id;

	if (arg_count(inv) == 0)
		return true;
	return prop_find(arg(inv, 0), is_global(inv), &id, &unknown) == 0 &&
	       prop_defs[id].flags & PROP_LIVE;
}

static int prefs_verify(struct inv *inv, struct qvm_err *err)
{
	const struct prefs *o = inv->opts;

	if (o->help)
		return 0;
	if (!is_global(inv) && !inv->args.n)
		return usage_error(err, "no domain is named");
	if (o->to_default && arg_count(inv) != 1)
		return usage_error(err, "--default needs one property and no value");
	inv->needs_root = o->to_default || arg_count(inv) == 2;
	inv->live = !inv->needs_root && !is_global(inv) && asks_for_live(inv);
	if (inv->dry_run && !inv->needs_root)
		return usage_error(err, "--dry-run goes with a change only");
	return 0;
}

static int change(struct inv *inv, const char *text, struct qvm_err *err)
{
	const char *vm = is_global(inv) ? NULL : inv->args.v[0];
	cleanup_free char *object = NULL;
	int r;

	object = text ? xasprintf("%s = %s", arg(inv, 0), text) : xstrdup(arg(inv, 0));
	r = op_prop_set(inv->ctx, vm, arg(inv, 0), text, inv->dry_run, err);
	return plan_done_one(inv, vm, text ? "set-property" : "unset-property", object,
			     r);
}

static const struct column prefs_columns[] = {
	{"name", "PROPERTY", CELL_TEXT, 22, false, "name of the property"},
	{"flag", "FLAG", CELL_TEXT, 1, false, "D: default, -: set"},
	{"value", "VALUE", CELL_TEXT, 0, false, "value in force; null: none"},
};

enum cell_type prefs_cell_type(enum prop_id id)
{
	switch (prop_defs[id].type) {
	case PT_INT:
		return CELL_INT;
	case PT_BOOL:
		return CELL_BOOL;
	default:
		return CELL_TEXT;
	}
}

static void add_value(struct table *t, enum prop_id id, const struct prop_value *value)
{
	table_row(t, 0);
	table_text(t, prop_defs[id].name);
	table_text(t, value->is_default ? "D" : "-");
	table_typed(t, prefs_cell_type(id), value->text);
}

static int list(const struct inv *inv, const struct vm *vm)
{
	const struct prefs *o = inv->opts;
	cleanup_table struct table t = {0};

	table_init(&t, "qvm-prefs/1", "properties", prefs_columns,
		   array_len(prefs_columns));
	table_extra(&t, "vm", vm ? vm->name : NULL);
	for (size_t i = 0; i < PROP_COUNT; i++) {
		enum prop_id id = prefs_sorted(i);
		struct prop_value value = {0};

		if (vm ? !prop_applies(id, vm) : id < PROP_G_FIRST)
			continue;
		prop_get(inv->world, vm, id, &value);
		if (!o->hide_default || !value.is_default)
			add_value(&t, id, &value);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_PLAIN, stdout);
	return 0;
}

static int get(const struct inv *inv, const struct vm *vm, struct qvm_err *err)
{
	struct prop_value value = {0};
	cleanup_table struct table t = {0};
	enum prop_id id;
	int r;

	r = prop_find(arg(inv, 0), is_global(inv), &id, err);
	if (r < 0)
		return r;
	if (vm && !prop_applies(id, vm))
		return err_set(err, QVM_E_NOT_FOUND,
			       "'%s' has no property '%s': it is a %s", vm->name,
			       prop_defs[id].name, vm_classes[vm->klass].name);
	prop_get(inv->world, vm, id, &value);
	table_init(&t, "qvm-prefs/1", "properties", prefs_columns,
		   inv->json ? array_len(prefs_columns) : 1);
	table_extra(&t, "vm", vm ? vm->name : NULL);
	if (inv->json) {
		add_value(&t, id, &value);
	} else {
		table_row(&t, 0);
		table_text(&t, value.text);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_BARE, stdout);
	return 0;
}

static int prefs_run(struct inv *inv, struct qvm_err *err)
{
	const struct prefs *o = inv->opts;
	struct vm *vm = NULL;
	int r;

	if (o->help)
		return prefs_help(is_global(inv), inv->json);
	if (inv->needs_root)
		return change(inv, o->to_default ? NULL : arg(inv, 1), err);
	r = inv_world(inv, err);
	if (r == 0 && !is_global(inv))
		r = vm_find(inv->world, inv->args.v[0], &vm, err);
	if (r < 0)
		return r;
	/* Of the live properties the global ones are of the machine, not of its domains. */
	if (is_global(inv) && asks_for_live(inv))
		op_host(inv->ctx, inv->world);
	return arg_count(inv) ? get(inv, vm, err) : list(inv, vm);
}

#define PREFS_EXITS                                                                      \
	(EXIT(NOT_FOUND) | EXIT(VALUE) | EXIT(RUNNING) | EXIT(IN_USE) | EXIT(BUSY) |     \
	 EXIT(PERMISSION) | EXIT(DATABASE))

const struct cmd cmd_prefs = {
	.name = "qvm-prefs",
	.summary = "show and change the properties of a domain",
	.args = "VMNAME [PROPERTY [VALUE]]",
	.opts = prefs_opts,
	.examples = prefs_examples,
	.flags = CMD_JSON | CMD_DRY_RUN,
	.exits = PREFS_EXITS | EXIT(NO_VM),
	.max_args = 3,
	.opts_size = sizeof(struct prefs),
	.kind = PREFS_VM,
	.option = prefs_option,
	.verify = prefs_verify,
	.run = prefs_run,
};

const struct cmd cmd_qubes_prefs = {
	.name = "qubes-prefs",
	.summary = "show and change the properties of the system",
	.args = "[GLOBAL-PROPERTY [VALUE]]",
	.opts = prefs_opts,
	.examples = qubes_prefs_examples,
	.flags = CMD_JSON | CMD_DRY_RUN,
	.exits = PREFS_EXITS,
	.max_args = 2,
	.opts_size = sizeof(struct prefs),
	.kind = PREFS_GLOBAL,
	.option = prefs_option,
	.verify = prefs_verify,
	.run = prefs_run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "core/prop.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/render.h"

#define STATUS_NONE 1
#define STATUS_SOME 3

enum { O_RUNNING = 1, O_PAUSED, O_TEMPLATE, O_NETWORKED };

static const struct opt check_opts[] = {
	{"running", 0, O_RUNNING, NULL,
	 "is it running (paused is running too, ended is not)?"},
	{"paused", 0, O_PAUSED, NULL, "is it paused?"},
	{"template", 0, O_TEMPLATE, NULL, "is it a template?"},
	{"networked", 0, O_NETWORKED, NULL, "has it a network domain, or is it one?"},
	{0},
};

static const struct cmd_example check_examples[] = {
	{"qvm-check -q work", "exit code 0 when there is such a domain"},
	{"qvm-check --running sys-net sys-firewall", "0: both run, 3: one, 1: none"},
	{0},
};

struct check {
	bool want[O_NETWORKED + 1];
};

static int check_option(void *opts, int id, const char *value unused,
			struct qvm_err *err unused)
{
	struct check *o = opts;

	o->want[id] = true;
	return 0;
}

static int check_verify(struct inv *inv, struct qvm_err *err unused)
{
	const struct check *o = inv->opts;

	inv->live = o->want[O_RUNNING] || o->want[O_PAUSED] || inv->json;
	if (!inv->args.n && !inv->all)
		return usage_error(err, "no domain is named");
	return 0;
}

static bool is(const struct world *w, const struct vm *vm, int what)
{
	switch (what) {
	case O_RUNNING:
		return vm->klass == CLASS_ADMIN || vm_is_running(vm);
	case O_PAUSED:
		return vm->live.state == STATE_PAUSED;
	case O_TEMPLATE:
		return vm->klass == CLASS_TEMPLATE;
	default:
		return prop_applies(PROP_NETVM, vm) &&
		       (prop_vm(w, vm, PROP_NETVM) ||
			prop_bool(w, vm, PROP_PROVIDES_NETWORK));
	}
}

static bool matches(const struct check *o, const struct world *w, const struct vm *vm)
{
	for (int what = O_RUNNING; vm && what <= O_NETWORKED; what++)
		if (o->want[what] && !is(w, vm, what))
			return false;
	return vm != NULL;
}

static const struct column check_columns[] = {
	{"name", "NAME", CELL_TEXT, 0, true, "as given"},
	{"match", "MATCH", CELL_BOOL, 0, false, "is everything true that was asked?"},
	{"exists", "EXISTS", CELL_BOOL, 0, false, "is there such a domain?"},
	{"running", "RUNNING", CELL_BOOL, 0, false, "does it run?"},
	{"paused", "PAUSED", CELL_BOOL, 0, false, "is it paused?"},
	{"template", "TEMPLATE", CELL_BOOL, 0, false, "is it a template?"},
	{"networked", "NETWORKED", CELL_BOOL, 0, false, "has it to do with the network?"},
};

#define FIXED_COLUMNS 3 /* name, match, exists */

/* A table shows what was asked; JSON always everything. */
static bool shows(const struct inv *inv, int what)
{
	const struct check *o = inv->opts;

	return inv->json || o->want[what];
}

static void table_begin(struct table *t, const struct inv *inv, struct column *cols)
{
	size_t n = FIXED_COLUMNS;

	memcpy(cols, check_columns, FIXED_COLUMNS * sizeof(*cols));
	for (int what = O_RUNNING; what <= O_NETWORKED; what++)
		if (shows(inv, what))
			cols[n++] = check_columns[FIXED_COLUMNS + what - O_RUNNING];
	table_init(t, "qvm-check/1", "domains", cols, n);
}

static void add_row(struct table *t, const struct inv *inv, const char *name, bool match)
{
	const struct vm *vm = world_vm(inv->world, name);

	table_row(t, 0);
	table_text(t, name);
	table_bool(t, match);
	table_bool(t, vm != NULL);
	for (int what = O_RUNNING; what <= O_NETWORKED; what++)
		if (shows(inv, what))
			table_bool(t, vm && is(inv->world, vm, what));
}

static int check_run(struct inv *inv, struct qvm_err *err)
{
	struct column cols[array_len(check_columns)];
	cleanup_table struct table t = {0};
	size_t matching = 0;
	int r;

	r = inv_world(inv, err);
	if (r < 0)
		return r;
	table_begin(&t, inv, cols);
	for (size_t i = 0; i < inv->names.n; i++) {
		const char *name = inv->names.v[i];
		bool match = matches(inv->opts, inv->world, world_vm(inv->world, name));

		matching += match;
		add_row(&t, inv, name, match);
	}
	if (inv->json || inv->verbose >= 0)
		table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	if (!matching)
		inv->status = STATUS_NONE;
	else if (matching < inv->names.n)
		inv->status = STATUS_SOME;
	return 0;
}

const struct cmd cmd_check = {
	.name = "qvm-check",
	.summary = "test whether domains exist, run, are templates, ...",
	.args = "VMNAME...",
	.opts = check_opts,
	.examples = check_examples,
	.flags = CMD_JSON | CMD_VMS | CMD_VMS_ALL | CMD_VMS_ANY,
	.exits = EXIT(PARTIAL) | EXIT(DATABASE),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct check),
	.option = check_option,
	.verify = check_verify,
	.run = check_run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/block.h"
#include "qvm-tools/ls.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/volume.h"

enum block_action { B_LIST, B_ATTACH, B_DETACH };
enum { O_RO = 1, O_DEV, O_OPTION, O_FORCE };

static const char *const block_words[] = {"list", "attach", "detach", NULL};

static const struct action block_actions[] = {
	{"list ls l", B_LIST, 0, ARGS_ANY, false, "[VMNAME...]"},
	{"attach at a", B_ATTACH, 2, 2, true, "VMNAME DEVICE"},
	{"detach dt d", B_DETACH, 1, 2, true, "VMNAME [DEVICE]"},
	{0},
};

static const struct opt block_opts[] = {
	{"ro", 0, O_RO, NULL, "attach: the domain can only read it"},
	{"frontend-dev", 0, O_DEV, "XVD", "attach: its name there, xvdi to xvdp"},
	{"option", 'o', O_OPTION, "KEY=VALUE",
	 "attach: frontend-dev=XVD or read-only=yes, as in Qubes OS"},
	{"force", 'f', O_FORCE, NULL, "detach: although the domain uses it"},
	{0},
};

static const struct cmd_example block_examples[] = {
	{"qvm-block", "list what can be attached, and who has it"},
	{"qvm-block attach work sdb1", "give a partition to a running domain"},
	{"qvm-block attach --ro work dom0:sr0", "for reading only"},
	{"qvm-block detach work sdb1", "take it back"},
	{"qvm-block detach work", "take back all that was attached"},
	{0},
};

struct block_cmd {
	const struct action *action;
	struct op_block req;
};

static int take_pair(struct block_cmd *o, const char *value, struct qvm_err *err)
{
	if (strncmp(value, "frontend-dev=", 13) == 0) {
		o->req.vdev = value + 13;
		return 0;
	}
	if (strncmp(value, "read-only=", 10) != 0 ||
	    bool_parse(value + 10, &o->req.readonly) < 0)
		return usage_error(err, "-o takes frontend-dev=XVD or read-only=yes");
	return 0;
}

static int block_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct block_cmd *o = opts;

	switch (id) {
	case O_RO:
		o->req.readonly = true;
		break;
	case O_DEV:
		o->req.vdev = value;
		break;
	case O_OPTION:
		return take_pair(o, value, err);
	case O_FORCE:
		o->req.force = true;
		break;
	}
	return 0;
}

static int block_verify(struct inv *inv, struct qvm_err *err)
{
	struct block_cmd *o = inv->opts;
	int r = action_verify(inv, block_actions, &o->action, err);

	if (r < 0)
		return r;
	if ((o->req.readonly || o->req.vdev) && o->action->id != B_ATTACH)
		return usage_error(err, "--ro and --frontend-dev go with attach");
	if (o->req.force && o->action->id != B_DETACH)
		return usage_error(err, "--force goes with detach");
	/* What nobody uses is told from what is free by opening it. */
	inv->needs_root = true;
	inv->live = true;
	if (o->action->id != B_LIST) {
		o->req.vm = inv->args.v[1];
		o->req.port = inv->args.n > 2 ? inv->args.v[2] : NULL;
	}
	return 0;
}

/* ---- list ---- */

static const struct column list_columns[] = {
	{"device", "DEVICE", CELL_TEXT, 0, false, "name in dom0"},
	{"size", "SIZE", CELL_INT, 0, false, "bytes"},
	{"readonly", "RO", CELL_BOOL, 0, false, "it cannot be written"},
	{"description", "DESCRIPTION", CELL_TEXT, 0, false,
	 "what it is, by its maker or its use"},
	{"vm", "USED BY", CELL_TEXT, 0, true, "domain that has it"},
	{"frontend", "AS", CELL_TEXT, 0, false, "its name there"},
	{"vm_readonly", "READS ONLY", CELL_BOOL, 0, false, "the domain cannot write it"},
};

static void add_row(const struct inv *inv, struct table *t, const struct block_port *port,
		    const struct block_use *use)
{
	table_row(t, use ? ls_paint(inv->world, use->vm) : 0);
	table_text(t, port ? port->name : NULL);
	if (port) {
		table_int(t, (long long)port->size);
		table_bool(t, port->readonly);
	} else {
		table_text(t, NULL);
		table_text(t, NULL);
	}
	table_text(t, port && port->description[0] ? port->description : NULL);
	table_text(t, use ? use->vm->name : NULL);
	table_text(t, use ? use->vdev : NULL);
	if (use)
		table_bool(t, use->readonly);
	else
		table_text(t, NULL);
}

static bool is_asked(const struct inv *inv, const struct block_use *use)
{
	for (size_t i = 1; use && i < inv->args.n; i++)
		if (strcmp(inv->args.v[i], use->vm->name) == 0)
			return true;
	return inv->args.n < 2;
}

/* A row for each that has it, or one for nobody. */
static void add_port(const struct inv *inv, struct table *t, const struct block_list *l,
		     const struct block_port *port)
{
	bool used = false;

	for (size_t i = 0; i < l->use_count; i++) {
		const struct block_use *use = &l->uses[i];

		if (use->gone || use->major != port->major || use->minor != port->minor)
			continue;
		used = true;
		if (is_asked(inv, use))
			add_row(inv, t, port, use);
	}
	if (!used && is_asked(inv, NULL))
		add_row(inv, t, port, NULL);
}

/* What was pulled out of dom0 is still the guest's. */
static void add_lost(const struct inv *inv, struct table *t, const struct block_list *l)
{
	for (size_t i = 0; i < l->use_count; i++) {
		const struct block_use *use = &l->uses[i];

		if (!use->gone && !block_port_of(l, use->major, use->minor) &&
		    is_asked(inv, use))
			add_row(inv, t, NULL, use);
	}
}

static int block_show(struct inv *inv, struct qvm_err *err)
{
	cleanup_block_list struct block_list l = BLOCK_LIST_INIT;
	cleanup_table struct table t = {0};
	int r = inv_world(inv, err);
	struct vm *vm;

	for (size_t i = 1; r == 0 && i < inv->args.n; i++)
		r = vm_find(inv->world, inv->args.v[i], &vm, err);
	if (r == 0)
		r = op_block_list(inv->ctx, inv->world, &l, err);
	if (r < 0)
		return r;
	table_init(&t, "qvm-block/1", "devices", list_columns, array_len(list_columns));
	for (size_t i = 0; i < l.port_count; i++)
		add_port(inv, &t, &l, &l.ports[i]);
	add_lost(inv, &t, &l);
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	return 0;
}

/* ---- changes ---- */

static int block_attach(struct inv *inv, const struct op_block *req, struct qvm_err *err)
{
	char vdev[8];
	int r = op_block_attach(inv->ctx, inv->world, req, vdev, err);

	if (r == 0 && !inv->json && inv->verbose >= 0)
		printf("/dev/%s\n", vdev);
	return r;
}

static int block_run(struct inv *inv, struct qvm_err *err)
{
	struct block_cmd *o = inv->opts;
	const struct op_report report = inv_report(inv);
	size_t taken;
	int r;

	if (o->action->id == B_LIST)
		return block_show(inv, err);
	r = inv_world(inv, err);
	if (r < 0)
		return r;
	if (o->action->id == B_ATTACH)
		r = block_attach(inv, &o->req, err);
	else
		r = op_block_detach(inv->ctx, inv->world, &o->req, &taken, err);
	report.fn(report.arg, o->req.vm, r, err);
	return r;
}

const struct cmd cmd_block = {
	.name = "qvm-block",
	.summary = "give dom0's block devices to running domains",
	.args = "[ACTION [VMNAME [DEVICE]]]",
	.actions = block_words,
	.opts = block_opts,
	.examples = block_examples,
	.flags = CMD_JSON | CMD_RESULT,
	.exits = EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(EXISTS) | EXIT(VALUE) |
		 EXIT(IN_USE) | EXIT(NOT_RUNNING) | EXIT(POLICY) | EXIT(BUSY) |
		 EXIT(PERMISSION) | EXIT(NO_XEN) | EXIT(HYPERVISOR) | EXIT(STORAGE),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct block_cmd),
	.option = block_option,
	.verify = block_verify,
	.run = block_run,
};

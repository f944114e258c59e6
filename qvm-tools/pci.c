/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/pci.h"
#include "qvm-tools/ls.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/volume.h"

enum pci_action { P_LIST, P_ASSIGN, P_UNASSIGN };
enum { O_OPTION = 1, O_PERSISTENT };

static const char *const pci_words[] = {"list", "assign", "unassign", NULL};

/* Qubes's attach and detach are these: no device comes or goes while a domain runs. */
static const struct action pci_actions[] = {
	{"list ls l", P_LIST, 0, 1, false, "[VMNAME]"},
	{"assign s attach at a", P_ASSIGN, 2, 2, true, "VMNAME DEVICE"},
	{"unassign u detach dt d", P_UNASSIGN, 1, 2, true, "VMNAME [DEVICE]"},
	{0},
};

static const struct opt pci_opts[] = {
	{"option", 'o', O_OPTION, "KEY=VALUE",
	 "assign: permissive=yes: it may write all settings"},
	{"persistent", 'p', O_PERSISTENT, NULL, "it always is; for Qubes's scripts"},
	{0},
};

static const struct cmd_example pci_examples[] = {
	{"qvm-pci", "list the machine's devices, and whose they are"},
	{"qvm-pci list sys-net", "those of one domain"},
	{"qvm-pci assign sys-net 0000:00:1f.6", "a network card, from the next start on"},
	{"qvm-pci attach --persistent sys-net dom0:00_1f.6",
	 "the same as Qubes writes it"},
	{"qvm-pci unassign sys-net", "take away all of its devices"},
	{0},
};

struct pci_cmd {
	const struct action *action;
	bool permissive;
};

static int pci_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct pci_cmd *o = opts;

	if (id == O_PERSISTENT)
		return 0;
	if (strncmp(value, "permissive=", 11) != 0 ||
	    bool_parse(value + 11, &o->permissive) < 0)
		return usage_error(err, "-o takes permissive=yes or no");
	return 0;
}

static int pci_verify(struct inv *inv, struct qvm_err *err)
{
	struct pci_cmd *o = inv->opts;
	int r = action_verify(inv, pci_actions, &o->action, err);

	if (r == 0 && o->permissive && o->action->id != P_ASSIGN)
		return usage_error(err, "-o goes with assign");
	inv->live = r == 0 && o->action->id == P_LIST;
	return r;
}

/* ---- list ---- */

static const struct column list_columns[] = {
	{"device", "DEVICE", CELL_TEXT, 0, false, "address of the device"},
	{"description", "DESCRIPTION", CELL_TEXT, 0, false, "what it is"},
	{"driver", "DRIVER", CELL_TEXT, 0, false, "that dom0 has for it"},
	{"vm", "ASSIGNED TO", CELL_TEXT, 0, true, "domain that gets it"},
	{"state", "STATE", CELL_TEXT, 0, false, "of that domain"},
	{"permissive", "PERMISSIVE", CELL_BOOL, 0, false,
	 "the guest may write all of its settings"},
};

static void add_row(const struct inv *inv, struct table *t, const struct pci_dev *dev,
		    const struct pci_info *info, const struct vm *vm)
{
	char name[PCI_TEXT];

	pci_name(dev, name);
	table_row(t, vm ? ls_paint(inv->world, vm) : 0);
	table_text(t, name);
	table_text(t, info ? info->description : "is not there");
	table_text(t, info && info->driver[0] ? info->driver : NULL);
	table_text(t, vm ? vm->name : NULL);
	table_text(t, vm ? vm_state_name(vm->live.state) : NULL);
	if (vm)
		table_bool(t, dev->permissive);
	else
		table_text(t, NULL);
}

static const struct pci_info *find_info(const struct pci_infos *infos,
					const struct pci_dev *dev)
{
	for (size_t i = 0; i < infos->n; i++)
		if (pci_is(&infos->v[i].dev, dev))
			return &infos->v[i];
	return NULL;
}

static void add_device(const struct inv *inv, struct table *t,
		       const struct pci_info *info)
{
	bool assigned = false;

	for (size_t i = 0; i < inv->world->vm_count; i++) {
		const struct vm *vm = &inv->world->vms[i];
		struct pci_list list;
		size_t at;

		op_pci_of(inv->world, vm, &list);
		at = pci_list_find(&list, &info->dev);
		if (at >= list.n)
			continue;
		assigned = true;
		add_row(inv, t, &list.v[at], info, vm);
	}
	if (!assigned)
		add_row(inv, t, &info->dev, info, NULL);
}

static void add_all(const struct inv *inv, struct table *t, const struct pci_infos *infos)
{
	for (size_t i = 0; i < infos->n; i++)
		add_device(inv, t, &infos->v[i]);
}

/*
 * The devices of VM; not PRESENT: only those that the machine has not, as when a card was
 * pulled out, or a domain was restored on another machine.
 */
static void add_assigned(const struct inv *inv, struct table *t,
			 const struct pci_infos *infos, const struct vm *vm, bool present)
{
	struct pci_list list;

	op_pci_of(inv->world, vm, &list);
	for (size_t i = 0; i < list.n; i++) {
		const struct pci_info *info = find_info(infos, &list.v[i]);

		if (present || !info)
			add_row(inv, t, &list.v[i], info, vm);
	}
}

static int fill_list(const struct inv *inv, struct table *t,
		     const struct pci_infos *infos, const char *name, struct qvm_err *err)
{
	struct vm *vm;
	int r;

	if (name) {
		r = vm_find(inv->world, name, &vm, err);
		if (r == 0)
			add_assigned(inv, t, infos, vm, true);
		return r;
	}
	add_all(inv, t, infos);
	for (size_t i = 0; i < inv->world->vm_count; i++)
		add_assigned(inv, t, infos, &inv->world->vms[i], false);
	return 0;
}

/* NAME NULL: of all domains, and of none. */
static int pci_show(struct inv *inv, const char *name, struct qvm_err *err)
{
	cleanup_pci_infos struct pci_infos infos = PCI_INFOS_INIT;
	cleanup_table struct table t = {0};
	int r = inv_world(inv, err);

	if (r == 0)
		r = op_pci_list(inv->ctx, &infos, err);
	if (r < 0)
		return r;
	table_init(&t, "qvm-pci/1", "devices", list_columns, array_len(list_columns));
	r = fill_list(inv, &t, &infos, name, err);
	if (r < 0)
		return r;
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	return 0;
}

static int pci_run(struct inv *inv, struct qvm_err *err)
{
	const struct pci_cmd *o = inv->opts;
	const struct op_report report = inv_report(inv);
	const char *name = inv->args.n > 1 ? inv->args.v[1] : NULL;
	const char *device = inv->args.n > 2 ? inv->args.v[2] : NULL;
	int r;

	if (o->action->id == P_LIST)
		return pci_show(inv, name, err);
	r = inv_world(inv, err);
	if (r < 0)
		return r;
	if (o->action->id == P_ASSIGN)
		r = op_pci_assign(inv->ctx, inv->world, name, device, o->permissive,
				  inv->dry_run, err);
	else
		r = op_pci_unassign(inv->ctx, inv->world, name, device, inv->dry_run,
				    err);
	if (inv->dry_run)
		return plan_done_one(inv, name, "set", "pcidevs", r);
	report.fn(report.arg, name, r, err);
	return r;
}

const struct cmd cmd_pci = {
	.name = "qvm-pci",
	.summary = "give PCI devices of the machine to domains",
	.args = "[ACTION [VMNAME [DEVICE]]]",
	.actions = pci_words,
	.opts = pci_opts,
	.examples = pci_examples,
	.flags = CMD_JSON | CMD_DRY_RUN | CMD_RESULT,
	.exits = EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(EXISTS) | EXIT(VALUE) |
		 EXIT(POLICY) | EXIT(BUSY) | EXIT(PERMISSION) | EXIT(DATABASE),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct pci_cmd),
	.option = pci_option,
	.verify = pci_verify,
	.run = pci_run,
};

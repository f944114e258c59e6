/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-net: who has its network from whom, and what goes through. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "netvm/store.h"
#include "ops/netstat.h"
#include "qvm-tools/ls.h"
#include "qvm-tools/opt.h"

enum { O_REGISTRY = 1 };

static const struct opt net_opts[] = {
	{"registry", 0, O_REGISTRY, NULL,
	 "what is registered only: no domain is asked for its links"},
	{0},
};

static const struct cmd_example net_examples[] = {
	{"qvm-net", "all domains that have a network, below those that serve them"},
	{"qvm-net work sys-net", "these only"},
	{"qvm-net --json | jq '.domains[] | select(.link == false)'",
	 "running clients whose link is down"},
	{0},
};

struct net_opts {
	bool registry;
};

static int net_option(void *opts, int id unused, const char *value unused,
		      struct qvm_err *err unused)
{
	struct net_opts *o = opts;

	o->registry = true;
	return 0;
}

static int net_verify(struct inv *inv, struct qvm_err *err unused)
{
	inv->live = true;
	return 0;
}

static const struct column net_columns[] = {
	{"name", "NAME", CELL_TEXT, 0, true, "the domain, below its network domain"},
	{"state", "STATE", CELL_TEXT, 0, false, "Running, Halted, ..."},
	{"netvm", "NETVM", CELL_TEXT, 0, false, "who serves it"},
	{"ip", "IP", CELL_TEXT, 0, false, "its IPv4 address"},
	{"ip6", "IP6", CELL_TEXT, 0, false, "its IPv6 address"},
	{"mac", "MAC", CELL_TEXT, 0, false, "its hardware address"},
	{"interface", "INTERFACE", CELL_TEXT, 0, false, "its interface in the netvm"},
	{"link", "UP", CELL_BOOL, 0, false, "the interface has a carrier"},
	{"sent", "SENT", CELL_INT, 0, false, "bytes from the domain"},
	{"received", "RECEIVED", CELL_INT, 0, false, "bytes to the domain"},
	{"rules", "RULES", CELL_INT, 0, false, "of its firewall"},
	{"ports", "PORTS", CELL_INT, 0, false, "led in to it from outside"},
};

/* ---- what the network domains say ---- */

struct answers {
	const struct vm **servers;
	struct net_stat *stats;
	size_t n;
};

static void answers_dispose(struct answers *a)
{
	for (size_t i = 0; i < a->n; i++)
		net_stat_dispose(&a->stats[i]);
	free(a->servers);
	free(a->stats);
}

/* Each is asked once; one that does not answer is a warning, and knows nothing. */
static const struct net_stat *ask(struct inv *inv, struct answers *a,
				  const struct vm *server)
{
	struct qvm_err err;
	size_t i = 0;

	while (i < a->n && a->servers[i] != server)
		i++;
	if (i < a->n)
		return &a->stats[i];
	array_grow(a->servers, a->n) = server;
	array_grow(a->stats, a->n) = (struct net_stat)NET_STAT_INIT;
	a->n++;
	if (op_net_stat(inv->ctx, inv->world, server, NULL, &a->stats[i], &err) < 0)
		ctx_log(inv->ctx, QVM_LEVEL_WARN, "%s", err.text);
	return &a->stats[i];
}

/* ---- rows ---- */

static const struct vm *server_of(const struct world *w, const struct vm *vm)
{
	return prop_applies(PROP_NETVM, vm) ? prop_vm(w, vm, PROP_NETVM) : NULL;
}

static void add_prop(struct table *t, const struct world *w, const struct vm *vm,
		     enum prop_id id)
{
	struct prop_value value;

	prop_get(w, vm, id, &value);
	table_text(t, value.text && *value.text ? value.text : NULL);
}

static void add_link(struct inv *inv, struct table *t, struct answers *a,
		     const struct vm *vm, const struct vm *server)
{
	const struct net_opts *o = inv->opts;
	const struct net_link *link = NULL;

	if (server && vm_is_running(vm) && vm_is_running(server) && !o->registry)
		link = net_stat_client(ask(inv, a, server), vm->live.domid);
	table_text(t, link ? link->name : NULL);
	if (!link) {
		for (int i = 0; i < 3; i++)
			table_text(t, NULL);
		return;
	}
	table_bool(t, link->up);
	table_int(t, (long long)link->received);
	table_int(t, (long long)link->sent);
}

static long long count_lines(const char *text)
{
	cleanup_strv struct strv lines = STRV_INIT;

	strv_split(&lines, text ? text : "", "\n");
	return (long long)lines.n;
}

static void add_row(struct inv *inv, struct table *t, struct answers *a,
		    const struct ls_node *node)
{
	const struct world *w = inv->world;
	const struct vm *vm = node->vm, *server = server_of(w, vm);
	cleanup_free char *indent = ls_indent(inv->json ? 0 : node->depth);
	cleanup_free char *name = xasprintf("%s%s", indent, vm->name);
	cleanup_fw_list struct fw_list rules = FW_LIST_INIT;
	bool serves = prop_bool(w, vm, PROP_PROVIDES_NETWORK);

	fw_list_load(vm, &rules);
	table_row(t, ls_paint(w, vm));
	table_text(t, name);
	table_text(t, vm_state_name(vm->live.state));
	table_text(t, server ? server->name : NULL);
	add_prop(t, w, vm, PROP_VISIBLE_IP);
	add_prop(t, w, vm, PROP_VISIBLE_IP6);
	if (server)
		add_prop(t, w, vm, PROP_MAC);
	else
		table_text(t, NULL);
	add_link(inv, t, a, vm, server);
	if (server || !serves) {
		table_int(t, (long long)rules.n);
		table_int(t, count_lines(vm->forwards));
	} else {
		table_text(t, NULL);
		table_text(t, NULL);
	}
}

static size_t select_vms(const struct inv *inv, struct ls_node *ret)
{
	const struct world *w = inv->world;
	size_t n = 0;

	for (size_t i = 0; i < w->vm_count; i++) {
		const struct vm *vm = &w->vms[i];

		if (!strv_has(&inv->names, vm->name) || vm->klass == CLASS_ADMIN)
			continue;
		if (server_of(w, vm) || prop_bool(w, vm, PROP_PROVIDES_NETWORK))
			ret[n++] = (struct ls_node){.vm = vm};
	}
	return n;
}

static int net_run(struct inv *inv, struct qvm_err *err)
{
	struct answers answers cleanup(answers_dispose) = {0};
	cleanup_free struct ls_node *nodes = NULL;
	cleanup_table struct table t = {0};
	size_t n;
	int r = inv_world(inv, err);

	if (r < 0)
		return r;
	nodes = xcalloc(inv->world->vm_count + 1, sizeof(*nodes));
	n = select_vms(inv, nodes);
	ls_tree(inv->world, nodes, n);
	table_init(&t, "qvm-net/1", "domains", net_columns, array_len(net_columns));
	for (size_t i = 0; i < n; i++)
		add_row(inv, &t, &answers, &nodes[i]);
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	return 0;
}

const struct cmd cmd_net = {
	.name = "qvm-net",
	.summary = "show the tree of networks: addresses, links, bytes, rules",
	.args = "[VMNAME...]",
	.opts = net_opts,
	.examples = net_examples,
	.flags = CMD_JSON | CMD_VMS | CMD_VMS_ALL,
	.exits = EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(DATABASE),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct net_opts),
	.option = net_option,
	.verify = net_verify,
	.run = net_run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qvm-firewall prints. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/prop.h"
#include "lib/alloc.h"
#include "netvm/store.h"
#include "ops/netstat.h"
#include "qvm-tools/firewall.h"
#include "qvm-tools/render.h"

static const struct column rule_columns[] = {
	{"no", "NO", CELL_INT, 0, false, "number"},
	{"action", "ACTION", CELL_TEXT, 0, false, "accept or drop"},
	{"host", "HOST", CELL_TEXT, 0, false, "address, network or name"},
	{"protocol", "PROTOCOL", CELL_TEXT, 0, false, "tcp, udp or icmp"},
	{"ports", "PORT(S)", CELL_TEXT, 0, false, "one, or from-to"},
	{"special_target", "SPECIAL TARGET", CELL_TEXT, 0, false, "dns"},
	{"icmp_type", "ICMP TYPE", CELL_TEXT, 0, false, "number"},
	{"expire", "EXPIRE", CELL_TEXT, 0, false, "seconds since the epoch"},
	{"log", "LOG", CELL_TEXT, 0, false, "yes"},
	{"comment", "COMMENT", CELL_TEXT, 0, false, "any words"},
	{"packets", "PACKETS", CELL_INT, 0, false, "that it has decided about"},
	{"bytes", "BYTES", CELL_INT, 0, false, "of these"},
};

enum { COUNTERS = 2 }; /* columns that are asked for */

static void add_text(struct table *t, bool there, char *text)
{
	table_text(t, there ? text : NULL);
	free(text);
}

/* As it was typed: a single host has no prefix length, a single port no range. */
static char *host_text(const struct fw_rule *rule)
{
	char *text = xstrdup(rule->dst);
	char *slash = strchr(text, '/');

	if (slash && strcmp(slash, rule->dst_kind == FW_DST4 ? "/32" : "/128") == 0)
		*slash = '\0';
	return text;
}

/* One that is not in force has none. */
static void add_counters(struct table *t, const struct net_stat *stat,
			 const struct fw_rule *rule)
{
	struct net_count sum = {0};
	char id[FW_ID_MAX];
	bool known = false;

	fw_rule_id(rule, id);
	for (size_t i = 0; i < stat->count_count; i++) {
		if (strcmp(stat->counts[i].id, id) != 0)
			continue;
		known = true;
		sum.packets += stat->counts[i].packets;
		sum.bytes += stat->counts[i].bytes;
	}
	if (known) {
		table_int(t, (long long)sum.packets);
		table_int(t, (long long)sum.bytes);
	} else {
		table_text(t, NULL);
		table_text(t, NULL);
	}
}

static void add_row(struct table *t, size_t number, const struct fw_rule *rule)
{
	table_row(t, 0);
	table_int(t, (long long)number);
	table_text(t, rule->accept ? "accept" : "drop");
	add_text(t, rule->dst_kind, host_text(rule));
	table_text(t, fw_proto_name(rule->proto));
	add_text(t, rule->has_ports,
		 rule->port_first == rule->port_last
			 ? xasprintf("%u", rule->port_first)
			 : xasprintf("%u-%u", rule->port_first, rule->port_last));
	table_text(t, rule->dns ? "dns" : NULL);
	add_text(t, rule->has_icmp, xasprintf("%u", rule->icmp_type));
	add_text(t, rule->expire, xasprintf("%lld", (long long)rule->expire));
	table_text(t, rule->log ? "yes" : NULL);
	table_text(t, *rule->comment ? rule->comment : NULL);
}

static int ask_counters(struct inv *inv, struct net_stat *ret, struct qvm_err *err)
{
	const struct vm *server = NULL;
	int r = inv_world(inv, err);

	if (r == 0 && prop_applies(PROP_NETVM, inv->vm))
		server = prop_vm(inv->world, inv->vm, PROP_NETVM);
	if (r == 0 && !server)
		return err_set(err, QVM_E_UNSUPPORTED, "'%s' has no network domain",
			       inv->vm->name);
	return r < 0 ? r : op_net_stat(inv->ctx, inv->world, server, inv->vm, ret, err);
}

int firewall_list_rules(struct inv *inv, struct qvm_err *err)
{
	const struct firewall *o = inv->opts;
	struct net_stat stat cleanup(net_stat_dispose) = NET_STAT_INIT;
	cleanup_table struct table t = {0};
	cleanup_fw_list struct fw_list list = FW_LIST_INIT;
	cleanup_free char *text = NULL;
	int r = o->counters ? ask_counters(inv, &stat, err) : 0;

	if (r < 0)
		return r;
	fw_list_load(inv->vm, &list);
	if (o->raw && !inv->json) {
		text = fw_list_text(&list);
		fputs(text, stdout);
		return 0;
	}
	table_init(&t, "qvm-firewall/1", "rules", rule_columns,
		   array_len(rule_columns) - (o->counters ? 0 : COUNTERS));
	table_extra(&t, "vm", inv->vm->name);
	for (size_t i = 0; i < list.n; i++) {
		add_row(&t, i, &list.v[i]);
		if (o->counters)
			add_counters(&t, &stat, &list.v[i]);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	return 0;
}

static const struct column forward_columns[] = {
	{"no", "NO", CELL_INT, 0, false, "number"},
	{"protocol", "PROTOCOL", CELL_TEXT, 0, false, "tcp or udp"},
	{"port", "PORT", CELL_INT, 0, false, "from outside"},
	{"to", "TO", CELL_INT, 0, false, "port of the domain"},
	{"from", "FROM", CELL_TEXT, 0, false, "network that may use it"},
};

void firewall_list_forwards(const struct inv *inv)
{
	cleanup_table struct table t = {0};
	cleanup_strv struct strv lines = STRV_INIT;
	struct fw_forward f;
	const char *why;

	strv_split(&lines, inv->vm->forwards ? inv->vm->forwards : "", "\n");
	table_init(&t, "qvm-firewall-forward/1", "ports", forward_columns,
		   array_len(forward_columns));
	table_extra(&t, "vm", inv->vm->name);
	for (size_t i = 0; i < lines.n; i++) {
		if (fw_forward_parse(lines.v[i], &f, &why) < 0)
			continue;
		table_row(&t, 0);
		table_int(&t, (long long)i);
		table_text(&t, fw_proto_name(f.proto));
		table_int(&t, f.port);
		table_int(&t, f.to);
		table_text(&t, *f.from ? f.from : NULL);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
}

int firewall_show_nft(struct inv *inv, struct qvm_err *err)
{
	struct firewall *o = inv->opts;
	cleanup_table struct table t = {0};
	cleanup_buf struct buf nft = BUF_INIT;
	int r;

	o->req.nft = &nft;
	r = op_rule(inv->ctx, &o->req, err);
	if (r < 0)
		return r;
	if (!inv->json) {
		fputs(buf_str(&nft), stdout);
		return 0;
	}
	table_init(&t, "qvm-firewall-plan/1", "rules", rule_columns, 0);
	table_extra(&t, "vm", inv->vm->name);
	table_extra(&t, "nft", buf_str(&nft));
	table_print(&t, RENDER_JSON, stdout);
	return 0;
}

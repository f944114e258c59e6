/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of a client as text for nft: each rule one or two lines, the lines cut into
 * chains where their own content says, so that a change moves no other cut.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/hash.h"
#include "netvm/nft.h"

enum { CUT_ONE_IN = 32, CHAIN_MAX = 128 }; /* lines of a chain: on the average, at most */

/* What is being written. */
struct writer {
	struct buf *out;
	const struct nft_client *c;
	char key[FW_KEY_MAX];
	const struct strv *had;
	struct strv *chains;
	struct strv lines; /* of the chain in hand */
	struct buf jumps;
};

/* What of a rule is of one family: a name's addresses, and types of icmp. */
struct match {
	const struct fw_rule *rule;
	size_t number;
	bool six;
	const char *addresses; /* of a name, in that family */
};

/* ---- one line ---- */

static void add_dst(struct buf *out, const struct match *m)
{
	const struct fw_rule *rule = m->rule;
	cleanup_strv struct strv list = STRV_INIT;

	if (rule->dst_kind == FW_DST4 || rule->dst_kind == FW_DST6)
		buf_addf(out, "%s daddr %s ", rule->dst_kind == FW_DST4 ? "ip" : "ip6",
			 rule->dst);
	if (rule->dst_kind != FW_DST_NAME)
		return;
	strv_split(&list, m->addresses, " ");
	buf_addf(out, "%s daddr {", m->six ? "ip6" : "ip");
	for (size_t i = 0; i < list.n; i++)
		buf_addf(out, "%s %s", i ? "," : "", list.v[i]);
	buf_add(out, " } ");
}

static void add_ports(struct buf *out, const struct fw_rule *rule)
{
	buf_addf(out, "%s dport %u", fw_proto_name(rule->proto), rule->port_first);
	if (rule->port_last != rule->port_first)
		buf_addf(out, "-%u", rule->port_last);
	buf_add_ch(out, ' ');
}

/* Protocols by number: a guest may have no /etc/protocols. */
static void add_match(struct buf *out, const struct match *m)
{
	const struct fw_rule *rule = m->rule;

	add_dst(out, m);
	if (rule->dns) {
		buf_add(out, "ct original ip daddr { " NFT_DNS_1 ", " NFT_DNS_2 " } ");
		if (!rule->proto)
			buf_add(out, "meta l4proto { 6, 17 } th dport 53 ");
		else
			buf_addf(out, "%s dport 53 ", fw_proto_name(rule->proto));
	}
	if (rule->proto == FW_ICMP && rule->has_icmp)
		buf_addf(out, "%s type %u ", m->six ? "icmpv6" : "icmp", rule->icmp_type);
	else if (rule->proto == FW_ICMP)
		buf_add(out, "meta l4proto { 1, 58 } ");
	else if (rule->has_ports)
		add_ports(out, rule);
	else if (rule->proto && !rule->dns)
		buf_addf(out, "meta l4proto %d ", rule->proto == FW_TCP ? 6 : 17);
}

/* ---- chains ---- */

static void end_chain(struct writer *w)
{
	uint64_t sum = FNV_START;
	cleanup_free char *name = NULL;

	if (!w->lines.n)
		return;
	for (size_t i = 0; i < w->lines.n; i++)
		sum = fnv(fnv(sum, w->lines.v[i]), "\n");
	name = xasprintf("fw-%s-%016llx", w->key, (unsigned long long)sum);
	buf_addf(&w->jumps, "add rule inet qvm fw-%s jump %s\n", w->key, name);
	if (!strv_has(w->chains, name) && !strv_has(w->had, name)) {
		buf_addf(w->out, "add chain inet qvm %s\n", name);
		for (size_t i = 0; i < w->lines.n; i++)
			buf_addf(w->out, "add rule inet qvm %s %s\n", name,
				 w->lines.v[i]);
	}
	if (!strv_has(w->chains, name))
		strv_take(w->chains, steal(name));
	strv_dispose(&w->lines);
}

static void add_line(struct writer *w, struct buf *line)
{
	bool cut = fnv(FNV_START, buf_str(line)) / 7 % CUT_ONE_IN == 0;

	strv_take(&w->lines, buf_steal(line));
	if (cut || w->lines.n >= CHAIN_MAX)
		end_chain(w);
}

/* ---- rules ---- */

static void add_rule(struct writer *w, const struct match *m)
{
	const char *action = m->rule->accept ? "accept" : "drop";
	struct buf line = BUF_INIT;
	char id[FW_ID_MAX];

	if (m->rule->log) {
		add_match(&line, m);
		buf_addf(&line, "limit rate 10/second log prefix \"qvm %s %zu %s: \"",
			 w->c->ip, m->number, action);
		add_line(w, &line);
	}
	fw_rule_id(m->rule, id);
	add_match(&line, m);
	if (m->rule->accept)
		buf_addf(&line, "counter goto ok-%s comment \"%s\"", w->key, id);
	else
		buf_addf(&line, "counter goto denied comment \"%s\"", id);
	add_line(w, &line);
}

/* A name whose addresses are not known makes no rule, and says so. */
static void add_named(struct writer *w, struct match *m)
{
	const struct nft_host *host = w->c->hosts ? &w->c->hosts[m->number] : NULL;
	const char *lists[2] = {host ? host->ip4 : NULL, host ? host->ip6 : NULL};
	bool any = false;

	for (int six = 0; six < 2; six++) {
		if (!lists[six] || !*lists[six])
			continue;
		any = true;
		m->six = six;
		m->addresses = lists[six];
		add_rule(w, m);
	}
	if (!any)
		buf_addf(w->out, "# %04zu: %s is not resolved\n", m->number,
			 m->rule->dst);
}

static void add_rules(struct writer *w)
{
	for (size_t i = 0; i < w->c->n; i++) {
		struct match m = {.rule = &w->c->rules[i], .number = i};

		if (m.rule->expire && m.rule->expire <= w->c->now)
			continue;
		m.six = m.rule->dst_kind == FW_DST6;
		if (m.rule->dst_kind == FW_DST_NAME) {
			add_named(w, &m);
			continue;
		}
		add_rule(w, &m);
		if (!m.rule->has_icmp || m.rule->dst_kind != FW_DST_ANY)
			continue;
		m.six = true;
		add_rule(w, &m);
	}
	end_chain(w);
}

static void drop_chain(struct buf *out, const char *prefix, const char *name)
{
	buf_addf(out, "flush chain inet qvm %s%s\ndelete chain inet qvm %s%s\n", prefix,
		 name, prefix, name);
}

void nft_rules(struct buf *out, const struct nft_client *c, const struct strv *had,
	       struct strv *ret)
{
	struct writer w = {.out = out, .c = c, .had = had, .chains = ret};

	fw_key(c->ip, w.key);
	buf_addf(out, "add chain inet qvm ok-%s\nflush chain inet qvm ok-%s\n", w.key,
		 w.key);
	buf_addf(out, "add rule inet qvm ok-%s ct mark set %u accept\n", w.key, c->mark);
	add_rules(&w);
	buf_addf(out, "add chain inet qvm fw-%s\nflush chain inet qvm fw-%s\n", w.key,
		 w.key);
	buf_addf(out,
		 "add rule inet qvm fw-%s ct state established,related ct mark %u %s\n",
		 w.key, c->mark, c->visible ? "accept" : "goto pass");
	buf_add(out, buf_str(&w.jumps));
	buf_addf(out, "add rule inet qvm fw-%s counter goto denied\n", w.key);
	for (size_t i = 0; i < had->n; i++)
		if (!strv_has(ret, had->v[i]))
			drop_chain(out, "", had->v[i]);
	buf_dispose(&w.jumps);
}

void nft_rules_gone(struct buf *out, const char *ip, const struct strv *chains)
{
	char key[FW_KEY_MAX];

	fw_key(ip, key);
	drop_chain(out, "fw-", key);
	for (size_t i = 0; i < chains->n; i++)
		drop_chain(out, "", chains->v[i]);
	drop_chain(out, "ok-", key);
}

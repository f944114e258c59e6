/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netvm/nft.h"

#include <string.h>

#include "lib/strv.h"

/*
 * Marks of connections: 0 is denied, 1 is a port led in, the rules of clients have others.
 * A reply has no rules: it belongs to a connection that has been judged.
 */
static const char base[] =
	"table inet qvm\n"
	"delete table inet qvm\n"
	"table inet qvm {\n"
	"	set allowed { type ifname . ether_addr . ipv4_addr; }\n"
	"	set allowed6 { type ifname . ether_addr . ipv6_addr; }\n"
	"	set downstream { type ipv4_addr; }\n"
	"	set downstream6 { type ipv6_addr; }\n"
	"	map clients { type ipv4_addr : verdict; }\n"
	"	map clients6 { type ipv6_addr : verdict; }\n"
	"	chain from-client {\n"
	"		iifname . ether saddr . ip saddr @allowed return\n"
	"		iifname . ether saddr . ip6 saddr @allowed6 return\n"
	"		counter drop\n"
	"	}\n"
	"	chain source {\n"
	"		type filter hook prerouting priority raw; policy accept;\n"
	"		iifname \"vif*\" goto from-client\n"
	"		ip saddr @downstream counter drop\n"
	"		ip6 saddr @downstream6 counter drop\n"
	"	}\n"
	"	chain dns { }\n"
	"	chain ports { }\n"
	"	chain inbound {\n"
	"		type nat hook prerouting priority dstnat; policy accept;\n"
	"		iifname \"vif*\" goto dns\n"
	"		iifname != \"lo\" fib daddr type local goto ports\n"
	"	}\n"
	"	chain outbound {\n"
	"		type nat hook postrouting priority srcnat; policy accept;\n"
	"		oifname \"vif*\" accept\n"
	"		oifname \"lo\" accept\n"
	"		masquerade\n"
	"	}\n"
	"	chain input {\n"
	"		type filter hook input priority filter; policy drop;\n"
	"		ct state invalid drop\n"
	"		iifname \"lo\" accept\n"
	"		ct state established,related accept\n"
	"		iifname \"vif*\" meta l4proto { icmp, ipv6-icmp } accept\n"
	"		iifname \"vif*\" counter reject with icmpx admin-prohibited\n"
	"		udp sport 67 udp dport 68 accept\n"
	"		icmpv6 type { nd-router-advert, nd-neighbor-solicit, "
	"nd-neighbor-advert } accept\n"
	"		counter\n"
	"	}\n"
	"	chain ports-open { }\n"
	"	chain to-client {\n"
	"		iifname != \"vif*\" ct status dnat jump ports-open\n"
	"		counter drop\n"
	"	}\n"
	"	chain forward {\n"
	"		type filter hook forward priority filter; policy drop;\n"
	"		ct state invalid drop\n"
	"		ct direction reply ct mark 0 counter drop\n"
	"		ct direction reply ct state established,related accept\n"
	"		oifname \"vif*\" goto to-client\n"
	"		iifname \"vif*\" ip saddr vmap @clients\n"
	"		iifname \"vif*\" ip6 saddr vmap @clients6\n"
	"		counter\n"
	"	}\n"
	"}\n"
	"table arp qvm\n"
	"delete table arp qvm\n"
	"table arp qvm {\n"
	"	set allowed { type ifname . ether_addr . ipv4_addr; }\n"
	"	chain input {\n"
	"		type filter hook input priority filter; policy accept;\n"
	"		iifname \"vif*\" iifname . arp saddr ether . arp saddr ip "
	"@allowed "
	"accept\n"
	"		iifname \"vif*\" counter drop\n"
	"	}\n"
	"}\n";

void nft_dns(struct buf *out, const char *const upstream[2])
{
	static const char *const known[2] = {NFT_DNS_1, NFT_DNS_2};
	bool any = upstream[0] || upstream[1];

	buf_add(out, "flush chain inet qvm dns\n");
	for (int i = 0; i < 2; i++) {
		const char *to = upstream[i] ? upstream[i] : upstream[!i];

		if (any)
			buf_addf(out,
				 "add rule inet qvm dns ip daddr %s meta l4proto "
				 "{ tcp, udp } th dport 53 dnat ip to %s\n",
				 known[i], to);
	}
}

void nft_base(struct buf *out, const char *const upstream[2])
{
	buf_add(out, base);
	nft_dns(out, upstream);
}

/* ---- rules ---- */

/* "fw-10-137-0-7": the client's chain, and the beginning of the names of its sets. */
static void add_chain(struct buf *out, const char *ip)
{
	char key[FW_KEY_MAX];

	fw_key(ip, key);
	buf_addf(out, "fw-%s", key);
}

static void rule_begin(struct buf *out, const struct nft_client *c)
{
	buf_add(out, "add rule inet qvm ");
	add_chain(out, c->ip);
}

/* What of a rule is of one family: a name's addresses, and types of icmp. */
struct match {
	const struct fw_rule *rule;
	size_t number;
	bool six;
	const char *addresses; /* of a name, in that family */
};

static void add_dst(struct buf *out, const struct match *m)
{
	const struct fw_rule *rule = m->rule;
	cleanup_strv struct strv list = STRV_INIT;

	if (rule->dst_kind == FW_DST4 || rule->dst_kind == FW_DST6)
		buf_addf(out, " %s daddr %s", rule->dst_kind == FW_DST4 ? "ip" : "ip6",
			 rule->dst);
	if (rule->dst_kind != FW_DST_NAME)
		return;
	strv_split(&list, m->addresses, " ");
	buf_addf(out, " %s daddr {", m->six ? "ip6" : "ip");
	for (size_t i = 0; i < list.n; i++)
		buf_addf(out, "%s %s", i ? "," : "", list.v[i]);
	buf_add(out, " }");
}

static void add_match(struct buf *out, const struct match *m)
{
	const struct fw_rule *rule = m->rule;

	add_dst(out, m);
	if (rule->dns) {
		buf_add(out, " ct original ip daddr { " NFT_DNS_1 ", " NFT_DNS_2 " }");
		if (!rule->proto)
			buf_add(out, " meta l4proto { tcp, udp } th dport 53");
		else
			buf_addf(out, " %s dport 53", fw_proto_name(rule->proto));
	}
	if (rule->proto == FW_ICMP && rule->has_icmp)
		buf_addf(out, " %s type %u", m->six ? "icmpv6" : "icmp", rule->icmp_type);
	else if (rule->proto == FW_ICMP)
		buf_add(out, " meta l4proto { icmp, ipv6-icmp }");
	else if (rule->has_ports)
		buf_addf(out, " %s dport %u-%u", fw_proto_name(rule->proto),
			 rule->port_first, rule->port_last);
	else if (rule->proto && !rule->dns)
		buf_addf(out, " meta l4proto %s", fw_proto_name(rule->proto));
}

static void add_end(struct buf *out, const struct nft_client *c, bool accept)
{
	if (accept)
		buf_addf(out, " ct mark set %u counter accept", c->mark);
	else
		buf_add(out, " ct mark set 0 counter reject with icmpx admin-prohibited");
}

static void add_rule(struct buf *out, const struct nft_client *c, const struct match *m)
{
	if (m->rule->log) {
		rule_begin(out, c);
		add_match(out, m);
		buf_addf(out, " limit rate 10/second log prefix \"qvm %s %zu %s: \"\n",
			 c->ip, m->number, m->rule->accept ? "accept" : "drop");
	}
	rule_begin(out, c);
	add_match(out, m);
	add_end(out, c, m->rule->accept);
	buf_addf(out, " comment \"%04zu\"\n", m->number);
}

/* A name whose addresses are not known makes no rule, and says so. */
static void add_named(struct buf *out, const struct nft_client *c, struct match *m)
{
	const struct nft_host *host = c->hosts ? &c->hosts[m->number] : NULL;
	const char *lists[2] = {host ? host->ip4 : NULL, host ? host->ip6 : NULL};
	bool any = false;

	for (int six = 0; six < 2; six++) {
		if (!lists[six] || !*lists[six])
			continue;
		any = true;
		m->six = six;
		m->addresses = lists[six];
		add_rule(out, c, m);
	}
	if (!any)
		buf_addf(out, "# %04zu: %s is not resolved\n", m->number, m->rule->dst);
}

static void add_rules(struct buf *out, const struct nft_client *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct match m = {.rule = &c->rules[i], .number = i};

		if (m.rule->expire && m.rule->expire <= c->now)
			continue;
		m.six = m.rule->dst_kind == FW_DST6;
		if (m.rule->dst_kind == FW_DST_NAME) {
			add_named(out, c, &m);
			continue;
		}
		add_rule(out, c, &m);
		if (!m.rule->has_icmp || m.rule->dst_kind != FW_DST_ANY)
			continue;
		m.six = true;
		add_rule(out, c, &m);
	}
}

void nft_rules(struct buf *out, const struct nft_client *c)
{
	buf_add(out, "add chain inet qvm ");
	add_chain(out, c->ip);
	buf_add(out, "\nflush chain inet qvm ");
	add_chain(out, c->ip);
	buf_add(out, "\n");
	rule_begin(out, c);
	buf_addf(out, " ct state established,related ct mark %u accept\n", c->mark);
	add_rules(out, c);
	rule_begin(out, c);
	add_end(out, c, false);
	buf_add(out, "\n");
}

static void each_element(struct buf *out, const struct nft_client *c, const char *verb)
{
	buf_addf(out, "%s element inet qvm allowed { \"%s\" . %s . %s }\n", verb, c->vif,
		 c->mac, c->ip);
	buf_addf(out, "%s element arp qvm allowed { \"%s\" . %s . %s }\n", verb, c->vif,
		 c->mac, c->ip);
	buf_addf(out, "%s element inet qvm downstream { %s }\n", verb, c->ip);
	buf_addf(out, "%s element inet qvm clients { %s : jump ", verb, c->ip);
	add_chain(out, c->ip);
	buf_add(out, " }\n");
	if (!c->ip6)
		return;
	buf_addf(out, "%s element inet qvm allowed6 { \"%s\" . %s . %s }\n", verb, c->vif,
		 c->mac, c->ip6);
	buf_addf(out, "%s element inet qvm downstream6 { %s }\n", verb, c->ip6);
	buf_addf(out, "%s element inet qvm clients6 { %s : jump ", verb, c->ip6);
	add_chain(out, c->ip);
	buf_add(out, " }\n");
}

void nft_client_add(struct buf *out, const struct nft_client *c)
{
	each_element(out, c, "add");
}

void nft_client_gone(struct buf *out, const struct nft_client *c)
{
	each_element(out, c, "delete");
	buf_add(out, "flush chain inet qvm ");
	add_chain(out, c->ip);
	buf_add(out, "\ndelete chain inet qvm ");
	add_chain(out, c->ip);
	buf_add(out, "\n");
}

void nft_forwards(struct buf *out, const struct nft_forward *f, size_t n)
{
	buf_add(out, "flush chain inet qvm ports\nflush chain inet qvm ports-open\n");
	for (size_t i = 0; i < n; i++) {
		const char *proto = fw_proto_name(f[i].port.proto);
		bool from = f[i].port.from[0];

		buf_addf(out,
			 "add rule inet qvm ports%s%s %s dport %u dnat ip to %s:%u\n",
			 from ? " ip saddr " : "", f[i].port.from, proto, f[i].port.port,
			 f[i].ip, f[i].port.to);
		buf_addf(out,
			 "add rule inet qvm ports-open%s%s ip daddr %s %s dport %u "
			 "ct mark set 1 counter accept\n",
			 from ? " ip saddr " : "", f[i].port.from, f[i].ip, proto,
			 f[i].port.to);
	}
}

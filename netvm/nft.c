/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netvm/nft.h"

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
	"	map real { type ifname . ipv4_addr : ipv4_addr; }\n"
	"	map visible { type ifname . ipv4_addr : ipv4_addr; }\n"
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
	/* Packet by packet, before connections are known and after they are: nothing
	 * between sees an address that is not the client's own. */
	"	chain from-visible {\n"
	"		type filter hook prerouting priority raw + 10; policy accept;\n"
	"		iifname \"vif*\" ip saddr set iifname . ip saddr map @real\n"
	"	}\n"
	"	chain to-visible {\n"
	"		type filter hook postrouting priority srcnat + 10; policy "
	"accept;\n"
	"		oifname \"vif*\" ip daddr set oifname . ip daddr map @visible\n"
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
	"		iifname \"vif*\" meta l4proto { 1, 58 } accept\n"
	"		iifname \"vif*\" counter reject with icmpx admin-prohibited\n"
	"		udp sport 67 udp dport 68 accept\n"
	"		icmpv6 type { nd-router-advert, nd-neighbor-solicit, "
	"nd-neighbor-advert } accept\n"
	"		counter\n"
	"	}\n"
	"	chain denied {\n"
	"		ct mark set 0 reject with icmpx admin-prohibited\n"
	"	}\n"
	/* Where what is accepted goes next; nft_fast puts the short way before it. */
	"	chain pass {\n"
	"		accept\n"
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
	"}\n"
	"table netdev qvm\n"
	"delete table netdev qvm\n"
	"table netdev qvm { }\n";

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
				 "{ 6, 17 } th dport 53 dnat ip to %s\n",
				 known[i], to);
	}
}

void nft_base(struct buf *out, const char *const upstream[2])
{
	buf_add(out, base);
	nft_dns(out, upstream);
}

/* ---- clients ---- */

static void each_element(struct buf *out, const struct nft_client *c, const char *verb)
{
	const char *seen = c->visible ? c->visible : c->ip;
	char key[FW_KEY_MAX];

	fw_key(c->ip, key);
	buf_addf(out, "%s element inet qvm allowed { \"%s\" . %s . %s }\n", verb, c->vif,
		 c->mac, seen);
	buf_addf(out, "%s element arp qvm allowed { \"%s\" . %s . %s }\n", verb, c->vif,
		 c->mac, seen);
	if (c->visible)
		buf_addf(out,
			 "%s element inet qvm real { \"%s\" . %s : %s }\n"
			 "%s element inet qvm visible { \"%s\" . %s : %s }\n",
			 verb, c->vif, c->visible, c->ip, verb, c->vif, c->ip,
			 c->visible);
	buf_addf(out, "%s element inet qvm downstream { %s }\n", verb, c->ip);
	buf_addf(out, "%s element inet qvm clients { %s : jump fw-%s }\n", verb, c->ip,
		 key);
	if (!c->ip6)
		return;
	buf_addf(out, "%s element inet qvm allowed6 { \"%s\" . %s . %s }\n", verb, c->vif,
		 c->mac, c->ip6);
	buf_addf(out, "%s element inet qvm downstream6 { %s }\n", verb, c->ip6);
	buf_addf(out, "%s element inet qvm clients6 { %s : jump fw-%s }\n", verb, c->ip6,
		 key);
}

void nft_device(struct buf *out, const struct nft_client *c)
{
	const char *vif = c->vif;

	buf_addf(out,
		 "add chain netdev qvm %s { type filter hook ingress device \"%s\" "
		 "priority filter; policy drop; }\n"
		 "flush chain netdev qvm %s\n"
		 "add rule netdev qvm %s ether saddr %s ether type { ip, ip6, arp } "
		 "accept\n"
		 "add rule netdev qvm %s counter\n",
		 vif, vif, vif, vif, c->mac, vif);
}

void nft_client_add(struct buf *out, const struct nft_client *c)
{
	nft_device(out, c);
	each_element(out, c, "add");
}

void nft_client_gone(struct buf *out, const struct nft_client *c,
		     const struct strv *chains)
{
	/* The device has taken its chain along, unless it is still there. */
	buf_addf(out, "add chain netdev qvm %s\ndelete chain netdev qvm %s\n", c->vif,
		 c->vif);
	each_element(out, c, "delete");
	nft_rules_gone(out, c->ip, chains);
}

/* After the device's own chain, which has seen the frame's MAC by then. */
#define FAST_HOOK "hook ingress priority filter + 10;"

void nft_fast(struct buf *out, const struct strv *devices)
{
	buf_add(out, "flush chain inet qvm pass\n"
		     "add flowtable inet qvm fast { " FAST_HOOK " devices = {");
	for (size_t i = 0; i < devices->n; i++)
		buf_addf(out, "%s \"%s\"", i ? "," : "", devices->v[i]);
	buf_add(out, " }; }\n"
		     "add rule inet qvm pass flow add @fast\n"
		     "add rule inet qvm pass accept\n");
}

void nft_slow(struct buf *out)
{
	buf_add(out, "flush chain inet qvm pass\n"
		     "add rule inet qvm pass accept\n"
		     "delete flowtable inet qvm fast\n");
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

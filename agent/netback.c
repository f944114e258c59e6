/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces of clients in a network domain. For each, in this order: its rules and who
 * it may be, in one transaction; the device's own settings; the link, until which the kernel
 * takes no frame from it; the way to it; and last the word to the client (hotplug-status),
 * which has no carrier before. Whatever fails leaves it closed.
 */
#include "agent/netback.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/alloc.h"

#define METRIC 32752 /* less the domain's number: the newest is taken */

int back_fd(const struct net *n)
{
	return n->back ? dns_fd(n->back->dns) : -1;
}

/* ---- one client ---- */

static void tell(struct net *n, const struct client *c, const char *node,
		 const char *value)
{
	cleanup_free char *path =
		xasprintf("backend/vif/%s/%s/%s", c->domid, c->devid, node);
	int r = net_write(n, path, value);

	if (r < 0 && r != -ENOENT)
		net_say("cannot write %s: %s", path, strerror(-r));
}

static void refuse(struct net *n, struct client *c, const char *why)
{
	net_say("%s stays closed: %s", c->vif, why);
	c->state = CLIENT_REFUSED;
	tell(n, c, "hotplug-error", why);
	tell(n, c, "hotplug-status", "error");
}

/* The address under which the client knows itself, where that is another. */
static const char *identify_visible(struct net *n, struct client *c)
{
	cleanup_free char *ip = net_read(n, "mapped-ip/%s/visible-ip", c->key);
	struct nl_ip parsed;

	c->visible[0] = '\0';
	if (!ip)
		return NULL;
	if (nl_ip_parse(ip, &parsed) < 0 || parsed.family != AF_INET)
		return "its visible address is none";
	snprintf(c->visible, sizeof(c->visible), "%s", ip);
	return NULL;
}

/* What dom0 says of it becomes part of the filter's text, and so is read closely. */
static const char *identify(struct net *n, struct client *c)
{
	cleanup_free char *mac = net_read(n, "backend/vif/%s/%s/mac", c->domid, c->devid);
	cleanup_free char *ips = net_read(n, "backend/vif/%s/%s/ip", c->domid, c->devid);
	cleanup_strv struct strv list = STRV_INIT;
	uint8_t bytes[6];

	if (!mac || !ips)
		return "it has no MAC or no address";
	if (net_mac_parse(mac, bytes) < 0)
		return "its MAC is none";
	memcpy(c->mac, mac, sizeof(c->mac));
	strv_split(&list, ips, " ");
	for (size_t i = 0; i < list.n; i++) {
		struct nl_ip ip;

		if (nl_ip_parse(list.v[i], &ip) < 0)
			return "its address is none";
		if (ip.family == AF_INET)
			snprintf(c->ip, sizeof(c->ip), "%s", list.v[i]);
		else
			snprintf(c->ip6, sizeof(c->ip6), "%s", list.v[i]);
	}
	fw_key(c->ip, c->key);
	return c->ip[0] ? identify_visible(n, c) : "it has no IPv4 address";
}

static bool address_taken(const struct back *b, const struct client *c)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct client *other = &b->clients[i];

		if (other != c && other->in_filter &&
		    (strcmp(other->ip, c->ip) == 0 ||
		     (c->ip6[0] && strcmp(other->ip6, c->ip6) == 0)))
			return true;
	}
	return false;
}

/* FIRST: who it may be as well, in the same transaction. */
static int put_rules(struct net *n, struct client *c, bool first)
{
	cleanup_strv struct strv chains = STRV_INIT;
	cleanup_buf struct buf text = BUF_INIT;
	struct nft_client nft;
	int r;

	rules_compile(c, n->back->dns, &text, &chains);
	client_as_nft(c, &nft);
	if (first)
		nft_client_add(&text, &nft);
	r = tables_change(n, &n->back->tables, &text);
	if (r < 0)
		return r;
	strv_dispose(&c->chains);
	c->chains = chains;
	chains = STRV_INIT;
	c->in_filter |= first;
	return 0;
}

/* The device is another than that which was guarded with the first rules. */
static int guard_device(struct client *c, unsigned link)
{
	cleanup_buf struct buf text = BUF_INIT;
	struct nft_client nft;
	int r;

	if (link == c->guarded)
		return 0;
	client_as_nft(c, &nft);
	nft_device(&text, &nft);
	r = net_nft(&text);
	if (r == 0)
		c->guarded = link;
	return r;
}

static int set_way(struct net *n, struct client *c, const char *own, const char *to_text)
{
	uint32_t metric = METRIC - (uint32_t)strtoul(c->domid, NULL, 10);
	struct nl_ip gateway, to;
	uint8_t mac[6];
	int r;

	if (!own || !to_text[0])
		return 0;
	if (nl_ip_parse(own, &gateway) < 0 || nl_ip_parse(to_text, &to) < 0 ||
	    net_mac_parse(c->mac, mac) < 0)
		return -EINVAL;
	r = nl_address_add(n->nl, c->link, &gateway,
			   gateway.family == AF_INET ? 32 : 128);
	if (r == 0)
		r = nl_link_set(n->nl, c->link, true);
	if (r == 0)
		r = nl_neighbour_set(n->nl, c->link, &to, mac);
	if (r == 0)
		r = nl_route_host(n->nl, c->link, &to, metric);
	return r;
}

static int set_device(struct net *n, struct client *c)
{
	cleanup_free char *own = net_read(n, "qubes-netvm-gateway");
	cleanup_free char *own6 = net_read(n, "qubes-netvm-gateway6");
	int r;

	net_sysctl("1", "ipv4/conf/%s/proxy_arp", c->vif);
	net_sysctl("1", "ipv4/conf/%s/rp_filter", c->vif);
	net_sysctl("0", "ipv4/conf/%s/send_redirects", c->vif);
	net_sysctl("0", "ipv4/conf/%s/accept_redirects", c->vif);
	net_sysctl(c->ip6[0] ? "0" : "1", "ipv6/conf/%s/disable_ipv6", c->vif);
	net_sysctl("0", "ipv6/conf/%s/accept_ra", c->vif);
	net_sysctl("1", "ipv6/conf/%s/proxy_ndp", c->vif);
	r = set_way(n, c, own, c->ip);
	return r < 0 ? r : set_way(n, c, own6, c->ip6);
}

static void bring_up(struct net *n, struct client *c)
{
	int r;

	c->link = if_nametoindex(c->vif);
	if (!c->link)
		return; /* the kernel will say when it is there */
	r = guard_device(c, c->link);
	if (r == 0)
		r = set_device(n, c);
	if (r < 0) {
		net_say("cannot set up %s: %s", c->vif, strerror(-r));
		net_look_in(n, NET_RETRY_MS);
		return;
	}
	c->state = CLIENT_UP;
	tell(n, c, "hotplug-status", "connected");
	net_say("%s is open for %s", c->vif, c->ip);
}

static void begin_client(struct net *n, struct client *c)
{
	const char *why = identify(n, c);

	if (why) {
		refuse(n, c, why);
		return;
	}
	if (address_taken(n->back, c)) {
		net_say("%s stays closed: another has its address %s", c->vif, c->ip);
		net_look_in(n, NET_RETRY_MS); /* until that one is gone */
		return;
	}
	(void)rules_load(n, c);
	if (!c->version) {
		net_look_in(n, NET_RETRY_MS); /* without rules it stays closed */
		return;
	}
	c->guarded = if_nametoindex(c->vif);
	if (!c->guarded)
		return; /* the kernel will say when it is there, and it is down then */
	if (put_rules(n, c, true) == 0) {
		c->state = CLIENT_RULES;
		return;
	}
	net_say("%s stays closed: its rules are not in place", c->vif);
	net_look_in(n, NET_RETRY_MS);
}

/* The device may have gone and come again, as when the guest loads its driver anew. */
static void check_device(struct client *c)
{
	if (c->state == CLIENT_UP && if_nametoindex(c->vif) != c->link)
		c->state = CLIENT_RULES;
}

/* Rules that could not be changed are no rules: closed, until they can. */
static void close_client(struct net *n, struct client *c)
{
	net_say("%s is closed: its rules cannot be changed", c->vif);
	if (c->link && nl_link_set(n->nl, c->link, false) < 0)
		net_say("%s cannot be closed", c->vif);
	free(c->version);
	c->version = NULL;
	c->state = CLIENT_RULES;
	net_look_in(n, NET_RETRY_MS);
}

static void update_client(struct net *n, struct client *c, bool hosts_changed)
{
	bool again;

	if (c->state == CLIENT_NEW)
		begin_client(n, c);
	if (!c->in_filter)
		return;
	again = rules_load(n, c) || rules_expired(c) ||
		(hosts_changed && rules_have_hosts(c));
	if (again && put_rules(n, c, false) < 0)
		close_client(n, c);
	check_device(c);
	if (c->state == CLIENT_RULES && c->version)
		bring_up(n, c);
	if (c->next_expiry)
		net_look_in(n, c->next_expiry > time(NULL)
				       ? (uint64_t)(c->next_expiry - time(NULL)) * 1000
				       : 0);
}

/* The tables are made anew, and whoever is still there is put into them again. */
static void start_over(struct net *n)
{
	struct back *b = n->back;

	tables_forget(&b->tables);
	for (size_t i = 0; i < b->n; i++) {
		b->clients[i].in_filter = false;
		b->clients[i].state = CLIENT_NEW;
		strv_dispose(&b->clients[i].chains);
		free(steal(b->clients[i].version));
	}
	net_look_in(n, 0);
}

static void end_client(struct net *n, struct client *c)
{
	cleanup_buf struct buf text = BUF_INIT;
	struct nft_client nft;

	if (c->in_filter) {
		client_as_nft(c, &nft);
		nft_client_gone(&text, &nft, &c->chains);
		net_say("%s is gone", c->vif);
		/* What is left of it could be used by who gets its place. */
		if (net_nft(&text) < 0)
			start_over(n);
	}
	client_dispose(c);
}

/* ---- all of them ---- */

static void drop_unseen(struct net *n)
{
	struct back *b = n->back;

	for (size_t i = 0; i < b->n;) {
		if (b->clients[i].seen) {
			i++;
			continue;
		}
		end_client(n, &b->clients[i]);
		memmove(&b->clients[i], &b->clients[i + 1],
			(b->n - i - 1) * sizeof(*b->clients));
		b->n--;
	}
}

void back_update(struct net *n)
{
	cleanup_free char *serves = net_read(n, "qubes-netvm-network");
	bool hosts_changed;
	struct back *b;

	if (!serves && !n->back)
		return;
	if (!n->back) {
		n->back = xcalloc(1, sizeof(*n->back));
		n->back->dns = dns_new();
	}
	b = n->back;
	if (!tables_update(n, &b->tables))
		return; /* tried again at the next look */
	clients_look(n, b);
	if (n->broken)
		return; /* nobody is taken for gone who may be there */
	drop_unseen(n);
	if (!b->tables.there)
		return; /* one could not be taken out */
	for (size_t i = 0; i < b->n; i++)
		rules_want_hosts(&b->clients[i], b->dns);
	hosts_changed = dns_work(b->dns, n);
	for (size_t i = 0; i < b->n; i++)
		update_client(n, &b->clients[i], hosts_changed);
	tables_hurry(n, &b->tables);
}

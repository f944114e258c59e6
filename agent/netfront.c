/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's own interface: address, gateway, name servers. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/net.h"
#include "lib/alloc.h"
#include "lib/file.h"

#define RESOLV "/etc/resolv.conf"
#define HEADER "# written by qvm-net\n"
#define RETRY_MS 1000

enum {
	F_MAC,
	F_IP,
	F_GATEWAY,
	F_DNS1,
	F_DNS2,
	F_IP6,
	F_GATEWAY6,
	F_NO_ROUTE,
	F_NO_DNS,
	F_COUNT
};

static const char *const nodes[F_COUNT] = {
	[F_MAC] = "qubes-mac",
	[F_IP] = "qubes-ip",
	[F_GATEWAY] = "qubes-gateway",
	[F_DNS1] = "qubes-primary-dns",
	[F_DNS2] = "qubes-secondary-dns",
	[F_IP6] = "qubes-ip6",
	[F_GATEWAY6] = "qubes-gateway6",
	[F_NO_ROUTE] = "qvm/service/disable-default-route",
	[F_NO_DNS] = "qvm/service/disable-dns-server",
};

/* What was done last; the next time only what is another. */
struct front {
	char *done;
};

static bool is_on(const char *value)
{
	return value && strcmp(value, "1") == 0;
}

static bool link_has_mac(const char *name, const char *mac)
{
	cleanup_free char *path = xasprintf("/sys/class/net/%s/address", name);
	cleanup_buf struct buf text = BUF_INIT;

	return file_read(path, 64, &text) == 0 &&
	       strncmp(buf_str(&text), mac, strlen(mac)) == 0;
}

/* The device is found by its MAC: its name is whatever the guest's rules make of it. */
static unsigned find_link(const char *mac, char name[static NET_NAME_MAX])
{
	DIR *dir = opendir("/sys/class/net");
	struct dirent *e;
	unsigned link = 0;

	while (dir && !link && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || strlen(e->d_name) >= NET_NAME_MAX ||
		    strncmp(e->d_name, "vif", 3) == 0 || !link_has_mac(e->d_name, mac))
			continue;
		memcpy(name, e->d_name, strlen(e->d_name) + 1);
		link = if_nametoindex(name);
	}
	if (dir)
		closedir(dir);
	return link;
}

/* One family: address, neighbour, the way to the gateway, and by it to all else. */
static int set_family(struct net *n, unsigned link, const char *ip_text,
		      const char *gateway_text, bool route)
{
	struct nl_ip ip, gateway;
	int r;

	if (!ip_text || !gateway_text)
		return 0;
	if (nl_ip_parse(ip_text, &ip) < 0 || nl_ip_parse(gateway_text, &gateway) < 0 ||
	    ip.family != gateway.family)
		return -EINVAL;
	r = nl_address_add(n->nl, link, &ip, ip.family == AF_INET ? 32 : 128);
	if (r == 0)
		r = nl_neighbour_set(n->nl, link, &gateway, net_gateway_mac);
	if (r == 0)
		r = nl_route_host(n->nl, link, &gateway, 0);
	if (r == 0 && route)
		r = nl_route_default(n->nl, link, &gateway);
	return r;
}

static int set_resolver(char *const v[F_COUNT])
{
	cleanup_buf struct buf text = BUF_INIT;
	struct stat st;

	if (is_on(v[F_NO_DNS]) || !v[F_DNS1])
		return 0;
	buf_add(&text, HEADER);
	buf_addf(&text, "nameserver %s\n", v[F_DNS1]);
	if (v[F_DNS2])
		buf_addf(&text, "nameserver %s\n", v[F_DNS2]);
	/* A link leads to what a service of the guest writes over and over. */
	if (lstat(RESOLV, &st) == 0 && S_ISLNK(st.st_mode) && unlink(RESOLV) < 0)
		return -errno;
	return file_replace(RESOLV, text.data, text.len, 0644, 0);
}

static int set_up(struct net *n, char *const v[F_COUNT], unsigned link, const char *name)
{
	bool route = !is_on(v[F_NO_ROUTE]);
	int r;

	net_sysctl(v[F_IP6] ? "0" : "1", "ipv6/conf/%s/disable_ipv6", name);
	net_sysctl("0", "ipv6/conf/%s/accept_ra", name);
	r = nl_link_set(n->nl, link, true);
	if (r == 0)
		r = set_family(n, link, v[F_IP], v[F_GATEWAY], route);
	if (r == 0)
		r = set_family(n, link, v[F_IP6], v[F_GATEWAY6], route);
	return r < 0 ? r : set_resolver(v);
}

/* Everything that a set-up depends on, as one text. */
static char *signature(char *const v[F_COUNT], unsigned link)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "%u", link);
	for (int i = 0; i < F_COUNT; i++)
		buf_addf(&text, "|%s", v[i] ? v[i] : "");
	return buf_steal(&text);
}

static void update(struct net *n, char *const v[F_COUNT])
{
	char name[NET_NAME_MAX] = "";
	uint8_t mac[6];
	unsigned link;
	char *now;
	int r;

	if (!v[F_MAC] || net_mac_parse(v[F_MAC], mac) < 0)
		return;
	link = find_link(v[F_MAC], name);
	now = signature(v, link);
	if (!link || (n->front->done && strcmp(now, n->front->done) == 0)) {
		free(now);
		return;
	}
	free(n->front->done);
	n->front->done = NULL;
	r = set_up(n, v, link, name);
	if (r == 0) {
		n->front->done = now;
		net_say("%s is %s, by %s", name, v[F_IP] ? v[F_IP] : "without address",
			v[F_GATEWAY] ? v[F_GATEWAY] : "nobody");
		return;
	}
	free(now);
	net_say("cannot set up %s: %s", name, strerror(-r));
	net_look_in(n, RETRY_MS);
}

void front_update(struct net *n)
{
	char *v[F_COUNT];

	if (!n->front)
		n->front = xcalloc(1, sizeof(*n->front));
	for (int i = 0; i < F_COUNT; i++)
		v[i] = net_read(n, "%s", nodes[i]);
	update(n, v);
	for (int i = 0; i < F_COUNT; i++)
		free(v[i]);
}

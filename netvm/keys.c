/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netvm/keys.h"

#include <stdio.h>
#include <string.h>

#include "core/prop.h"
#include "lib/alloc.h"
#include "netvm/nft.h"
#include "netvm/store.h"

void net_keys_dispose(struct net_keys *k)
{
	free(k->v);
	strv_dispose(&k->strings);
	*k = (struct net_keys)NET_KEYS_INIT;
}

/* Both texts are taken. */
static void add(struct net_keys *k, char *name, char *value)
{
	struct hv_key *key = &array_grow(k->v, k->n);

	k->n++;
	strv_take(&k->strings, name);
	if (value)
		strv_take(&k->strings, value);
	*key = (struct hv_key){.name = name, .value = value};
}

const struct vm *net_server(const struct world *w, const struct vm *vm)
{
	return prop_applies(PROP_NETVM, vm) ? prop_vm(w, vm, PROP_NETVM) : NULL;
}

/* ---- a domain's own ---- */

static const struct {
	const char *name;
	enum prop_id prop;
	const char *text; /* in place of a property */
} client_keys[] =
	{
		{"qubes-mac", PROP_MAC, NULL},
		{"qubes-ip", PROP_VISIBLE_IP, NULL},
		{"qubes-netmask", PROP_VISIBLE_NETMASK, NULL},
		{"qubes-gateway", PROP_VISIBLE_GATEWAY, NULL},
		{"qubes-primary-dns", PROP_NONE, NFT_DNS_1},
		{"qubes-secondary-dns", PROP_NONE, NFT_DNS_2},
		{"qubes-ip6", PROP_VISIBLE_IP6, NULL},
		{"qubes-gateway6", PROP_VISIBLE_GATEWAY6, NULL},
},
  server_keys[] = {
	  {"qubes-netvm-network", PROP_VISIBLE_IP, NULL},
	  {"qubes-netvm-gateway", PROP_VISIBLE_IP, NULL},
	  {"qubes-netvm-netmask", PROP_NONE, "255.255.255.255"},
	  {"qubes-netvm-gateway6", PROP_VISIBLE_IP6, NULL},
	  {"qubes-netvm-primary-dns", PROP_NONE, NFT_DNS_1},
	  {"qubes-netvm-secondary-dns", PROP_NONE, NFT_DNS_2},
};

/* Qubes's word for the part that a domain plays. */
static const char *vm_type(const struct world *w, const struct vm *vm)
{
	if (vm->klass == CLASS_TEMPLATE)
		return "TemplateVM";
	if (!prop_bool(w, vm, PROP_PROVIDES_NETWORK))
		return "AppVM";
	return net_server(w, vm) ? "ProxyVM" : "NetVM";
}

static char *value_of(const struct world *w, const struct vm *vm, enum prop_id id,
		      const char *text)
{
	struct prop_value value = {.text = text};

	if (id != PROP_NONE)
		prop_get(w, vm, id, &value);
	return value.text && *value.text ? xstrdup(value.text) : NULL;
}

void net_keys_own(const struct world *w, const struct vm *vm, struct net_keys *ret)
{
	bool client = net_server(w, vm);
	bool server = prop_bool(w, vm, PROP_PROVIDES_NETWORK);

	add(ret, xstrdup("qubes-vm-type"), xstrdup(vm_type(w, vm)));
	for (size_t i = 0; i < array_len(client_keys); i++)
		add(ret, xstrdup(client_keys[i].name),
		    client ? value_of(w, vm, client_keys[i].prop, client_keys[i].text)
			   : NULL);
	for (size_t i = 0; i < array_len(server_keys); i++)
		add(ret, xstrdup(server_keys[i].name),
		    server ? value_of(w, vm, server_keys[i].prop, server_keys[i].text)
			   : NULL);
}

/* ---- rules ---- */

static char *client_path(const struct world *w, const struct vm *client, const char *dir)
{
	char key[FW_KEY_MAX];
	struct prop_value ip;

	prop_get(w, client, PROP_IP, &ip);
	fw_key(ip.text, key);
	return xasprintf("%s/%s", dir, key);
}

/* The old one goes in any case: a domain's number can have been another's. */
static void add_mapped(const struct world *w, const struct vm *client,
		       struct net_keys *ret)
{
	cleanup_free char *path = client_path(w, client, "mapped-ip");
	struct prop_value ip, visible;

	prop_get(w, client, PROP_IP, &ip);
	prop_get(w, client, PROP_VISIBLE_IP, &visible);
	add(ret, xstrdup(path), NULL);
	if (strcmp(ip.text, visible.text) != 0)
		add(ret, xasprintf("%s/visible-ip", path), xstrdup(visible.text));
}

/* As many to a node as it takes: each is a request to xenstore, there and here. */
static void add_rules(struct net_keys *ret, const char *path, const struct fw_list *list)
{
	struct buf node = BUF_INIT;
	size_t number = 0;

	for (size_t i = 0; i < list->n; i++) {
		cleanup_buf struct buf rule = BUF_INIT;

		fw_rule_format(&list->v[i], true, &rule);
		if (node.len && node.len + 1 + rule.len > NET_RULES_NODE)
			add(ret, xasprintf("%s/%04zu", path, number++), buf_steal(&node));
		buf_addf(&node, "%s%s", node.len ? "\n" : "", buf_str(&rule));
	}
	if (node.len)
		add(ret, xasprintf("%s/%04zu", path, number), buf_steal(&node));
}

void net_keys_firewall(const struct world *w, const struct vm *client, uint64_t version,
		       struct net_keys *ret)
{
	cleanup_free char *path = client_path(w, client, "qubes-firewall");
	cleanup_fw_list struct fw_list list = FW_LIST_INIT;

	fw_list_load(client, &list);
	add_mapped(w, client, ret);
	add(ret, xstrdup(path), NULL);
	add(ret, xasprintf("%s/policy", path), xstrdup("drop"));
	add_rules(ret, path, &list);
	add(ret, steal(path), xasprintf("%llu", (unsigned long long)version));
	/* One node to watch, in place of each rule. */
	add(ret, xstrdup("qubes-firewall-version"),
	    xasprintf("%llu", (unsigned long long)version));
}

void net_keys_firewall_gone(const struct world *w, const struct vm *client,
			    struct net_keys *ret)
{
	add(ret, client_path(w, client, "qubes-firewall"), NULL);
	add(ret, client_path(w, client, "mapped-ip"), NULL);
}

/* ---- ports led in ---- */

/* The neighbour of HOP on the way to VM, which may be VM itself; NULL: not behind it. */
static const struct vm *next_hop(const struct world *w, const struct vm *vm,
				 const struct vm *hop)
{
	for (size_t hops = 0; vm && hops <= w->vm_count; hops++) {
		const struct vm *server = net_server(w, vm);

		if (server && server->id == hop->id)
			return vm;
		vm = server;
	}
	return NULL;
}

static void add_forwards(const struct world *w, const struct vm *vm, const struct vm *hop,
			 size_t *number, struct net_keys *ret)
{
	const struct vm *next = next_hop(w, vm, hop);
	cleanup_strv struct strv lines = STRV_INIT;
	struct prop_value ip;

	if (!next || !vm->forwards)
		return;
	prop_get(w, next, PROP_IP, &ip);
	strv_split(&lines, vm->forwards, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		struct buf text = BUF_INIT;
		struct fw_forward f;
		const char *why;

		if (fw_forward_parse(lines.v[i], &f, &why) < 0)
			continue; /* it was checked before it was stored */
		/* The port changes, and the sender is looked at, where it comes in. */
		if (next->id != vm->id)
			f.to = f.port;
		if (net_server(w, hop))
			f.from[0] = '\0';
		fw_forward_format(&f, &text);
		add(ret, xasprintf("qubes-forward/%04zu", (*number)++),
		    xasprintf("%s %s", ip.text, buf_str(&text)));
		buf_dispose(&text);
	}
}

void net_keys_forward(const struct world *w, const struct vm *hop, struct net_keys *ret)
{
	size_t number = 0;

	add(ret, xstrdup("qubes-forward"), NULL);
	add(ret, xstrdup("qubes-forward"), xstrdup(""));
	for (size_t i = 0; i < w->vm_count; i++)
		add_forwards(w, &w->vms[i], hop, &number, ret);
}

/* ---- the interface ---- */

static void mac_parse(const char *text, uint8_t ret[static 6])
{
	unsigned b[6] = {0};

	/* The property was checked. */
	(void)sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3], &b[4],
		     &b[5]);
	for (int i = 0; i < 6; i++)
		ret[i] = (uint8_t)b[i];
}

void net_nic(const struct world *w, const struct vm *vm, uint32_t backend,
	     char ip[static NET_IP_TEXT], struct hv_nic *ret)
{
	struct prop_value mac, ip4, ip6;

	prop_get(w, vm, PROP_MAC, &mac);
	prop_get(w, vm, PROP_IP, &ip4);
	prop_get(w, vm, PROP_IP6, &ip6);
	snprintf(ip, NET_IP_TEXT, "%s%s%s", ip4.text ? ip4.text : "", ip6.text ? " " : "",
		 ip6.text ? ip6.text : "");
	*ret = (struct hv_nic){.devid = backend, .backend_domid = backend, .ip = ip};
	mac_parse(mac.text, ret->mac);
}

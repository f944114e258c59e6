/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Properties of the network: addresses from numbers, and which others may be set. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/prop_rules.h"

#define NUMBERED_MAC "00:16:3e:5e:"

static void own_text(struct prop_value *ret)
{
	ret->text = ret->own[0] ? ret->own : NULL;
}

/* Number N as the last two bytes of an address; neither is ever 0 or 255 above 254. */
static void address_bytes(long long n, int *high, int *low)
{
	*high = n < 255 ? 0 : (int)((n - 1) / 254);
	*low = n < 255 ? (int)n : (int)((n - 1) % 254) + 1;
}

void compute_ip(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	bool disposable = vm->klass == CLASS_DISP && vm->props[PROP_DISPID].set;
	int high, low;

	address_bytes(disposable ? prop_int(w, vm, PROP_DISPID) : vm->id, &high, &low);
	snprintf(ret->own, sizeof(ret->own), "10.%d.%d.%d", disposable ? 138 : 137, high,
		 low);
	own_text(ret);
}

/* Does the feature ipv6 reach VM through its chain of network domains? */
static bool has_ipv6(const struct world *w, const struct vm *vm)
{
	for (size_t hops = 0; vm && hops <= w->vm_count; hops++) {
		const char *value = vm_feature(vm, "ipv6");

		if (value)
			return *value && strcmp(value, "0") != 0;
		vm = prop_vm(w, vm, PROP_NETVM);
	}
	return false;
}

void compute_ip6(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	bool disposable = vm->klass == CLASS_DISP && vm->props[PROP_DISPID].set;

	if (has_ipv6(w, vm))
		snprintf(ret->own, sizeof(ret->own), "fd09:24ef:4179::%s:%llx",
			 disposable ? "a8a" : "a89",
			 disposable ? (unsigned long long)prop_int(w, vm, PROP_DISPID)
				    : (unsigned long long)vm->id);
	own_text(ret);
}

/*
 * Qubes gives all domains one address, which breaks two uplinks of one domain; here the
 * number is in it, inside Xen's own prefix.
 */
void compute_mac(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	(void)w;
	snprintf(ret->own, sizeof(ret->own), NUMBERED_MAC "%02x:%02x",
		 (unsigned)(vm->id >> 8) & 0xff, (unsigned)vm->id & 0xff);
	own_text(ret);
}

static void of_netvm(const struct world *w, const struct vm *vm, enum prop_id id,
		     struct prop_value *ret)
{
	const struct vm *netvm = prop_vm(w, vm, PROP_NETVM);

	if (netvm)
		prop_get(w, netvm, id, ret);
}

static void or_feature(const struct vm *vm, const char *feature, struct prop_value *ret)
{
	const char *value = vm_feature(vm, feature);

	if (value && *value)
		ret->text = value;
}

void compute_visible_ip(const struct world *w, const struct vm *vm,
			struct prop_value *ret)
{
	prop_get(w, vm, PROP_IP, ret);
	or_feature(vm, "net.fake-ip", ret);
}

void compute_visible_ip6(const struct world *w, const struct vm *vm,
			 struct prop_value *ret)
{
	prop_get(w, vm, PROP_IP6, ret);
}

void compute_visible_gateway(const struct world *w, const struct vm *vm,
			     struct prop_value *ret)
{
	of_netvm(w, vm, PROP_VISIBLE_IP, ret);
	or_feature(vm, "net.fake-gateway", ret);
}

void compute_visible_gateway6(const struct world *w, const struct vm *vm,
			      struct prop_value *ret)
{
	of_netvm(w, vm, PROP_VISIBLE_IP6, ret);
}

void compute_visible_netmask(const struct world *w, const struct vm *vm,
			     struct prop_value *ret)
{
	(void)w;
	ret->text = "255.255.255.255";
	or_feature(vm, "net.fake-netmask", ret);
}

/* What a network domain offers its clients: its own address. */
void compute_gateway(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	if (prop_bool(w, vm, PROP_PROVIDES_NETWORK))
		prop_get(w, vm, PROP_VISIBLE_IP, ret);
}

void compute_gateway6(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	if (prop_bool(w, vm, PROP_PROVIDES_NETWORK))
		prop_get(w, vm, PROP_VISIBLE_IP6, ret);
}

void compute_dns(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	if (prop_vm(w, vm, PROP_NETVM))
		ret->text = "10.139.1.1 10.139.1.2";
}

/* One IPv6 address has many texts. */
static bool is_same(enum prop_id id, const char *a, const char *b)
{
	uint8_t x[16], y[16];

	if (id == PROP_IP6 && inet_pton(AF_INET6, a, x) == 1 &&
	    inet_pton(AF_INET6, b, y) == 1)
		return memcmp(x, y, sizeof(x)) == 0;
	return strcasecmp(a, b) == 0;
}

/* No two domains have one address, whether set or computed. */
static int check_distinct(const struct world *w, const struct vm *vm, enum prop_id id,
			  const char *text, struct qvm_err *err)
{
	for (size_t i = 0; text && i < w->vm_count; i++) {
		const struct vm *other = &w->vms[i];
		struct prop_value value;

		if (!prop_applies(id, other) || strcmp(other->name, vm->name) == 0)
			continue;
		prop_get(w, other, id, &value);
		if (value.text && is_same(id, value.text, text))
			return err_set(err, QVM_E_VALUE,
				       "bad value '%s' for property '%s': '%s' has it",
				       text, prop_defs[id].name, other->name);
	}
	return 0;
}

/* ---- which may be set ---- */

static int bad_address(enum prop_id id, const char *text, const char *why,
		       struct qvm_err *err)
{
	return err_set(err, QVM_E_VALUE, "bad value '%s' for property '%s': %s", text,
		       prop_defs[id].name, why);
}

/*
 * What is computed from numbers stays with them: a domain made later has it too. COMPUTED
 * is that of the domain itself.
 */
static int check_address(const struct world *w, const struct vm *vm, enum prop_id id,
			 const char *text, bool kept, prop_compute_fn *computed,
			 struct qvm_err *err)
{
	struct prop_value own = {0};
	int r = check_distinct(w, vm, id, text, err);

	if (r < 0 || !kept)
		return r;
	computed(w, vm, &own);
	if (own.text && is_same(id, own.text, text))
		return 0;
	return bad_address(id, text, "it is kept for the domain of that number", err);
}

/* Nobody's own: this network, loopback, link-local, groups, and the known name servers. */
static bool is_special(const uint8_t ip[4])
{
	return ip[0] == 0 || ip[0] == 127 || ip[0] >= 224 ||
	       (ip[0] == 169 && ip[1] == 254) ||
	       (ip[0] == 10 && ip[1] == 139 && ip[2] == 1 && ip[3] <= 2);
}

int check_ip(const struct world *w, const struct vm *vm, const char *text,
	     const struct vm *target, struct qvm_err *err)
{
	uint8_t ip[4];
	bool kept;

	(void)target;
	if (!text || inet_pton(AF_INET, text, ip) != 1)
		return 0;
	if (is_special(ip))
		return bad_address(PROP_IP, text, "no domain can have it", err);
	kept = ip[0] == 10 && (ip[1] == 137 || ip[1] == 138);
	return check_address(w, vm, PROP_IP, text, kept, compute_ip, err);
}

int check_ip6(const struct world *w, const struct vm *vm, const char *text,
	      const struct vm *target, struct qvm_err *err)
{
	static const uint8_t none[15],
		numbered[13] = {0xfd, 0x09, 0x24, 0xef, 0x41, 0x79, 0,
				0,    0,    0,	  0,	0,    0x0a};
	uint8_t ip[16];
	bool kept;

	(void)target;
	if (!text || inet_pton(AF_INET6, text, ip) != 1)
		return 0;
	/* Groups, link-local, "::" and "::1". */
	if (ip[0] == 0xff || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80) ||
	    (memcmp(ip, none, sizeof(none)) == 0 && ip[15] <= 1))
		return bad_address(PROP_IP6, text, "no domain can have it", err);
	kept = memcmp(ip, numbered, sizeof(numbered)) == 0;
	return check_address(w, vm, PROP_IP6, text, kept, compute_ip6, err);
}

int check_mac(const struct world *w, const struct vm *vm, const char *text,
	      const struct vm *target, struct qvm_err *err)
{
	(void)target;
	if (!text)
		return 0;
	if (strcasecmp(text, "fe:ff:ff:ff:ff:ff") == 0)
		return bad_address(PROP_MAC, text, "it is that of all network domains",
				   err);
	return check_address(w, vm, PROP_MAC, text,
			     strncasecmp(text, NUMBERED_MAC, strlen(NUMBERED_MAC)) == 0,
			     compute_mac, err);
}

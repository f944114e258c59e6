/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What xenstore tells domains of their network, below their own paths and read-only for
 * them. The names are those that Qubes gives its keys (there in qubesdb, beginning with a
 * slash, and with dots in addresses, which xenstore does not take):
 *
 *	qubes-mac, qubes-ip, qubes-netmask, qubes-gateway, qubes-primary-dns,
 *	qubes-secondary-dns, qubes-ip6, qubes-gateway6		a client
 *	qubes-netvm-network, ...				who serves others
 *	qubes-firewall/IP/policy, qubes-firewall/IP/NNNN	a client's rules, in its netvm:
 *								lines, several to a node
 *	qubes-firewall/IP					written with them: their version
 *	qubes-firewall-version					of the newest of all of them
 *	mapped-ip/IP/visible-ip					under which a client knows itself,
 *								where that is another
 *	qubes-forward/NNNN					"IP RULE": ports led in through it
 */
#ifndef QVM_NETVM_KEYS_H
#define QVM_NETVM_KEYS_H

#include "core/hv.h"
#include "core/vm.h"
#include "lib/strv.h"

#define NET_RULES_NODE 1000 /* bytes of rules in a node, at most */

/* A value of NULL: the node goes, with all below it. */
struct net_keys {
	struct hv_key *v;
	size_t n;
	struct strv strings;
};

#define NET_KEYS_INIT                                                                    \
	{                                                                                \
		0                                                                        \
	}

void net_keys_dispose(struct net_keys *k);
#define cleanup_net_keys cleanup(net_keys_dispose)

/* The domain's own network, all keys of it; NULL for those that it has not. */
void net_keys_own(const struct world *w, const struct vm *vm, struct net_keys *ret);

/* The rules of CLIENT as its network domain is told them, under VERSION. */
void net_keys_firewall(const struct world *w, const struct vm *client, uint64_t version,
		       struct net_keys *ret);
/* Takes them away. */
void net_keys_firewall_gone(const struct world *w, const struct vm *client,
			    struct net_keys *ret);

/* The ports that are led in through HOP, for all domains behind it. */
void net_keys_forward(const struct world *w, const struct vm *hop, struct net_keys *ret);

/* The domain that serves VM, or NULL. */
const struct vm *net_server(const struct world *w, const struct vm *vm);

/*
 * The interface of VM to BACKEND, a domain's number. IP keeps the text it points to. The
 * device has the backend's number: one to another backend is never taken for the old one.
 */
#define NET_IP_TEXT 80
void net_nic(const struct world *w, const struct vm *vm, uint32_t backend,
	     char ip[static NET_IP_TEXT], struct hv_nic *ret);

#endif

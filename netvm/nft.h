/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a network domain's packet filter is made of, as text for nft. Pure. Each text is one
 * transaction: all of it, or nothing.
 *
 *	nft_base	the tables, before anything is forwarded
 *	nft_client	one client: who it may be, and its rules; again whenever they change
 *	nft_client_gone
 *
 * A connection is judged when it begins and whenever the rules have changed since: an
 * accepted one carries the MARK of the rules that accepted it, and only those that carry
 * the present one pass without a look at the rules. One that is denied is marked 0, which
 * stops what still comes in for it.
 *
 * The rules of a client are in chains of some dozens each, which are named by what is in
 * them, and a chain that jumps to these in turn. A change makes and takes away the chains
 * that differ; its cost does not grow with the number of rules.
 */
#ifndef QVM_NETVM_NFT_H
#define QVM_NETVM_NFT_H

#include <stddef.h>

#include "lib/strv.h"
#include "netvm/rule.h"

#define NFT_DNS_1 "10.139.1.1"
#define NFT_DNS_2 "10.139.1.2"

/* UPSTREAM: IPv4 name servers of the network domain, up to two; NULL: none. */
void nft_base(struct buf *out, const char *const upstream[2]);

/* The redirection of name servers alone, after they have changed. */
void nft_dns(struct buf *out, const char *const upstream[2]);

/* What the name of a rule stands for; texts with blanks between, "" for nothing. */
struct nft_host {
	const char *ip4, *ip6;
};

struct nft_client {
	const char *vif; /* "vif7.2" */
	const char *mac; /* "00:16:3e:5e:00:07" */
	const char *ip;
	const char *ip6; /* or NULL */
	const char *
		visible; /* the IPv4 address that it believes to have, or NULL: that one */
	uint32_t mark;	 /* not 0 */
	const struct fw_rule *rules;
	const struct nft_host *hosts; /* one for each rule, or NULL: none is resolved */
	size_t n;
	int64_t now; /* what has expired is left out */
};

/*
 * The client's rules, whether it has an interface or not. HAD are its chains until now (no
 * strings: it had none); RET, which is empty, becomes those that it has afterwards.
 */
void nft_rules(struct buf *out, const struct nft_client *c, const struct strv *had,
	       struct strv *ret);
void nft_rules_gone(struct buf *out, const char *ip, const struct strv *chains);

/* What no IP stack should see ends at the device: another's MAC, tags, what is not IP. */
void nft_device(struct buf *out, const struct nft_client *c);
/* Makes the interface, which is there, the client's, and opens the way to its rules. */
void nft_client_add(struct buf *out, const struct nft_client *c);
/* Takes away what nft_rules and nft_client_add have made. */
void nft_client_gone(struct buf *out, const struct nft_client *c,
		     const struct strv *chains);

/*
 * The short way (a flowtable of the kernel's): of a connection that has been accepted, the
 * packets that come in by DEVICES, which must be there, are passed on before routing,
 * connection tracking and rules. A change of rules goes together with nft_slow, which sends
 * all connections through the rules again; a client that believes to have another address
 * never leaves them.
 */
void nft_fast(struct buf *out, const struct strv *devices);
void nft_slow(struct buf *out);

/* All ports led in, in place of those before. */
struct nft_forward {
	struct fw_forward port;
	const char *ip; /* the next hop, or the domain itself */
};
void nft_forwards(struct buf *out, const struct nft_forward *f, size_t n);

#endif

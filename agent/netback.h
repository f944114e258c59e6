/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interfaces of clients, within the agent. */
#ifndef QVM_AGENT_NETBACK_H
#define QVM_AGENT_NETBACK_H

#include "agent/net.h"
#include "netvm/nft.h"

enum client_state {
	CLIENT_NEW,	/* seen in xenstore */
	CLIENT_RULES,	/* its rules are in place, its device is not there yet */
	CLIENT_UP,	/* told so */
	CLIENT_REFUSED, /* what xenstore says of it cannot be; it stays down */
};

struct client {
	char domid[12], devid[12]; /* as the folders are called */
	char vif[NET_NAME_MAX];
	char mac[18], ip[16], ip6[46]; /* "" for none */
	char visible[16];     /* the address that it believes to have; "": that one */
	char key[FW_KEY_MAX]; /* the IPv4 address in xenstore */
	enum client_state state;
	unsigned link;	  /* the device that was set up */
	unsigned guarded; /* that which lets nothing but IP in */
	bool in_filter, seen;
	uint32_t mark;
	char *version; /* of its rules; NULL: none are loaded */
	struct fw_rule *rules;
	size_t rule_count;
	struct strv chains;  /* of its rules, in the filter */
	int64_t next_expiry; /* 0: none */
};

/* ---- nettables.c ---- */

#define NET_RETRY_MS 1000 /* what went wrong may be right then */

/* The filter's own chains, the way to name servers, ports led in, the short way. */
struct tables {
	bool there;
	struct dns_servers upstream;
	char *forwards;	   /* as they were last put in place */
	char *fast;	   /* the devices that have the short way; NULL: none has */
	uint64_t fast_due; /* when it may be made, where it is not there */
	bool no_fast;	   /* the kernel has none */
};

/* Follows name servers and ports; makes all of it first where it is not there. */
bool tables_update(struct net *n, struct tables *t) must_check;
/* One transaction, after which every connection is judged again: the short way is closed. */
int tables_change(struct net *n, struct tables *t, struct buf *text) must_check;
/* Opens the short way, once nothing has changed for a moment. */
void tables_hurry(struct net *n, struct tables *t);
/* They are made anew at the next update. */
void tables_forget(struct tables *t);

struct back {
	struct tables tables;
	struct client *clients;
	size_t n;
	struct dns *dns;
};

/* ---- netclients.c ---- */

/* Marks those that are there as seen; new ones come to the list. */
void clients_look(struct net *n, struct back *b);

/* ---- netback.c ---- */

/* For poll: answers of name servers; -1 for none. */
int back_fd(const struct net *n);

/* ---- netrules.c ---- */

/* Rules from xenstore, where they are others than before; true: they are. */
bool rules_load(struct net *n, struct client *c);
/* Has one of them expired by now? Then they have to be put in place again. */
bool rules_expired(const struct client *c);
/* The text that puts them in place, under a new mark; CHAINS are its chains then. */
void rules_compile(struct client *c, const struct dns *dns, struct buf *out,
		   struct strv *chains);
void rules_want_hosts(const struct client *c, struct dns *dns);
bool rules_have_hosts(const struct client *c);
void client_as_nft(const struct client *c, struct nft_client *ret);
void client_dispose(struct client *c);

#endif

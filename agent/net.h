/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-net: the network of a guest. As a client it sets up its interface by what xenstore
 * says (netvm/keys.h); where it serves others it does what is to be done for each interface
 * of theirs, and keeps their rules.
 *
 * One process, one loop. Each part has a function that compares what should be with what it
 * has done, and is called whenever something may have changed.
 */
#ifndef QVM_AGENT_NET_H
#define QVM_AGENT_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/netlink.h"
#include "lib/buf.h"
#include "lib/macro.h"
#include "lib/strv.h"

struct xs_handle;

#define NET_TEXT_MAX 1024 /* of a value in xenstore */
#define NET_NAME_MAX 32	  /* of a device */

/* The MAC of all backends; no ARP is needed for it. */
extern const uint8_t net_gateway_mac[6];

struct net {
	struct xs_handle *xs;
	int watch; /* of xenstore */
	int nl, events;
	struct front *front;
	struct back *back;
	bool broken;  /* xenstore did not answer: what is not found may be there */
	uint64_t due; /* ms: look again then, at the latest; each part lowers it */
};

/* A node below our own path, freed by the caller; NULL when there is none. */
char *net_read(struct net *n, const char *fmt, ...) printf_like(2, 3) must_check;
/* The names below a node; none when there is no such node. */
void net_list(struct net *n, const char *path, struct strv *ret);
int net_write(struct net *n, const char *path, const char *value) must_check;

/* "00:16:3e:5e:00:07"; 0 or -EINVAL. */
int net_mac_parse(const char *text, uint8_t ret[6]) must_check;

/* /proc/sys/net/FORMAT = VALUE. What does not exist is not there to be set. */
void net_sysctl(const char *value, const char *fmt, ...) printf_like(2, 3);

/* One line for who reads the console. */
void net_say(const char *fmt, ...) printf_like(1, 2);

/* Programs are found, where who started this one has not said how. */
void net_path(void);

/* The text as one transaction of nft; 0 or a negative errno, with the reason said. */
int net_nft(const struct buf *text) must_check;

/* Lowers net.due to so many ms from now. */
void net_look_in(struct net *n, uint64_t ms);

/* ---- netwatch.c ---- */

/* A descriptor that is readable when one of these nodes may have changed. */
int net_watch(const char *const *paths, size_t n) must_check;
int net_watch_drain(int fd) must_check;

/* ---- netfront.c ---- */
void front_update(struct net *n);

/* ---- netback.c ---- */
void back_update(struct net *n);

/* ---- netdns.c ---- */

/* Up to two IPv4 name servers that this guest asks; "" for none. */
struct dns_servers {
	char ip[2][16];
};
void dns_servers(struct dns_servers *ret);

/*
 * Addresses of the hosts that rules name, asked for in the background.
 *
 *	dns_want	for each name in use, each round
 *	dns_work	sends, takes answers, forgets what nobody wants; true: something is
 *			another than before
 *	dns_find
 */
struct dns;
struct dns *dns_new(void) must_check;
void dns_want(struct dns *d, const char *name);
bool dns_work(struct dns *d, struct net *n);
/* Texts with blanks between, NULL for none; valid until dns_work. */
void dns_find(const struct dns *d, const char *name, const char **ret_ip4,
	      const char **ret_ip6);
int dns_fd(const struct dns *d);

/* The wire, for tests. A query is at most DNS_QUERY_MAX bytes; 0: the name has no form. */
#define DNS_QUERY_MAX 300
enum { DNS_A = 1, DNS_AAAA = 28 };
size_t dns_query(uint8_t buf[static DNS_QUERY_MAX], uint16_t id, const char *name,
		 uint16_t type);
/*
 * The addresses in an answer to that query, into RET with blanks between. 0, -EINVAL for
 * what is no answer to it, or -ENOENT when the name has none. RET_TTL: the seconds that all
 * of it holds.
 */
int dns_answer(const uint8_t *untrusted_answer, size_t len, const uint8_t *query,
	       size_t query_len, struct buf *ret, uint32_t *ret_ttl) must_check;

#endif

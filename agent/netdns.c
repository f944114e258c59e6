/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking for the addresses of hosts that rules name, without waiting: a query is sent, and
 * its answer taken when it comes. A name that nobody answers for is asked again later, and
 * until then its rule is not there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "agent/net.h"
#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "netvm/rule.h"

#define AGAIN_MS 2000 /* a query that was lost */
#define TRIES 3
#define FAILED_MS 30000 /* a name that nobody answers for */
#define KNOWN_MIN_S 10 /* one that is known may have moved when its answer is this old: */
#define KNOWN_MAX_S 300
#define HOSTS_MAX 1024
#define ADDRESSES_MAX 64 /* of one name */

enum { HEADER = 12, POINTER = 0xc0 };

/* ---- the wire ---- */

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

size_t dns_query(uint8_t buf[static DNS_QUERY_MAX], uint16_t id, const char *name,
		 uint16_t type)
{
	size_t at = HEADER;

	memset(buf, 0, HEADER);
	put16(buf, id);
	buf[2] = 1; /* recursion is wanted */
	put16(buf + 4, 1);
	while (*name) {
		size_t len = strcspn(name, ".");

		if (!len || len > 63 || at + len + 6 > DNS_QUERY_MAX)
			return 0;
		buf[at++] = (uint8_t)len;
		memcpy(buf + at, name, len);
		at += len;
		name += len + (name[len] == '.');
	}
	buf[at++] = 0;
	put16(buf + at, type);
	put16(buf + at + 2, 1);
	return at + 4;
}

/* Behind the name at AT; 0 when it runs out of the message. */
static size_t skip_name(const uint8_t *m, size_t len, size_t at)
{
	while (at < len) {
		if ((m[at] & POINTER) == POINTER)
			return at + 2 <= len ? at + 2 : 0;
		if (m[at] & POINTER)
			return 0;
		if (!m[at])
			return at + 1;
		at += (size_t)m[at] + 1;
	}
	return 0;
}

/* One record: adds its address where it is of TYPE; behind it, or 0. */
static size_t take_record(const uint8_t *m, size_t len, size_t at, uint16_t type,
			  struct buf *ret, size_t *count, uint32_t *ttl)
{
	uint32_t keeps;

	size_t size = type == DNS_A ? 4 : 16, data;
	char text[INET6_ADDRSTRLEN];

	at = skip_name(m, len, at);
	if (!at || at + 10 > len)
		return 0;
	keeps = (uint32_t)get16(m + at + 4) << 16 | get16(m + at + 6);
	*ttl = keeps < *ttl ? keeps : *ttl;
	data = get16(m + at + 8);
	if (at + 10 + data > len)
		return 0;
	if (get16(m + at) == type && get16(m + at + 2) == 1 && data == size &&
	    *count < ADDRESSES_MAX) {
		(void)inet_ntop(type == DNS_A ? AF_INET : AF_INET6, m + at + 10, text,
				sizeof(text));
		buf_addf(ret, "%s%s", (*count)++ ? " " : "", text);
	}
	return at + 10 + data;
}

int dns_answer(const uint8_t *untrusted_answer, size_t len, const uint8_t *query,
	       size_t query_len, struct buf *ret, uint32_t *ret_ttl)
{
	const uint8_t *m = untrusted_answer;
	size_t at = query_len, count = 0;
	unsigned records;

	/* The same id and the same question, and it is an answer. */
	if (len < query_len || query_len < HEADER + 5 || memcmp(m, query, 2) != 0 ||
	    !(m[2] & 0x80) || get16(m + 4) != 1 ||
	    memcmp(m + HEADER, query + HEADER, query_len - HEADER) != 0)
		return -EINVAL;
	if ((m[3] & 0x0f) == 3)
		return -ENOENT; /* there is no such name */
	if (m[3] & 0x0f)
		return -EINVAL;
	records = get16(m + 6);
	*ret_ttl = UINT32_MAX;
	for (unsigned i = 0; i < records && at; i++)
		at = take_record(m, len, at, get16(query + query_len - 4), ret, &count,
				 ret_ttl);
	return at ? (count ? 0 : -ENOENT) : -EINVAL;
}

/* ---- name servers ---- */

static void read_servers(const char *path, struct dns_servers *ret)
{
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_strv struct strv lines = STRV_INIT;
	size_t n = 0;

	if (file_read(path, 65536, &text) < 0)
		return;
	strv_split(&lines, buf_str(&text), "\n");
	for (size_t i = 0; i < lines.n && n < 2; i++) {
		cleanup_strv struct strv words = STRV_INIT;
		struct nl_ip ip;

		strv_split(&words, lines.v[i], " \t");
		if (words.n >= 2 && strcmp(words.v[0], "nameserver") == 0 &&
		    nl_ip_parse(words.v[1], &ip) == 0 && ip.family == AF_INET &&
		    ip.bytes[0] != 127 && strlen(words.v[1]) < sizeof(ret->ip[0]))
			strcpy(ret->ip[n++], words.v[1]);
	}
}

void dns_servers(struct dns_servers *ret)
{
	*ret = (struct dns_servers){0};
	read_servers("/etc/resolv.conf", ret);
	/* That one may name a service of this guest alone, which knows the true ones. */
	if (!ret->ip[0][0])
		read_servers("/run/systemd/resolve/resolv.conf", ret);
}

/* ---- hosts ---- */

/* One family of one name. */
struct lookup {
	uint8_t query[DNS_QUERY_MAX];
	size_t len; /* 0: none is out */
	int tries;
	uint64_t due; /* 0: now */
	char *addresses;
};

struct host {
	char *name;
	bool wanted;
	struct lookup by[2]; /* IPv4, IPv6 */
};

struct dns {
	int fd;
	struct host *hosts;
	size_t n;
};

static const uint16_t types[2] = {DNS_A, DNS_AAAA};

struct dns *dns_new(void)
{
	struct dns *d = xcalloc(1, sizeof(*d));

	d->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return d;
}

int dns_fd(const struct dns *d)
{
	return d->fd;
}

static struct host *find(const struct dns *d, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->hosts[i].name, name) == 0)
			return &d->hosts[i];
	return NULL;
}

void dns_want(struct dns *d, const char *name)
{
	struct host *h = find(d, name);

	if (!h && d->n < HOSTS_MAX) {
		h = &array_grow(d->hosts, d->n);
		d->n++;
		h->name = xstrdup(name);
	}
	if (h)
		h->wanted = true;
}

void dns_find(const struct dns *d, const char *name, const char **ret_ip4,
	      const char **ret_ip6)
{
	const struct host *h = find(d, name);

	*ret_ip4 = h ? h->by[0].addresses : NULL;
	*ret_ip6 = h ? h->by[1].addresses : NULL;
}

static void send_query(struct dns *d, struct lookup *l, const struct host *h,
		       uint16_t type, const struct dns_servers *servers)
{
	const char *server =
		servers->ip[l->tries % 2][0] ? servers->ip[l->tries % 2] : servers->ip[0];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
	uint16_t id = 0;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return;
	l->len = dns_query(l->query, id, h->name, type);
	if (l->len && inet_pton(AF_INET, server, &to.sin_addr) == 1)
		(void)sendto(d->fd, l->query, l->len, 0, (struct sockaddr *)&to,
			     sizeof(to));
}

/* Sends what is due, or gives up for a while. */
static bool advance(struct dns *d, struct lookup *l, const struct host *h, uint16_t type,
		    const struct dns_servers *servers)
{
	bool lost;

	if (l->due > clock_ms())
		return false;
	if (l->tries < TRIES) {
		send_query(d, l, h, type, servers);
		l->tries++;
		l->due = clock_in(AGAIN_MS);
		return false;
	}
	if (type == DNS_A)
		net_say("'%s' cannot be resolved: its rules are not in force", h->name);
	lost = l->addresses;
	free(l->addresses);
	*l = (struct lookup){.due = clock_in(FAILED_MS)};
	return lost;
}

/* Order does not matter to anybody, and servers change it from answer to answer. */
static char *sorted(const char *list)
{
	cleanup_strv struct strv parts = STRV_INIT;
	struct buf out = BUF_INIT;

	strv_split(&parts, list, " ");
	strv_sort(&parts);
	for (size_t i = 0; i < parts.n; i++)
		buf_addf(&out, "%s%s", i ? " " : "", parts.v[i]);
	return buf_steal(&out);
}

/* A name without addresses is asked for sooner: somebody may be about to make it. */
static bool take_addresses(struct lookup *l, const char *list, uint32_t ttl)
{
	uint64_t seconds = ttl < KNOWN_MIN_S   ? KNOWN_MIN_S
			   : ttl > KNOWN_MAX_S ? KNOWN_MAX_S
					       : ttl;

	char *now = list ? sorted(list) : NULL;
	bool same = now && l->addresses ? strcmp(now, l->addresses) == 0
					: !now && !l->addresses;

	free(l->addresses);
	*l = (struct lookup){.addresses = now,
			     .due = clock_in(now ? seconds * 1000 : FAILED_MS)};
	return !same;
}

static bool is_answered(const struct lookup *l)
{
	return l->due && !l->len;
}

static void say_nothing_known(const struct host *h)
{
	if (is_answered(&h->by[0]) && is_answered(&h->by[1]) && !h->by[0].addresses &&
	    !h->by[1].addresses)
		net_say("'%s' has no address: its rules are not in force", h->name);
}

/* Only those that were asked answer. */
static bool is_server(const struct sockaddr_in *from)
{
	struct dns_servers servers;
	char text[INET_ADDRSTRLEN] = "";

	dns_servers(&servers);
	(void)inet_ntop(AF_INET, &from->sin_addr, text, sizeof(text));
	return from->sin_port == htons(53) &&
	       (strcmp(text, servers.ip[0]) == 0 || strcmp(text, servers.ip[1]) == 0);
}

static bool take_answer(struct dns *d, const uint8_t *untrusted_answer, size_t len)
{
	for (size_t i = 0; i < d->n * 2; i++) {
		struct lookup *l = &d->hosts[i / 2].by[i % 2];
		cleanup_buf struct buf list = BUF_INIT;
		uint32_t ttl = 0;
		int r = l->len ? dns_answer(untrusted_answer, len, l->query, l->len,
					    &list, &ttl)
			       : -EINVAL;
		bool changed;

		if (r < 0 && r != -ENOENT)
			continue;
		changed = take_addresses(l, r == 0 ? buf_str(&list) : NULL, ttl);
		say_nothing_known(&d->hosts[i / 2]);
		return changed;
	}
	return false;
}

static void forget_unwanted(struct dns *d)
{
	for (size_t i = 0; i < d->n;) {
		struct host *h = &d->hosts[i];

		if (h->wanted) {
			h->wanted = false;
			i++;
			continue;
		}
		free(h->name);
		free(h->by[0].addresses);
		free(h->by[1].addresses);
		*h = d->hosts[--d->n];
	}
}

bool dns_work(struct dns *d, struct net *n)
{
	uint8_t untrusted_answer[4096];
	struct dns_servers servers;
	bool changed = false;
	struct sockaddr_in from = {0};
	socklen_t size = sizeof(from);
	ssize_t len;

	while ((len = recvfrom(d->fd, untrusted_answer, sizeof(untrusted_answer), 0,
			       (struct sockaddr *)&from, &size)) > 0)
		if (is_server(&from))
			changed |= take_answer(d, untrusted_answer, (size_t)len);
	forget_unwanted(d);
	if (!d->n)
		return changed;
	dns_servers(&servers);
	for (size_t i = 0; i < d->n * 2; i++) {
		struct lookup *l = &d->hosts[i / 2].by[i % 2];
		uint64_t now = clock_ms();

		changed |= advance(d, l, &d->hosts[i / 2], types[i % 2], &servers);
		net_look_in(n, l->due > now ? l->due - now : 0);
	}
	return changed;
}

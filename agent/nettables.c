/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the packet filter of a network domain has besides its clients. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "agent/netback.h"
#include "lib/alloc.h"
#include "lib/clock.h"

/* Changes come together; what opens and closes for each would cost more than it saves. */
#define FAST_MS 1000

static void upstream_texts(const struct dns_servers *s, const char *ret[2])
{
	for (int i = 0; i < 2; i++)
		ret[i] = s->ip[i][0] ? s->ip[i] : NULL;
}

/* It is closed, or has never been open: it may be opened in a moment. */
static void close_fast(struct tables *t)
{
	free(steal(t->fast));
	t->fast_due = clock_in(FAST_MS);
}

static void make_base(struct tables *t)
{
	cleanup_buf struct buf text = BUF_INIT;
	const char *upstream[2];

	dns_servers(&t->upstream);
	upstream_texts(&t->upstream, upstream);
	nft_base(&text, upstream);
	t->there = net_nft(&text) == 0;
	if (!t->there)
		return;
	close_fast(t);
	/* Nothing is passed on before there are rules. */
	net_sysctl("1", "ipv4/ip_forward");
	net_sysctl("1", "ipv6/conf/all/forwarding");
}

static void update_upstream(struct tables *t)
{
	cleanup_buf struct buf text = BUF_INIT;
	struct dns_servers now;
	const char *upstream[2];

	dns_servers(&now);
	if (memcmp(&now, &t->upstream, sizeof(now)) == 0)
		return;
	upstream_texts(&now, upstream);
	nft_dns(&text, upstream);
	if (net_nft(&text) == 0)
		t->upstream = now;
}

/* ---- ports led in ---- */

/* "10.137.0.7 proto=tcp port=80 to=80" */
static int forward_parse(const char *text, char ip[static 16], struct nft_forward *ret)
{
	size_t len = strcspn(text, " ");
	struct nl_ip parsed;
	const char *why;

	if (!text[len] || len >= 16)
		return -EINVAL;
	memcpy(ip, text, len);
	ip[len] = '\0';
	ret->ip = ip;
	if (nl_ip_parse(ip, &parsed) < 0 || parsed.family != AF_INET)
		return -EINVAL;
	return fw_forward_parse(text + len + 1, &ret->port, &why);
}

static int put_forwards(const struct strv *lines)
{
	cleanup_free struct nft_forward *f = xcalloc(lines->n + 1, sizeof(*f));
	char(*ips)[16] = xcalloc(lines->n + 1, sizeof(*ips));
	cleanup_buf struct buf text = BUF_INIT;
	size_t count = 0;
	int r;

	for (size_t i = 0; i < lines->n; i++) {
		if (forward_parse(lines->v[i], ips[count], &f[count]) == 0)
			count++;
		else
			net_say("'%s' is no port to lead in", lines->v[i]);
	}
	nft_forwards(&text, f, count);
	r = net_nft(&text);
	free(ips);
	return r;
}

static void update_forwards(struct net *n, struct tables *t)
{
	cleanup_strv struct strv names = STRV_INIT, lines = STRV_INIT;
	struct buf all = BUF_INIT;
	char *now;

	net_list(n, "qubes-forward", &names);
	strv_sort(&names);
	for (size_t i = 0; i < names.n && i < FW_RULES_MAX; i++) {
		cleanup_free char *text = net_read(n, "qubes-forward/%s", names.v[i]);

		if (!text)
			continue;
		strv_add(&lines, text);
		buf_addf(&all, "%s\n", text);
	}
	now = buf_steal(&all);
	if (t->forwards && strcmp(now, t->forwards) == 0) {
		free(now);
		return;
	}
	free(t->forwards);
	t->forwards = now;
	if (put_forwards(&lines) == 0)
		return;
	free(steal(t->forwards));
	net_look_in(n, NET_RETRY_MS);
}

/* ---- the short way ---- */

/* All devices but lo into NAMES. Returns a text that is another when one of them is. */
static char *list_devices(struct strv *names)
{
	struct if_nameindex *all = if_nameindex();
	struct buf text = BUF_INIT;

	for (const struct if_nameindex *i = all; i && i->if_index; i++) {
		if (strcmp(i->if_name, "lo") == 0)
			continue;
		strv_add(names, i->if_name);
		buf_addf(&text, "%u %s\n", i->if_index, i->if_name);
	}
	if_freenameindex(all);
	return buf_steal(&text);
}

static bool devices_are(const char *before)
{
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_free char *now = list_devices(&names);

	return strcmp(now, before) == 0;
}

/* NOW is what list_devices has said with NAMES, and is taken over. */
static void open_fast(struct net *n, struct tables *t, const struct strv *names,
		      char *now)
{
	cleanup_buf struct buf text = BUF_INIT;

	nft_fast(&text, names);
	if (net_nft(&text) == 0) {
		t->fast = now;
		return;
	}
	t->no_fast = devices_are(now);
	if (t->no_fast)
		net_say("no short way for connections: the kernel has no flowtables");
	free(now);
	net_look_in(n, NET_RETRY_MS);
}

int tables_change(struct net *n, struct tables *t, struct buf *text)
{
	int r;

	if (t->fast)
		nft_slow(text);
	r = net_nft(text);
	if (r < 0)
		return r;
	close_fast(t);
	net_look_in(n, FAST_MS);
	return 0;
}

void tables_hurry(struct net *n, struct tables *t)
{
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_free char *now = NULL;
	cleanup_buf struct buf nothing = BUF_INIT;
	int left;

	if (t->no_fast)
		return;
	now = list_devices(&names);
	if (!names.n || (t->fast && strcmp(t->fast, now) == 0))
		return;
	if (t->fast) { /* of other devices: closed, and opened again later */
		if (tables_change(n, t, &nothing) < 0)
			net_look_in(n, NET_RETRY_MS);
		return;
	}
	left = clock_left(t->fast_due, FAST_MS);
	if (left > 0)
		net_look_in(n, (uint64_t)left);
	else
		open_fast(n, t, &names, steal(now));
}

/* ---- all of it ---- */

bool tables_update(struct net *n, struct tables *t)
{
	if (!t->there)
		make_base(t);
	if (!t->there)
		return false;
	update_upstream(t);
	update_forwards(n, t);
	return true;
}

void tables_forget(struct tables *t)
{
	t->there = false;
	free(steal(t->forwards));
}

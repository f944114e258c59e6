/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the packet filter of a network domain has besides its clients. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/netback.h"
#include "lib/alloc.h"

static void upstream_texts(const struct dns_servers *s, const char *ret[2])
{
	for (int i = 0; i < 2; i++)
		ret[i] = s->ip[i][0] ? s->ip[i] : NULL;
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

/* ---- both ---- */

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

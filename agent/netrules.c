/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of a client in a network domain: read, timed, and made into text. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/netback.h"
#include "lib/alloc.h"
#include "lib/clock.h"

void client_dispose(struct client *c)
{
	free(c->version);
	free(c->rules);
	strv_dispose(&c->chains);
	*c = (struct client){0};
}

void client_as_nft(const struct client *c, struct nft_client *ret)
{
	*ret = (struct nft_client){
		.vif = c->vif,
		.mac = c->mac,
		.ip = c->ip,
		.ip6 = c->ip6[0] ? c->ip6 : NULL,
		.visible = c->visible[0] ? c->visible : NULL,
		.mark = c->mark,
		.rules = c->rules,
		.n = c->rule_count,
		.now = time(NULL),
	};
}

/* The rules of one node, a line each. */
static int add_rules(struct client *c, const char *text)
{
	cleanup_strv struct strv lines = STRV_INIT;
	const char *why;

	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n && c->rule_count < FW_RULES_MAX; i++) {
		(void)array_grow(c->rules, c->rule_count);
		if (fw_rule_parse(lines.v[i], &c->rules[c->rule_count++], &why) < 0) {
			net_say("rule %zu of %s: %s; all is denied", c->rule_count - 1,
				c->ip, why);
			return -1;
		}
	}
	return 0;
}

/* 0; negative when one of them is no rule. The nodes' numbers have no gaps. */
static int read_rules(struct net *n, struct client *c)
{
	for (size_t i = 0; i < FW_RULES_MAX; i++) {
		cleanup_free char *text =
			net_read(n, "qubes-firewall/%s/%04zu", c->key, i);

		if (!text)
			break; /* what no rule takes is denied in any case */
		if (add_rules(c, text) < 0)
			return -1;
	}
	return 0;
}

bool rules_load(struct net *n, struct client *c)
{
	cleanup_free char *version = net_read(n, "qubes-firewall/%s", c->key);

	if (!version || (c->version && strcmp(c->version, version) == 0))
		return false;
	free(c->version);
	free(c->rules);
	c->rules = NULL;
	c->rule_count = 0;
	c->version = steal(version);
	if (read_rules(n, c) < 0)
		c->rule_count = 0;
	return true;
}

bool rules_expired(const struct client *c)
{
	return c->next_expiry && time(NULL) >= c->next_expiry;
}

static void find_expiry(struct client *c, int64_t now)
{
	c->next_expiry = 0;
	for (size_t i = 0; i < c->rule_count; i++) {
		int64_t at = c->rules[i].expire;

		if (at > now && (!c->next_expiry || at < c->next_expiry))
			c->next_expiry = at;
	}
}

void rules_want_hosts(const struct client *c, struct dns *dns)
{
	for (size_t i = 0; i < c->rule_count; i++)
		if (c->rules[i].dst_kind == FW_DST_NAME)
			dns_want(dns, c->rules[i].dst);
}

bool rules_have_hosts(const struct client *c)
{
	for (size_t i = 0; i < c->rule_count; i++)
		if (c->rules[i].dst_kind == FW_DST_NAME)
			return true;
	return false;
}

/*
 * No two sets of rules have one mark as long as a connection lives, which may be longer
 * than this process: the clock is ahead of what was given out before. 0 and 1 have a meaning.
 */
static uint32_t new_mark(void)
{
	static uint32_t last;
	uint32_t now = (uint32_t)clock_ms();

	last = now > last ? now : last + 1;
	return last > 1 ? last : (last = 2);
}

void rules_compile(struct client *c, const struct dns *dns, struct buf *out,
		   struct strv *chains)
{
	cleanup_free struct nft_host *hosts = xcalloc(c->rule_count + 1, sizeof(*hosts));
	struct nft_client text;

	c->mark = new_mark();
	client_as_nft(c, &text);
	for (size_t i = 0; i < c->rule_count; i++)
		if (c->rules[i].dst_kind == FW_DST_NAME)
			dns_find(dns, c->rules[i].dst, &hosts[i].ip4, &hosts[i].ip6);
	text.hosts = hosts;
	find_expiry(c, text.now);
	nft_rules(out, &text, &c->chains, chains);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/netstat.h"

#include <string.h>

#include "core/prop.h"
#include "lib/alloc.h"
#include "lib/size.h"
#include "lib/strv.h"
#include "netvm/rule.h"
#include "ops/call.h"
#include "ops/internal.h"

enum { ANSWER_MAX = 1 << 20, ANSWER_MS = 20000, LINKS_MAX = 1024 };

void net_stat_dispose(struct net_stat *s)
{
	free(s->links);
	free(s->counts);
	*s = (struct net_stat)NET_STAT_INIT;
}

/* ---- the answer: every word of it comes from a guest ---- */

static bool word(const char *untrusted, const char *letters, size_t max, char *ret)
{
	size_t len = strlen(untrusted);

	if (!len || len > max || strspn(untrusted, letters) != len)
		return false;
	memcpy(ret, untrusted, len + 1);
	return true;
}

static bool number(const char *untrusted, uint64_t *ret)
{
	long long value;

	if (num_parse(untrusted, 0, INT64_MAX, &value) < 0)
		return false;
	*ret = (uint64_t)value;
	return true;
}

static void take_link(char *const untrusted[5], struct net_stat *ret)
{
	struct net_link link = {.up = strcmp(untrusted[2], "up") == 0};

	if (ret->link_count >= LINKS_MAX ||
	    !word(untrusted[1], "abcdefghijklmnopqrstuvwxyz0123456789.-_",
		  sizeof(link.name) - 1, link.name) ||
	    !number(untrusted[3], &link.received) || !number(untrusted[4], &link.sent))
		return;
	array_grow(ret->links, ret->link_count) = link;
	ret->link_count++;
}

static void take_rule(char *const untrusted[4], struct net_stat *ret)
{
	struct net_count count = {0};

	if (ret->count_count >= 2 * FW_RULES_MAX ||
	    !word(untrusted[1], "0123456789abcdef", sizeof(count.id) - 1, count.id) ||
	    !number(untrusted[2], &count.packets) || !number(untrusted[3], &count.bytes))
		return;
	array_grow(ret->counts, ret->count_count) = count;
	ret->count_count++;
}

void net_stat_parse(const char *untrusted_text, struct net_stat *ret)
{
	cleanup_strv struct strv lines = STRV_INIT;

	strv_split(&lines, untrusted_text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		cleanup_strv struct strv untrusted = STRV_INIT;

		strv_split(&untrusted, lines.v[i], " ");
		if (untrusted.n == 5 && strcmp(untrusted.v[0], "link") == 0)
			take_link(untrusted.v, ret);
		else if (untrusted.n == 4 && strcmp(untrusted.v[0], "rule") == 0)
			take_rule(untrusted.v, ret);
	}
}

/* ---- the question ---- */

int op_net_stat(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		const struct vm *client, struct net_stat *ret, struct qvm_err *err)
{
	cleanup_buf struct buf untrusted = BUF_INIT;
	cleanup_free char *service = NULL;
	struct op_call c = {
		.domain = vm->name,
		.user = "root",
		.no_start = true,
		.in = -1,
		.errors = -1,
		.timeout_ms = ANSWER_MS,
	};
	char key[FW_KEY_MAX] = "";
	struct prop_value ip;
	int status = 0, r;

	if (!op_has_agent(ctx, vm->name))
		return err_set(err, QVM_E_UNSUPPORTED, "'%s' has no agent that answers",
			       vm->name);
	if (client) {
		prop_get(w, client, PROP_IP, &ip);
		fw_key(ip.text, key);
	}
	service = xasprintf("qvm.NetStat+%s", key);
	c.service = service;
	r = op_call_text(ctx, &c, ANSWER_MAX, &untrusted, &status, err);
	if (r == 0 && status)
		r = err_set(err, QVM_E_UNSUPPORTED,
			    "'%s' does not say how its network is", vm->name);
	if (r == 0)
		net_stat_parse(buf_str(&untrusted), ret);
	return r;
}

const struct net_link *net_stat_client(const struct net_stat *s, uint32_t domid)
{
	cleanup_free char *start = xasprintf("vif%u.", domid);
	const struct net_link *best = NULL;
	size_t len = strlen(start);
	long long id, newest = -1;

	for (size_t i = 0; i < s->link_count; i++) {
		const struct net_link *link = &s->links[i];

		if (strncmp(link->name, start, len) != 0 ||
		    num_parse(link->name + len, 0, UINT32_MAX, &id) < 0 || id <= newest)
			continue;
		newest = id;
		best = link;
	}
	return best;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What network domains say of the interfaces and rules of their clients. */
#ifndef QVM_OPS_NETSTAT_H
#define QVM_OPS_NETSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/vm.h"

struct net_link {
	char name[16];
	bool up;
	uint64_t received, sent; /* bytes, as that domain sees them */
};

/* Of one rule, known by fw_rule_id. */
struct net_count {
	char id[9];
	uint64_t packets, bytes;
};

struct net_stat {
	struct net_link *links;
	size_t link_count;
	struct net_count *counts; /* one rule may have several: they add up */
	size_t count_count;
};

#define NET_STAT_INIT                                                                    \
	{                                                                                \
		0                                                                        \
	}

void net_stat_dispose(struct net_stat *s);
#define cleanup_net_stat cleanup(net_stat_dispose)

/*
 * Asks the running domain VM, whose agent is not waited for: -QVM_E_UNSUPPORTED when it has
 * none. CLIENT NULL: for its links; else for the counters of that client's rules.
 */
int op_net_stat(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		const struct vm *client, struct net_stat *ret, struct qvm_err *err)
	must_check;

/* The link to the client of that domain number, or NULL; the newest when one is going. */
const struct net_link *net_stat_client(const struct net_stat *s, uint32_t domid);

/* What an answer says, for tests; what is no line of one is left out. */
void net_stat_parse(const char *untrusted_text, struct net_stat *ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Networks of running domains: what the start, the end and a change of settings do. Rules
 * are in the network domain before the interface is; interfaces go with either end.
 */
#ifndef QVM_OPS_NET_H
#define QVM_OPS_NET_H

#include "ops/internal.h"

/* Adds the interface that VM will have, without its backend, and what it is told of it. */
void net_plan(const struct world *w, const struct vm *vm, struct run_plan *p);

/*
 * Before VM is built: its network domain runs, and knows its rules. Fills in the backend.
 * -QVM_E_NOT_RUNNING when it does not run.
 */
int net_prepare(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		struct run_plan *p, struct qvm_err *err) must_check;

/*
 * Makes what the running VM is told, and its interface, what the registry says. A network
 * domain that does not run leaves it without one.
 */
int net_update(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
	       struct qvm_err *err) must_check;

/* The same for all running domains that have their network from SERVER; warns. */
void net_update_clients(struct qvm_ctx *ctx, const struct world *w,
			const struct vm *server);

/*
 * After a change of the registry from BEFORE to what S has now: every running domain whose
 * server or role is another.
 */
int net_changed(struct qvm_ctx *ctx, struct store *s, const struct world *before,
		struct qvm_err *err) must_check;

/* After a change of VM's rules, or of the ports led in to it: whoever runs is told. */
int net_push_rules(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		   struct qvm_err *err) must_check;
int net_push_forwards(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		      struct qvm_err *err) must_check;

/* After the start of VM, before anybody is told: its own, where its server was restarted
 * meanwhile, and its clients'. */
void net_started(struct qvm_ctx *ctx, struct store *s, int64_t vm_id, uint32_t backend);

/* At its end, before it is released: its clients are without interface, its server without its rules. */
void net_ended(struct qvm_ctx *ctx, struct store *s, int64_t vm_id);

#endif

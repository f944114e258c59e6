/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/net.h"

#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "netvm/keys.h"

/* ---- rules ---- */

/* Versions only have to differ, also across restarts of this program. */
static uint64_t new_version(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int publish(struct qvm_ctx *ctx, const struct world *w, const struct vm *client,
		   const struct hv_id *server, struct qvm_err *err)
{
	cleanup_net_keys struct net_keys keys = NET_KEYS_INIT;

	net_keys_firewall(w, client, new_version(), &keys);
	return ctx->hv->set_keys(ctx->hv_handle, server, keys.v, keys.n, err);
}

static int publish_forwards(struct qvm_ctx *ctx, const struct world *w,
			    const struct vm *hop, const struct hv_id *id,
			    struct qvm_err *err)
{
	cleanup_net_keys struct net_keys keys = NET_KEYS_INIT;

	net_keys_forward(w, hop, &keys);
	return ctx->hv->set_keys(ctx->hv_handle, id, keys.v, keys.n, err);
}

int net_push_rules(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		   struct qvm_err *err)
{
	const struct vm *server = net_server(w, vm);
	struct hv_id id, server_id;
	int r = server ? vm_running(ctx, vm, &id, err) : 0;

	if (r > 0)
		r = vm_running(ctx, server, &server_id, err);
	if (r <= 0)
		return r;
	r = hv_get(ctx, err);
	return r < 0 ? r : publish(ctx, w, vm, &server_id, err);
}

static int push_to_hop(struct qvm_ctx *ctx, const struct world *w, const struct vm *hop,
		       struct qvm_err *err)
{
	struct hv_id id;
	int r = vm_running(ctx, hop, &id, err);

	if (r <= 0)
		return r;
	r = hv_get(ctx, err);
	return r < 0 ? r : publish_forwards(ctx, w, hop, &id, err);
}

int net_push_forwards(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		      struct qvm_err *err)
{
	const struct vm *hop = net_server(w, vm);
	int r = 0;

	for (size_t hops = 0; r == 0 && hop && hops <= w->vm_count; hops++) {
		r = push_to_hop(ctx, w, hop, err);
		hop = net_server(w, hop);
	}
	return r;
}

/* ---- starting ---- */

static void take_keys(struct run_plan *p, struct net_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		struct hv_key *key;

		if (!keys->v[i].value)
			continue;
		key = &array_grow(p->keys, p->config.key_count);
		p->config.key_count++;
		p->config.keys = p->keys;
		key->name = xstrdup(keys->v[i].name);
		key->value = xstrdup(keys->v[i].value);
		strv_take(&p->strings, (char *)key->name);
		strv_take(&p->strings, (char *)key->value);
	}
}

void net_plan(const struct world *w, const struct vm *vm, struct run_plan *p)
{
	cleanup_net_keys struct net_keys keys = NET_KEYS_INIT;
	const struct vm *server = net_server(w, vm);

	net_keys_own(w, vm, &keys);
	if (prop_bool(w, vm, PROP_PROVIDES_NETWORK))
		net_keys_forward(w, vm, &keys);
	take_keys(p, &keys);
	if (!server)
		return;
	net_nic(w, vm, vm_is_running(server) ? server->live.domid : 0, p->nic_ip,
		&p->nic);
	p->config.nics = &p->nic;
	p->config.nic_count = 1;
}

int net_prepare(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		struct run_plan *p, struct qvm_err *err)
{
	const struct vm *server = net_server(w, vm);
	struct hv_id id;
	int r;

	if (!server)
		return 0;
	r = vm_running(ctx, server, &id, err);
	if (r == 0)
		return err_set(err, QVM_E_NOT_RUNNING, "its netvm '%s' does not run",
			       server->name);
	if (r > 0)
		r = publish(ctx, w, vm, &id, err);
	if (r < 0)
		return r;
	net_nic(w, vm, id.domid, p->nic_ip, &p->nic);
	return 0;
}

/* ---- changing ---- */

int net_update(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
	       struct qvm_err *err)
{
	cleanup_net_keys struct net_keys keys = NET_KEYS_INIT;
	const struct vm *server = net_server(w, vm);
	char ip[NET_IP_TEXT];
	struct hv_id id, server_id;
	struct hv_nic nic;
	int r = vm_running(ctx, vm, &id, err);
	int served = 0;

	if (r <= 0)
		return r;
	r = hv_get(ctx, err);
	if (r == 0 && server)
		served = r = vm_running(ctx, server, &server_id, err);
	if (r > 0)
		r = publish(ctx, w, vm, &server_id, err);
	net_keys_own(w, vm, &keys);
	if (r == 0)
		r = ctx->hv->set_keys(ctx->hv_handle, &id, keys.v, keys.n, err);
	if (r == 0 && prop_bool(w, vm, PROP_PROVIDES_NETWORK))
		r = publish_forwards(ctx, w, vm, &id, err);
	if (r < 0)
		return r;
	if (served > 0)
		net_nic(w, vm, server_id.domid, ip, &nic);
	return ctx->hv->set_nics(ctx->hv_handle, &id, &nic, served > 0, err);
}

void net_update_clients(struct qvm_ctx *ctx, const struct world *w,
			const struct vm *server)
{
	for (size_t i = 0; i < w->vm_count; i++) {
		const struct vm *client = &w->vms[i];
		const struct vm *its = net_server(w, client);
		struct qvm_err err;

		if (its && its->id == server->id && net_update(ctx, w, client, &err) < 0)
			ctx_log(ctx, QVM_LEVEL_WARN, "the network of '%s': %s",
				client->name, err.text);
	}
}

/* ---- either end ---- */

/* Its server may be another by now: while this one was starting nobody told it. */
static bool is_behind(struct qvm_ctx *ctx, const struct vm *server, uint32_t backend)
{
	struct qvm_err err;
	struct hv_id id;

	return vm_running(ctx, server, &id, &err) <= 0 || id.domid != backend;
}

static int after_start(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		       uint32_t backend, struct qvm_err *err)
{
	const struct vm *server = net_server(w, vm);
	int r = 0;

	if (server && is_behind(ctx, server, backend))
		r = net_update(ctx, w, vm, err);
	if (r == 0 && prop_bool(w, vm, PROP_PROVIDES_NETWORK))
		net_update_clients(ctx, w, vm);
	return r;
}

void net_started(struct qvm_ctx *ctx, struct store *s, int64_t vm_id, uint32_t backend)
{
	cleanup_world struct world *w = NULL;
	struct qvm_err err = QVM_ERR_INIT;
	const struct vm *vm;
	int r = store_load(s, &w, &err);

	vm = r < 0 ? NULL : world_vm_by_id(w, vm_id);
	if (vm)
		r = after_start(ctx, w, vm, backend, &err);
	if (r < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", err.text);
}

static int forget_rules(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
			struct qvm_err *err)
{
	cleanup_net_keys struct net_keys keys = NET_KEYS_INIT;
	const struct vm *server = net_server(w, vm);
	struct hv_id id;
	int r = server ? vm_running(ctx, server, &id, err) : 0;

	if (r <= 0)
		return r;
	net_keys_firewall_gone(w, vm, &keys);
	return ctx->hv->set_keys(ctx->hv_handle, &id, keys.v, keys.n, err);
}

static int after_end(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		     struct qvm_err *err)
{
	bool serves = prop_bool(w, vm, PROP_PROVIDES_NETWORK);
	int r = 0;

	if (serves || net_server(w, vm))
		r = hv_get(ctx, err);
	if (r == 0)
		r = forget_rules(ctx, w, vm, err);
	if (r == 0 && serves)
		net_update_clients(ctx, w, vm);
	return r;
}

void net_ended(struct qvm_ctx *ctx, struct store *s, int64_t vm_id)
{
	cleanup_world struct world *w = NULL;
	struct qvm_err err = QVM_ERR_INIT;
	const struct vm *vm;
	int r = store_load(s, &w, &err);

	vm = r < 0 ? NULL : world_vm_by_id(w, vm_id);
	if (vm)
		r = after_end(ctx, w, vm, &err);
	if (r < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", err.text);
}

/* ---- settings ---- */

static int64_t id_of(const struct vm *vm)
{
	return vm ? vm->id : -1;
}

/* The old server forgets it; its own part follows the registry. */
static int follow(struct qvm_ctx *ctx, const struct world *before, const struct vm *was,
		  const struct world *w, const struct vm *vm, struct qvm_err *err)
{
	struct hv_id id;
	int r = vm_running(ctx, vm, &id, err);

	if (r > 0)
		r = hv_get(ctx, err);
	else
		return r;
	if (r == 0 && id_of(net_server(before, was)) != id_of(net_server(w, vm)))
		r = forget_rules(ctx, before, was, err);
	return r < 0 ? r : net_update(ctx, w, vm, err);
}

static bool is_another(const struct world *before, const struct vm *was,
		       const struct world *w, const struct vm *vm)
{
	if (vm->klass == CLASS_ADMIN)
		return false;
	return id_of(net_server(before, was)) != id_of(net_server(w, vm)) ||
	       prop_bool(before, was, PROP_PROVIDES_NETWORK) !=
		       prop_bool(w, vm, PROP_PROVIDES_NETWORK);
}

int net_changed(struct qvm_ctx *ctx, struct store *s, const struct world *before,
		struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	int r = store_load(s, &w, err);

	for (size_t i = 0; r == 0 && i < w->vm_count; i++) {
		const struct vm *vm = &w->vms[i];
		const struct vm *was = world_vm_by_id(before, vm->id);

		if (was && is_another(before, was, w, vm) &&
		    follow(ctx, before, was, w, vm, err) < 0)
			r = err_wrap(err, "it is changed, but not yet in '%s'", vm->name);
	}
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registry joined with what the hypervisor says. */
#include <stdlib.h>
#include <string.h>

#include "ops/internal.h"

static enum vm_state state_of(const struct hv_dom *dom, const struct run_state *run)
{
	if (dom->dying)
		return STATE_DYING;
	if (dom->shutdown)
		return dom->reason == HV_END_CRASH ? STATE_CRASHED : STATE_HALTING;
	if (run->phase == RUN_STARTING)
		return STATE_TRANSIENT;
	return dom->paused ? STATE_PAUSED : STATE_RUNNING;
}

static void join(struct qvm_ctx *ctx, struct vm *vm, const struct hv_dom *dom)
{
	struct run_state run;

	run_state_read(ctx, vm->id, &run);
	vm->live = (struct vm_live){
		.state = state_of(dom, &run),
		.domid = dom->id.domid,
		.memory = dom->memory,
		.max_memory = dom->max_memory,
		.cpu_ns = dom->cpu_ns,
		.vcpus = dom->vcpus,
		.start_time = run.domid == dom->id.domid ? run.start_time : 0,
		.orphan = run.phase == RUN_NONE,
	};
}

static int compare_uuid(const void *a, const void *b)
{
	const struct hv_dom *x = a, *y = b;

	return memcmp(x->id.uuid.b, y->id.uuid.b, sizeof(x->id.uuid.b));
}

static int load_live(struct qvm_ctx *ctx, struct world *w, struct qvm_err *err)
{
	cleanup_free struct hv_dom *doms = NULL;
	size_t n = 0;
	int r = view_get(ctx, err);

	if (r == 0)
		r = ctx->view->list(ctx->view_handle, &doms, &n, err);
	if (r < 0)
		return r;
	if (n)
		qsort(doms, n, sizeof(*doms), compare_uuid);
	for (size_t i = 0; i < w->vm_count; i++) {
		struct vm *vm = &w->vms[i];
		struct hv_dom key = {.id.uuid = vm->uuid};
		struct hv_dom *dom =
			n ? bsearch(&key, doms, n, sizeof(*doms), compare_uuid) : NULL;

		vm->live.state = vm->klass == CLASS_ADMIN ? STATE_RUNNING : STATE_HALTED;
		if (dom && vm->klass != CLASS_ADMIN)
			join(ctx, vm, dom);
	}
	return 0;
}

int op_world(struct qvm_ctx *ctx, bool live, struct world **ret, struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	struct qvm_err no_xen;
	int r = store_open(ctx, STORE_READ, &s, err);

	if (r == 0)
		r = store_load(s, &w, err);
	if (r < 0)
		return r;
	/* Without a hypervisor the registry can still be read; states stay unknown. */
	if (live && load_live(ctx, w, &no_xen) < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", no_xen.text);
	*ret = steal(w);
	return 0;
}

void op_host(struct qvm_ctx *ctx, struct world *w)
{
	struct qvm_err no_xen;
	struct hv_host host;
	int r = view_get(ctx, &no_xen);

	if (r == 0)
		r = ctx->view->host(ctx->view_handle, &host, &no_xen);
	if (r < 0) {
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", no_xen.text);
		return;
	}
	w->host_memory = host.memory;
	w->host_cpus = host.cpus;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registry joined with what the hypervisor says. */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
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

static bool has_settled(const struct vm_live *live, const struct hv_dom *dom)
{
	return live->domid == dom->id.domid && !live->orphan &&
	       (live->state == STATE_RUNNING || live->state == STATE_PAUSED);
}

/* OLD, unless NULL, is what was known before: a domain that runs does not start again. */
static void join(struct qvm_ctx *ctx, struct vm *vm, const struct vm *old,
		 const struct hv_dom *dom)
{
	bool outdated = vm->live.outdated;
	struct run_state run;

	if (old && has_settled(&old->live, dom))
		run = (struct run_state){.phase = RUN_RUNNING,
					 .domid = dom->id.domid,
					 .start_time = old->live.start_time};
	else
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
		.outdated = outdated,
	};
}

static int compare_uuid(const void *a, const void *b)
{
	const struct hv_dom *x = a, *y = b;

	return memcmp(x->id.uuid.b, y->id.uuid.b, sizeof(x->id.uuid.b));
}

static const struct vm *known_vm(const struct world *w, const struct world *known,
				 const struct vm *vm)
{
	if (known == w)
		return vm;
	return known ? world_vm_by_id(known, vm->id) : NULL;
}

void world_live(struct qvm_ctx *ctx, struct world *w, const struct world *known,
		const struct hv_dom *list, size_t n)
{
	cleanup_free struct hv_dom *doms = xcalloc(n + 1, sizeof(*doms));

	for (size_t i = 0; i < n; i++)
		doms[i] = list[i];
	qsort(doms, n, sizeof(*doms), compare_uuid);
	for (size_t i = 0; i < w->vm_count; i++) {
		struct vm *vm = &w->vms[i];
		struct hv_dom key = {.id.uuid = vm->uuid};
		struct hv_dom *dom =
			n ? bsearch(&key, doms, n, sizeof(*doms), compare_uuid) : NULL;

		if (vm->klass == CLASS_ADMIN)
			vm->live.state = STATE_RUNNING;
		else if (dom)
			join(ctx, vm, known_vm(w, known, vm), dom);
		else
			vm->live = (struct vm_live){.state = STATE_HALTED};
	}
}

static int load_live(struct qvm_ctx *ctx, struct world *w, struct qvm_err *err)
{
	cleanup_free struct hv_dom *doms = NULL;
	size_t n = 0;
	int r = view_get(ctx, err);

	if (r == 0)
		r = ctx->view->list(ctx->view_handle, &doms, &n, err);
	if (r == 0)
		world_live(ctx, w, NULL, doms, n);
	return r;
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

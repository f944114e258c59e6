/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/monitor.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "lib/alloc.h"
#include "ops/internal.h"

#define REGISTRY_CHANGES (IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO)
#define RUN_CHANGES (IN_CREATE | IN_DELETE | IN_MOVED_TO)

struct monitor {
	struct qvm_ctx *ctx;
	unsigned flags;
	struct store *store;
	int64_t version; /* of the registry in `world` */
	struct world *world, *before;
	struct hv_host host;
	uint64_t seen; /* of the hypervisor's answer in `world` */
	int inotify;
};

void monitor_close(struct monitor *m)
{
	if (!m)
		return;
	world_free(m->world);
	world_free(m->before);
	store_close(m->store);
	cleanup_close_at(&m->inotify);
	free(m);
}

int monitor_open(struct qvm_ctx *ctx, unsigned flags, struct monitor **ret,
		 struct qvm_err *err)
{
	cleanup_monitor struct monitor *m = xcalloc(1, sizeof(*m));
	int r;

	m->ctx = ctx;
	m->flags = flags;
	/* a user has few of them, 128 by default: without one, looking finds it out later */
	m->inotify =
		flags & MONITOR_BEFORE ? inotify_init1(IN_NONBLOCK | IN_CLOEXEC) : -1;
	r = view_get(ctx, err);
	if (r == 0)
		r = store_open(ctx, STORE_READ, &m->store, err);
	if (r < 0)
		return r;
	/* a folder that is missing has nothing to tell, and appears in the one above */
	if (m->inotify >= 0)
		(void)inotify_add_watch(m->inotify, ctx->state_dir, REGISTRY_CHANGES);
	*ret = steal(m);
	return 0;
}

const struct world *monitor_world(const struct monitor *m)
{
	return m->world;
}

const struct world *monitor_before(const struct monitor *m)
{
	return m->before;
}

const struct hv_host *monitor_host(const struct monitor *m)
{
	return &m->host;
}

int monitor_fd(const struct monitor *m)
{
	return m->inotify;
}

/* Run folders come and go with their domains; adding one again changes nothing. */
static void watch_folders(struct monitor *m)
{
	cleanup_free char *vms = xasprintf("%s/vm", m->ctx->run_dir);
	char taken[4096];
	struct dirent *entry;
	DIR *dir;

	while (read(m->inotify, taken, sizeof(taken)) > 0)
		; /* what it says is found out by looking */
	(void)inotify_add_watch(m->inotify, m->ctx->run_dir, RUN_CHANGES);
	(void)inotify_add_watch(m->inotify, vms, RUN_CHANGES);
	dir = opendir(vms);
	while (dir && (entry = readdir(dir))) {
		cleanup_free char *path = xasprintf("%s/%s", vms, entry->d_name);

		if (entry->d_name[0] != '.')
			(void)inotify_add_watch(m->inotify, path, RUN_CHANGES);
	}
	if (dir)
		closedir(dir);
}

/* Of what a look compares: which domains there are, and the flags that make a state. */
static uint64_t fingerprint(const struct hv_dom *doms, size_t n)
{
	uint64_t sum = 14695981039346656037u;

	for (size_t i = 0; i < n; i++) {
		sum = (sum ^ doms[i].id.domid) * 1099511628211u;
		sum = (sum ^
		       (doms[i].paused | doms[i].shutdown << 1 | doms[i].dying << 2)) *
		      1099511628211u;
	}
	return sum;
}

bool monitor_is_stale(struct monitor *m)
{
	struct qvm_err ignored;
	cleanup_free struct hv_dom *doms = NULL;
	int64_t version;
	size_t n = 0;

	if (m->inotify < 0 && store_version(m->store, &version, &ignored) == 0 &&
	    version != m->version)
		return true;
	return m->ctx->view->list(m->ctx->view_handle, &doms, &n, &ignored) == 0 &&
	       fingerprint(doms, n) != m->seen;
}

/* A run's intent names the root that it began with; what is newer makes it outdated. */
static void mark_outdated(struct world *w, const struct intent *in)
{
	struct vm *vm = in->op == INTENT_RUN ? world_vm_by_id(w, in->vm_id) : NULL;
	const struct vm *owner;
	const struct vm_volume *root = vm ? volume_source(w, vm, VOL_ROOT, &owner) : NULL;
	const struct vm_revision *newest = root ? vol_newest(root) : NULL;
	char lead[32], id[48];

	if (!newest)
		return;
	snprintf(lead, sizeof(lead), "v%lld-r", (long long)root->id);
	vol_revision_id(root, newest->serial, id);
	for (size_t i = 0; i < in->item_count; i++) {
		const struct intent_item *item = &in->items[i];

		if (strcmp(item->kind, "origin") == 0 &&
		    strncmp(item->name, lead, strlen(lead)) == 0 &&
		    strcmp(item->name, id) != 0)
			vm->live.outdated = true;
	}
}

static int load_world(struct monitor *m, struct world **ret, struct qvm_err *err)
{
	struct intent *all = NULL;
	size_t n = 0;
	int r = store_load(m->store, ret, err);

	if (r == 0)
		r = intent_list(m->store, &all, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		mark_outdated(*ret, &all[i]);
	intents_free(all, n);
	return r;
}

static int by_domid(const void *a, const void *b)
{
	const struct hv_id *x = a, *y = b;

	return (x->domid > y->domid) - (x->domid < y->domid);
}

/* The counters of all that run; they are listed in the order of domid. */
static int add_io(struct monitor *m, const struct hv_dom *doms, size_t n,
		  struct qvm_err *err)
{
	cleanup_free struct hv_id *ids = xcalloc(n + 1, sizeof(*ids));
	cleanup_free struct hv_io *ios = xcalloc(n + 1, sizeof(*ios));
	const struct hv_view_ops *view = m->ctx->view;
	int r;

	if (!(m->flags & MONITOR_IO) || !view->io || !n)
		return 0;
	for (size_t i = 0; i < n; i++)
		ids[i] = doms[i].id;
	r = view->io(m->ctx->view_handle, ids, n, ios, err);
	for (size_t i = 0; r == 0 && i < m->world->vm_count; i++) {
		struct vm_live *live = &m->world->vms[i].live;
		const struct hv_id key = {.domid = live->domid};
		const struct hv_id *id =
			live->domid ? bsearch(&key, ids, n, sizeof(key), by_domid) : NULL;
		const struct hv_io *io = id ? &ios[id - ids] : NULL;

		live->has_io = io && io->known;
		live->read_bytes = live->has_io ? io->read_bytes : 0;
		live->write_bytes = live->has_io ? io->write_bytes : 0;
		live->rx_bytes = live->has_io ? io->rx_bytes : 0;
		live->tx_bytes = live->has_io ? io->tx_bytes : 0;
	}
	return r;
}

/* dom0 is no domain of ours, but it has memory and takes time. */
static void add_dom0(struct monitor *m)
{
	const struct hv_id id = {0};
	struct vm *vm = world_vm_by_id(m->world, 0);
	struct qvm_err ignored;
	struct hv_dom dom;

	if (!vm || m->ctx->view->find(m->ctx->view_handle, &id, &dom, &ignored) < 0)
		return;
	vm->live.memory = dom.memory;
	vm->live.max_memory = dom.max_memory;
	vm->live.cpu_ns = dom.cpu_ns;
	vm->live.vcpus = dom.vcpus;
}

int monitor_look(struct monitor *m, struct qvm_err *err)
{
	cleanup_world struct world *fresh = NULL;
	cleanup_free struct hv_dom *doms = NULL;
	const struct world *known = m->world;
	int64_t version = 0;
	size_t n = 0;
	int r;

	if (m->inotify >= 0)
		watch_folders(m);
	r = store_version(m->store, &version, err);
	if (r == 0 && (!m->world || version != m->version || m->flags & MONITOR_BEFORE))
		r = load_world(m, &fresh, err);
	if (r == 0)
		r = m->ctx->view->list(m->ctx->view_handle, &doms, &n, err);
	if (r == 0)
		r = m->ctx->view->host(m->ctx->view_handle, &m->host, err);
	if (r < 0)
		return r;
	m->seen = fingerprint(doms, n);
	world_live(m->ctx, fresh ? fresh : m->world, known, doms, n);
	if (fresh) {
		world_free(m->before);
		m->before = m->world;
		m->world = steal(fresh);
		m->version = version;
	}
	if (!(m->flags & MONITOR_BEFORE)) {
		world_free(m->before);
		m->before = NULL;
	}
	add_dom0(m);
	return add_io(m, doms, n, err);
}

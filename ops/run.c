/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of one domain: built by its watcher, and taken down by whoever holds its lock. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/loop.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "ops/image.h"
#include "ops/net.h"
#include "ops/pci.h"

/* A start under way. */
struct starting {
	struct qvm_ctx *ctx;
	struct store *s;
	struct world *w; /* as of the transaction that recorded the intent */
	struct vm *vm;
	struct run_plan plan;
	struct intent in;
	struct hv_id id;
	bool was_clean[VOL_ROLE_COUNT]; /* until this start marked it dirty */
	int64_t image;			/* that it goes on from; or 0 */
	bool ran;			/* it was unpaused, so it may have written */
};

/* ---- recording ---- */

static void intent_volumes(struct starting *st)
{
	char name[POOL_ID_MAX];

	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm *owner;
		const struct vm_volume *source =
			volume_source(st->w, st->vm, (enum vol_role)i, &owner);

		if (!st->vm->has_volume[i] || st->vm->volumes[i].persistent)
			continue;
		scratch_name(st->vm, (enum vol_role)i, name);
		intent_item_add(&st->in, "scratch", NULL, name);
		if (!source)
			continue;
		vol_revision_id(source, vol_newest(source)->serial, name);
		intent_item_add(&st->in, "origin", source->pool, name);
	}
	/* Whoever saves it needs not tell: see image.h. */
	if (st->vm->id >= DISP_ID_FIRST) {
		image_volume(st->vm->id, name);
		intent_item_add(&st->in, "scratch", NULL, name);
	}
}

/*
 * One transaction reads the registry, chooses the revisions to start from, and writes the
 * intent that keeps them from being pruned.
 */
static int record(struct starting *st, int64_t vm_id, struct qvm_err *err)
{
	int r = store_begin_settled(st->ctx, st->s, vm_id, &st->w, err);

	if (r == 0) {
		st->vm = world_vm_by_id(st->w, vm_id);
		r = st->vm ? run_check(st->w, st->vm, err)
			   : err_set(err, QVM_E_NO_VM, "the domain was removed");
	}
	if (r == 0)
		r = run_plan_make(st->ctx, st->w, st->vm, &st->plan, err);
	if (r == 0)
		r = pci_prepare(st->ctx, st->w, st->vm, &st->plan.pcis, err);
	if (r == 0) {
		st->in.vm_id = vm_id;
		st->in.op = INTENT_RUN;
		intent_volumes(st);
		r = intent_begin(st->s, &st->in, err);
	}
	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++) {
		struct vm_volume *vol = &st->vm->volumes[i];

		if (!st->vm->has_volume[i] || !vol->persistent || vol->dirty)
			continue;
		vol->dirty = true;
		st->was_clean[i] = true;
		r = store_volume_update(st->s, vol, err);
	}
	if (r == 0)
		r = store_commit(st->s, err);
	if (r < 0) {
		store_rollback(st->s);
		st->in.id = 0;
	}
	return r;
}

/* ---- volumes ---- */

static int pool_device(struct starting *st, const char *pool_name, const char *id,
		       struct block_dev *ret, struct qvm_err *err)
{
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	int r = pool_open(st->ctx, st->w, pool_name, &pool, err);

	return r < 0 ? r : pool.ops->device(pool.pool, id, ret, err);
}

/* Over which device a volume that lives for this run begins: 1; or 0: it is blank. */
static int find_origin(struct starting *st, enum vol_role role, struct block_dev *ret,
		       struct qvm_err *err)
{
	const struct vm *saved = world_vm_by_id(st->w, st->image);
	const struct vm_volume *source;
	const struct vm *owner;
	char id[POOL_ID_MAX];
	int r;

	if (st->image) {
		scratch_name(saved, role, id);
		r = st->ctx->scratch->find(st->ctx->scratch_handle, id, ret, err);
		return r < 0 ? r : 1;
	}
	source = volume_source(st->w, st->vm, role, &owner);
	if (!source)
		return 0;
	vol_revision_id(source, vol_newest(source)->serial, id);
	r = pool_device(st, source->pool, id, ret, err);
	return r < 0 ? r : 1;
}

/* Persistent volumes are there already; what lives for this run is made in one call. */
static int make_volumes(struct starting *st, struct qvm_err *err)
{
	struct block_dev origins[VOL_ROLE_COUNT], made[VOL_ROLE_COUNT];
	struct scratch_request requests[VOL_ROLE_COUNT];
	int roles[VOL_ROLE_COUNT];
	size_t n = 0;
	int r = 0;

	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &st->vm->volumes[i];
		char id[POOL_ID_MAX];

		if (!st->vm->has_volume[i])
			continue;
		if (vol->persistent) {
			vol_live_id(vol, id);
			r = pool_device(st, vol->pool, id, &st->plan.devices[i], err);
			continue;
		}
		requests[n] = (struct scratch_request){.size = vol->size};
		scratch_name(st->vm, (enum vol_role)i, requests[n].name);
		r = find_origin(st, (enum vol_role)i, &origins[n], err);
		if (r > 0)
			requests[n].origin = &origins[n];
		r = r < 0 ? r : 0;
		roles[n++] = i;
	}
	if (r < 0 || !n)
		return r;
	r = scratch_get(st->ctx, st->w->scratch, err);
	if (r == 0)
		r = st->ctx->scratch->create(st->ctx->scratch_handle, requests, n, made,
					     err);
	for (size_t i = 0; r == 0 && i < n; i++)
		st->plan.devices[roles[i]] = made[i];
	return r;
}

static void connect_disk(struct hv_disk *disk, const struct block_dev *dev)
{
	disk->planned = false;
	disk->path = dev->path;
	disk->major = dev->major;
	disk->minor = dev->minor;
}

static void connect_disks(struct starting *st)
{
	size_t disk = 0;

	for (int i = 0; i < VOL_ROLE_COUNT; i++)
		if (st->vm->has_volume[i])
			connect_disk(&st->plan.disks[disk++], &st->plan.devices[i]);
	if (st->plan.modules)
		connect_disk(&st->plan.disks[disk], &st->plan.modules_device);
}

/* All domains of one kernel share one device, which stays until the kernel is removed. */
static int open_modules(struct starting *st, struct qvm_err *err)
{
	struct block_dev *dev = &st->plan.modules_device;
	cleanup_close int fd = -1;
	struct loop_request req = {.name = "modules.img", .readonly = true};
	struct stat file;
	int r = 0;

	if (!st->plan.modules)
		return 0;
	fd = open(st->plan.modules, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &file) < 0)
		r = -errno;
	if (r == 0)
		r = loop_find(&file, false, dev);
	req.fd = fd;
	if (r == -ENODEV)
		r = loop_make(&req, dev);
	if (r < 0)
		return err_errno(err, r, "cannot make a device of '%s'",
				 st->plan.modules);
	return 0;
}

/* ---- domain ---- */

/* From asking for free memory until it is taken nobody else may ask. */
static int build(struct starting *st, struct qvm_err *err)
{
	cleanup_lock struct lock memory = LOCK_INIT;
	uint64_t need = st->ctx->hv->memory_need(st->ctx->hv_handle, &st->plan.config);
	int r = lock_take(st->ctx, LOCK_MEMORY, 0, -1, &memory, err);

	if (r == 0)
		r = memory_await(st->ctx, need, err);
	if (r < 0)
		return r;
	ctx_progress(st->ctx, "building the domain", -1);
	return st->ctx->hv->create(st->ctx->hv_handle, &st->plan.config, &st->id, err);
}

static int let_go(struct starting *st, bool paused, struct qvm_err *err)
{
	struct run_state state = {.phase = RUN_RUNNING,
				  .domid = st->id.domid,
				  .start_time = (int64_t)time(NULL)};
	struct qvm_err no_console;
	cleanup_free char *tty = NULL;
	int r;

	/* Without a console the domain is of use all the same. */
	if (st->ctx->hv->console(st->ctx->hv_handle, &st->id, &tty, &no_console) < 0)
		ctx_log(st->ctx, QVM_LEVEL_WARN, "%s", no_console.text);
	else if (strlen(tty) < sizeof(state.console))
		memcpy(state.console, tty, strlen(tty));
	r = paused ? 0 : st->ctx->hv->unpause(st->ctx->hv_handle, &st->id, err);
	st->ran = r == 0 && !paused;
	/* From here on a dead watcher is replaced; until now the start was undone. */
	return r < 0 ? r : run_state_write(st->ctx, st->vm->id, &state, err);
}

/* Its memory, and what makes it another one than all that go on from there. */
static int take_image(struct starting *st, struct qvm_err *err)
{
	cleanup_free char *seed = image_seed();
	struct run_plan *p = &st->plan;
	int r;

	if (!world_vm_by_id(st->w, st->image) || !seed)
		return err_set(err, QVM_E_NOT_FOUND, "the image is gone");
	r = scratch_get(st->ctx, st->w->scratch, err);
	if (r == 0 && !st->ctx->scratch->find)
		r = err_set(err, QVM_E_UNSUPPORTED, "nothing can be saved here");
	if (r < 0)
		return r;
	r = image_open(st->ctx, st->image, st->vm->id);
	if (r < 0)
		return err_errno(err, r, "cannot open the image");
	p->config.saved = r;
	p->config.nic_count = 0; /* it was saved without one: see finish_wake in disp.c */
	run_plan_key(p, "seed", seed);
	return 0;
}

static int start_steps(struct starting *st, int64_t vm_id, bool paused,
		       struct qvm_err *err)
{
	const struct run_state state = {.phase = RUN_STARTING};
	int r = view_get(st->ctx, err);

	if (r == 0)
		r = hv_get(st->ctx, err);
	if (r == 0)
		r = record(st, vm_id, err);
	if (r == 0)
		r = run_state_write(st->ctx, vm_id, &state, err);
	if (r == 0 && st->image)
		r = take_image(st, err);
	if (r == 0)
		ctx_progress(st->ctx, "preparing volumes", -1);
	if (r == 0)
		r = make_volumes(st, err);
	if (r == 0)
		r = open_modules(st, err);
	if (r < 0)
		return r;
	connect_disks(st);
	r = net_prepare(st->ctx, st->w, st->vm, &st->plan, err);
	if (r == 0)
		r = build(st, err);
	if (r == 0)
		r = let_go(st, paused, err);
	if (r == 0)
		net_started(st->ctx, st->s, vm_id, st->plan.nic.backend_domid);
	return r;
}

/* What never ran has written nothing: its volumes are as their newest revisions are. */
static int undo_start(struct starting *st, struct qvm_err *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT && !st->ran; i++) {
		if (!st->was_clean[i])
			continue;
		st->vm->volumes[i].dirty = false;
		r = store_volume_update(st->s, &st->vm->volumes[i], err);
	}
	return r < 0 ? r : intent_resolve(st->ctx, st->s, &st->in, err);
}

int run_start(struct qvm_ctx *ctx, struct store *s, int64_t vm_id,
	      const struct op_start *how, struct qvm_err *err)
{
	struct starting st = {
		.ctx = ctx, .s = s, .image = how->image, .plan.cdrom = how->cdrom};
	struct qvm_err undo_err;
	int r = start_steps(&st, vm_id, how->paused, err);

	if (r < 0 && st.in.id && undo_start(&st, &undo_err) < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "left for qvm-recover: %s", undo_err.text);
	if (st.plan.config.saved)
		close(st.plan.config.saved);
	run_plan_dispose(&st.plan);
	intent_dispose(&st.in);
	world_free(st.w);
	return r;
}

/* ---- stopping ---- */

static int find_run(struct store *s, int64_t vm_id, struct intent *ret,
		    struct qvm_err *err)
{
	struct intent *all = NULL;
	size_t n = 0;
	int r = intent_list(s, &all, &n, err);

	*ret = (struct intent){0};
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (all[i].vm_id != vm_id || all[i].op != INTENT_RUN || ret->id)
			continue;
		*ret = all[i];
		all[i] = (struct intent){0};
	}
	intents_free(all, n);
	return r;
}

int run_stop(struct qvm_ctx *ctx, struct store *s, int64_t vm_id, struct qvm_err *err)
{
	cleanup(intent_dispose) struct intent in = {0};
	int r = find_run(s, vm_id, &in, err);

	if (r == 0 && !in.id)
		run_state_remove(ctx, vm_id); /* of one who was killed at the end */
	if (r < 0 || !in.id)
		return r;
	/* Whoever waits for the end finds the interfaces gone too. */
	net_ended(ctx, s, vm_id);
	return intent_resolve(ctx, s, &in, err);
}

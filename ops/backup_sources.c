/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is saved. Each domain is read at its newest revision, which an intent keeps for as long
 * as that takes; nothing is locked, and it may run and end meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "ops/backup_sources.h"

static void source_close(struct source *src)
{
	cleanup_close_at(&src->fd);
	pool_close(&src->pool);
	free(src->ranges);
	free(src->before);
	free(src->changed);
}

/* ---- the present state ---- */

#define STATE "qvm-backup" /* name of the revisions that are taken */

/* Those that were not taken are not there. */
static void drop_states(struct saving *sv, struct saved *d)
{
	struct qvm_err why;

	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct op_volume which = {d->vm->name, (enum vol_role)i, NULL};
		int r = 0;

		if (d->vm->has_volume[i] && d->vm->volumes[i].persistent)
			r = op_volume_drop(sv->ctx, &which, STATE, &why);
		if (r < 0 && r != -QVM_E_NOT_FOUND)
			ctx_log(sv->ctx, QVM_LEVEL_WARN,
				"a revision '" STATE "' is left: %s", why.text);
	}
}

static int take_states(struct saving *sv, struct saved *d, struct qvm_err *err)
{
	int r = 0;

	d->now = true;
	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++) {
		const struct op_volume which = {d->vm->name, (enum vol_role)i, NULL};

		if (d->vm->has_volume[i] && d->vm->volumes[i].persistent)
			r = vol_keep_running(sv->ctx, &which, STATE, err);
		/* It has ended meanwhile, or is about to: there is nothing newer. */
		if (r == -QVM_E_NOT_RUNNING)
			r = 0;
	}
	return r;
}

static const struct vm_revision *state_of(const struct saved *d,
					  const struct vm_volume *vol)
{
	struct vm_revision *rev = NULL;
	struct qvm_err absent;

	if (d->now && vol_revision_find(vol, STATE, &rev, &absent) == 0)
		return rev;
	return vol_newest(vol);
}

static void saved_close(struct saving *sv, struct saved *d)
{
	bool opened = false; /* an unchanged one of a repository is not */
	struct qvm_err why;

	for (size_t i = 0; i < d->count; i++) {
		opened = opened || d->sources[i].pool.ops;
		source_close(&d->sources[i]);
	}
	d->count = 0;
	if (d->recorded && intent_end(sv->s, d->in.id, &why) < 0)
		ctx_log(sv->ctx, QVM_LEVEL_WARN, "left for qvm-recover: %s", why.text);
	if (d->recorded && opened)
		devices_release(sv->ctx, sv->s, sv->w, &d->in);
	d->recorded = false;
	intent_dispose(&d->in);
	if (d->now)
		drop_states(sv, d);
	d->now = false;
}

void saving_dispose(struct saving *sv)
{
	helper_end(&sv->helper);
	for (size_t i = 0; i < sv->n; i++)
		saved_close(sv, &sv->v[i]);
	free(sv->v);
	store_close(sv->s);
	world_free(sv->w);
}

/* ---- choosing ---- */

static bool is_named(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool is_chosen(const struct saving *sv, const struct vm *vm)
{
	const struct op_backup *req = sv->req;

	if (vm->klass == CLASS_ADMIN ||
	    is_named(req->exclude, req->exclude_count, vm->name))
		return false;
	if (req->name_count)
		return is_named(req->names, req->name_count, vm->name);
	return vm->klass != CLASS_DISP && prop_bool(sv->w, vm, PROP_INCLUDE_IN_BACKUPS);
}

static const char *unfit(const struct vm *vm)
{
	if (vm->klass == CLASS_DISP)
		return "a disposable has nothing that lasts";
	for (int i = 0; i < VOL_ROLE_COUNT; i++)
		if (vm->has_volume[i] && vm->volumes[i].persistent &&
		    !vol_newest(&vm->volumes[i]))
			return "it keeps no revisions that could be read";
	return NULL;
}

static int check_names(const struct saving *sv, struct qvm_err *err)
{
	struct vm *vm;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sv->req->name_count; i++)
		r = vm_find(sv->w, sv->req->names[i], &vm, err);
	for (size_t i = 0; r == 0 && i < sv->req->exclude_count; i++)
		r = vm_find(sv->w, sv->req->exclude[i], &vm, err);
	return r;
}

/* The rows first: pointers to them stay good from then on. */
static void choose(struct saving *sv)
{
	size_t row = 0;

	for (size_t i = 0; i < sv->w->vm_count; i++) {
		const struct vm *vm = &sv->w->vms[i];

		if (is_chosen(sv, vm))
			backup_row_add(sv->list, vm->name, vm_classes[vm->klass].name);
	}
	sv->v = xcalloc(sv->list->n + 1, sizeof(*sv->v));
	for (size_t i = 0; i < sv->w->vm_count; i++) {
		const struct vm *vm = &sv->w->vms[i];
		const char *why = unfit(vm);
		struct backup_row *r = &sv->list->v[row];

		if (!is_chosen(sv, vm))
			continue;
		row++;
		r->now = sv->req->snapshot;
		r->running = lock_is_held(sv->ctx, LOCK_RUNNING, vm->id);
		r->why = xstrdup(why);
		r->chosen = !why;
		if (!why)
			sv->v[sv->n++] = (struct saved){.vm = vm, .row = r};
	}
}

/* ---- opening ---- */

static int record(struct saving *sv, struct saved *d, struct qvm_err *err)
{
	char id[POOL_ID_MAX];
	int r;

	d->in = (struct intent){.op = INTENT_REVISE, .vm_id = d->vm->id};
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &d->vm->volumes[i];

		if (!d->vm->has_volume[i] || !vol->persistent)
			continue;
		vol_revision_id(vol, state_of(d, vol)->serial, id);
		intent_item_add(&d->in, "origin", vol->pool, id);
	}
	r = intent_begin(sv->s, &d->in, err);
	d->recorded = r == 0;
	return r;
}

/* Where nobody knows, all of it has data. */
void saving_ranges(struct saving *sv, struct source *src)
{
	const struct pool_ops *ops = src->pool.ops;
	struct qvm_err why = QVM_ERR_INIT;

	if (!ops->ranges || ops->ranges(src->pool.pool, src->id, &src->ranges,
					&src->range_count, &why) < 0) {
		if (why.kind)
			ctx_log(sv->ctx, QVM_LEVEL_DEBUG, "all of '%s' is read: %s",
				src->id, why.text);
		src->ranges = xcalloc(1, sizeof(*src->ranges));
		src->ranges[0] = (struct pool_range){0, src->size};
		src->range_count = 1;
	}
	src->data = 0;
	for (size_t i = 0; i < src->range_count; i++)
		src->data += src->ranges[i].len;
}

int saving_open(struct saving *sv, struct source *src, struct qvm_err *err)
{
	struct block_dev dev;
	off_t end;
	int r = pool_open(sv->ctx, sv->w, src->vol->pool, &src->pool, err);

	if (r == 0)
		r = src->pool.ops->device(src->pool.pool, src->id, &dev, err);
	if (r < 0)
		return r;
	src->fd = open(dev.path, O_RDONLY | O_CLOEXEC);
	end = src->fd < 0 ? -1 : lseek(src->fd, 0, SEEK_END);
	if (end < 0)
		return err_errno(err, -errno, "cannot open the volume '%s'", dev.path);
	src->size = (uint64_t)end;
	return 0;
}

static int open_domain(struct saving *sv, struct saved *d, struct qvm_err *err)
{
	int r = record(sv, d, err);

	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &d->vm->volumes[i];
		struct source *src = &d->sources[d->count];

		if (!d->vm->has_volume[i] || !vol->persistent)
			continue;
		*src = (struct source){.vol = vol, .rev = state_of(d, vol), .fd = -1};
		vol_revision_id(vol, src->rev->serial, src->id);
		d->count++;
		if (sv->lazy)
			src->size = vol->size;
		else
			r = saving_open(sv, src, err);
		if (r == 0 && !sv->lazy)
			saving_ranges(sv, src);
		d->row->bytes += src->data;
	}
	return r;
}

/* Those that cannot be opened are left out, and the backup is a partial one. */
static int open_all(struct saving *sv, struct qvm_err *err)
{
	struct qvm_err why = QVM_ERR_INIT;
	size_t kept = 0;

	for (size_t i = 0; i < sv->n; i++) {
		struct saved *d = &sv->v[i];
		int r = open_domain(sv, d, &why);

		if (r < 0) {
			saved_close(sv, d);
			d->row->chosen = false;
			backup_row_failed(d->row, &why);
			continue;
		}
		sv->list->bytes += d->row->bytes;
		sv->v[kept++] = *d;
	}
	sv->n = kept;
	if (kept)
		return 0;
	return why.kind ? err_set(err, why.kind, "%s", why.text)
			: err_set(err, QVM_E_NOT_FOUND,
				  "there is no domain that could be saved");
}

/* For those that run; then all is read again, as they are in it. */
static int renew(struct saving *sv, struct qvm_err *err)
{
	cleanup_world struct world *before = steal(sv->w);
	struct qvm_err why;
	size_t kept = 0;
	int r;

	for (size_t i = 0; i < sv->n; i++) {
		struct saved *d = &sv->v[i];

		r = d->row->running ? take_states(sv, d, &why) : 0;
		if (r < 0) {
			saved_close(sv, d);
			d->row->chosen = false;
			backup_row_failed(d->row, &why);
			continue;
		}
		sv->v[kept++] = *d;
	}
	sv->n = kept;
	r = store_load(sv->s, &sv->w, err);
	for (size_t i = 0; r == 0 && i < sv->n; i++) {
		sv->v[i].vm = world_vm_by_id(sv->w, sv->v[i].vm->id);
		if (!sv->v[i].vm)
			r = err_set(err, QVM_E_NO_VM, "'%s' has been removed meanwhile",
				    sv->v[i].row->name);
	}
	/* They point into the old world; what was taken the next such backup drops. */
	if (r < 0)
		sv->n = 0;
	return r;
}

/* What has just been stopped is saved as it was then. */
static int await_chosen(struct saving *sv, struct qvm_err *err)
{
	cleanup_world struct world *before = NULL;
	bool any = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sv->w->vm_count; i++) {
		const struct vm *vm = &sv->w->vms[i];

		if (!is_chosen(sv, vm) || !vm_is_ending(sv->ctx, vm))
			continue;
		any = true;
		r = vm_await_revisions(sv->ctx, vm, err);
	}
	if (r < 0 || !any)
		return r;
	before = steal(sv->w);
	return store_load(sv->s, &sv->w, err);
}

int saving_prepare(struct saving *sv, struct qvm_err *err)
{
	int r = store_open(sv->ctx, STORE_WRITE, &sv->s, err);

	if (r == 0)
		r = store_load(sv->s, &sv->w, err);
	if (r == 0)
		r = await_chosen(sv, err);
	if (r == 0)
		r = check_names(sv, err);
	if (r < 0)
		return r;
	choose(sv);
	if (sv->req->snapshot && !sv->look)
		r = renew(sv, err);
	return r < 0 ? r : open_all(sv, err);
}

/* ---- afterwards ---- */

/* A warning at most: the backup is there. */
static void stamp(struct saving *sv)
{
	struct prop_change change = {.id = PROP_BACKUP_TIMESTAMP};
	struct qvm_err why;
	char now[24];
	int r = store_begin(sv->s, &why);

	snprintf(now, sizeof(now), "%lld", (long long)time(NULL));
	change.text = now;
	for (size_t i = 0; r == 0 && i < sv->n; i++)
		r = store_prop_set(sv->s, sv->v[i].vm->id, &change, &why);
	r = tx_end(sv->s, r, &why);
	if (r < 0)
		ctx_log(sv->ctx, QVM_LEVEL_WARN, "cannot note the time of the backup: %s",
			why.text);
}

int saving_done(struct saving *sv, struct qvm_err *err)
{
	for (size_t i = 0; i < sv->n; i++)
		sv->v[i].row->done = true;
	stamp(sv);
	if (sv->n == sv->list->n)
		return 0;
	for (size_t i = 0; i < sv->list->n; i++)
		if (!sv->list->v[i].done)
			ctx_log(sv->ctx, QVM_LEVEL_WARN, "'%s' is not saved: %s",
				sv->list->v[i].name, sv->list->v[i].why);
	return err_set(err, QVM_E_PARTIAL, "%zu of %zu domains are not in the backup",
		       sv->list->n - sv->n, sv->list->n);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saving domains. Each is read at its newest revision, which an intent keeps for as long as
 * that takes; nothing is locked, and it may run and end meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backup/v4.h"
#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/size.h"
#include "ops/backup_internal.h"

/* A volume that is saved. */
struct source {
	const struct vm_volume *vol;
	char id[POOL_ID_MAX];
	struct pool_handle pool;
	int fd;
	uint64_t size, data; /* data: what will be read of it */
	struct pool_range *ranges;
	size_t range_count;
};

/* A domain that is saved. */
struct saved {
	const struct vm *vm;
	struct backup_row *row;
	struct source sources[VOL_ROLE_COUNT];
	size_t count;
	struct intent in;
	bool recorded;
};

struct saving {
	struct qvm_ctx *ctx;
	const struct op_backup *req;
	struct store *s;
	struct world *w;
	struct saved *v; /* those chosen */
	size_t n;
	struct helper helper;
	struct backup_rate rate;
	struct backup_list *list;
};

static void source_close(struct source *src)
{
	cleanup_close_at(&src->fd);
	pool_close(&src->pool);
	free(src->ranges);
}

static void saved_close(struct saving *sv, struct saved *d)
{
	struct qvm_err why;

	for (size_t i = 0; i < d->count; i++)
		source_close(&d->sources[i]);
	d->count = 0;
	if (d->recorded && intent_end(sv->s, d->in.id, &why) < 0)
		ctx_log(sv->ctx, QVM_LEVEL_WARN, "left for qvm-recover: %s", why.text);
	if (d->recorded)
		devices_release(sv->ctx, sv->s, sv->w, &d->in);
	d->recorded = false;
	intent_dispose(&d->in);
}

static void saving_dispose(struct saving *sv)
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
		vol_revision_id(vol, vol_newest(vol)->serial, id);
		intent_item_add(&d->in, "origin", vol->pool, id);
	}
	r = intent_begin(sv->s, &d->in, err);
	d->recorded = r == 0;
	return r;
}

/* Where nobody knows, all of it has data. */
static void find_ranges(struct saving *sv, struct source *src)
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

static int open_source(struct saving *sv, struct source *src, struct qvm_err *err)
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
	find_ranges(sv, src);
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
		*src = (struct source){.vol = vol, .fd = -1};
		vol_revision_id(vol, vol_newest(vol)->serial, src->id);
		d->count++;
		r = open_source(sv, src, err);
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

static int prepare(struct saving *sv, struct qvm_err *err)
{
	int r = store_open(sv->ctx, STORE_WRITE, &sv->s, err);

	if (r == 0)
		r = store_load(sv->s, &sv->w, err);
	if (r == 0)
		r = check_names(sv, err);
	if (r < 0)
		return r;
	choose(sv);
	return open_all(sv, err);
}

int op_backup_list(struct qvm_ctx *ctx, const struct op_backup *req,
		   struct backup_list *ret, struct qvm_err *err)
{
	cleanup(saving_dispose) struct saving sv = {
		.ctx = ctx, .req = req, .helper = HELPER_INIT, .list = ret};

	return prepare(&sv, err);
}

/* ---- writing ---- */

/* A path of the archive; what is in it is from our own numbers and names of roles. */
static const char *path_of(const struct saved *d, const char *file,
			   char ret[static META_PATH_MAX])
{
	snprintf(ret, META_PATH_MAX, "vm%lld/%s", (long long)d->vm->id, file);
	return ret;
}

static const char *image_of(const struct saved *d, const struct source *src,
			    char ret[static META_PATH_MAX])
{
	char file[32];

	snprintf(file, sizeof(file), "%s.img", vol_role_names[src->vol->role]);
	return path_of(d, file, ret);
}

/* Waits until something is asked for; what comes before is progress. */
static int ready(struct saving *sv, struct qvm_err *err)
{
	long long done;

	for (;;) {
		int r = helper_listen(&sv->helper, err);

		if (r < 0 || strcmp(sv->helper.words[0], "next") == 0)
			return r;
		if (strcmp(sv->helper.words[0], "progress") == 0 &&
		    num_parse(sv->helper.words[1], 0, INT64_MAX, &done) == 0)
			backup_rate_show(sv->ctx, &sv->rate, (uint64_t)done);
		else if (strcmp(sv->helper.words[0], "end") == 0)
			return 0;
	}
}

static int send_text(struct saving *sv, const char *what, const void *data, size_t len,
		     struct qvm_err *err)
{
	cleanup_close int fd = channel_file(data, len);
	int r;

	if (fd < 0)
		return err_errno(err, fd, "cannot speak to the helper");
	r = ready(sv, err);
	return r < 0 ? r : helper_answer(&sv->helper, fd, err, "%s", what);
}

static int send_member(struct saving *sv, const char *path, struct qvm_err *err)
{
	int r = ready(sv, err);

	return r < 0 ? r : helper_answer(&sv->helper, -1, err, "member %s", path);
}

static int send_members(struct saving *sv, struct qvm_err *err)
{
	char path[META_PATH_MAX];
	int r = send_member(sv, "qubes.xml", err);

	for (size_t i = 0; r == 0 && i < sv->n; i++) {
		const struct saved *d = &sv->v[i];

		for (size_t k = 0; r == 0 && k < d->count; k++)
			r = send_member(sv, image_of(d, &d->sources[k], path), err);
		if (r == 0 && d->vm->firewall)
			r = send_member(sv, path_of(d, "firewall.xml", path), err);
	}
	return r;
}

static int send_xml(struct saving *sv, struct qvm_err *err)
{
	struct meta_label labels[BACKUP_LABELS];
	size_t n = backup_labels(labels);
	cleanup_meta struct meta meta = {0};
	cleanup_buf struct buf xml = BUF_INIT;

	/* Its size is a bound for what its files take, as Qubes's reader wants one. */
	for (size_t i = 0; i < sv->n; i++)
		backup_meta_add(sv->w, sv->v[i].vm, sv->v[i].row->bytes + MIB, &meta);
	meta_xml(&meta, labels, n, &xml);
	return send_text(sv, "file qubes.xml", xml.data, xml.len, err);
}

static int send_volume(struct saving *sv, const struct saved *d, const struct source *src,
		       struct qvm_err *err)
{
	char path[META_PATH_MAX];
	int r = send_text(sv, "ranges", src->ranges,
			  src->range_count * sizeof(*src->ranges), err);

	if (r == 0)
		r = ready(sv, err);
	return r < 0 ? r
		     : helper_answer(&sv->helper, src->fd, err, "volume %s %llu",
				     image_of(d, src, path),
				     (unsigned long long)src->size);
}

static int send_firewall(struct saving *sv, const struct saved *d, struct qvm_err *err)
{
	cleanup_buf struct buf xml = BUF_INIT;
	cleanup_free char *what = NULL;
	char path[META_PATH_MAX];

	if (!d->vm->firewall)
		return 0;
	firewall_xml(d->vm->firewall, &xml);
	what = xasprintf("file %s", path_of(d, "firewall.xml", path));
	return send_text(sv, what, xml.data, xml.len, err);
}

static int send_domain(struct saving *sv, struct saved *d, struct qvm_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->count; i++)
		r = send_volume(sv, d, &d->sources[i], err);
	return r == 0 ? send_firewall(sv, d, err) : r;
}

/* What tells this backup from all others: the second it began in, and the process. */
static int send_settings(struct saving *sv, struct qvm_err *err)
{
	time_t now = time(NULL);
	char id[64], number[24];
	size_t len;
	struct tm tm;
	int r;

	localtime_r(&now, &tm);
	len = strftime(id, sizeof(id), "%Y%m%dT%H%M%S", &tm);
	snprintf(id + len, sizeof(id) - len, "-%d", (int)getpid());
	r = backup_send_setting(&sv->helper, "id", id, err);
	if (r == 0)
		r = backup_send_setting(&sv->helper, "filter",
					sv->req->filter ? sv->req->filter : "gzip", err);
	snprintf(number, sizeof(number), "%d", sv->req->log_n);
	if (r == 0 && sv->req->log_n)
		r = backup_send_setting(&sv->helper, "log-n", number, err);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)sv->req->part);
	if (r == 0 && sv->req->part)
		r = backup_send_setting(&sv->helper, "part", number, err);
	return r == 0 ? backup_send_pass(&sv->helper, &sv->req->pass, err) : r;
}

static int finish(struct saving *sv, struct qvm_err *err)
{
	long long written = 0;
	int r = ready(sv, err);

	if (r == 0)
		r = helper_answer(&sv->helper, -1, err, "end");
	if (r == 0)
		r = ready(sv, err);
	if (r == 0 && num_parse(sv->helper.words[1], 0, INT64_MAX, &written) == 0)
		sv->list->written = (uint64_t)written;
	return r;
}

static int write_all(struct saving *sv, struct qvm_err *err)
{
	int r = helper_start(sv->ctx, "v4-write", -1, sv->req->out, &sv->helper, err);

	sv->rate = (struct backup_rate){"saving", sv->list->bytes, clock_ms()};
	if (r == 0)
		r = send_settings(sv, err);
	if (r == 0)
		r = send_members(sv, err);
	if (r == 0)
		r = send_xml(sv, err);
	for (size_t i = 0; r == 0 && i < sv->n; i++)
		r = send_domain(sv, &sv->v[i], err);
	return r == 0 ? finish(sv, err) : r;
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

int op_backup(struct qvm_ctx *ctx, const struct op_backup *req, struct backup_list *ret,
	      struct qvm_err *err)
{
	cleanup(saving_dispose) struct saving sv = {
		.ctx = ctx, .req = req, .helper = HELPER_INIT, .list = ret};
	const struct scrypt_pass pass = {req->pass.data, req->pass.len};
	int r = v4_pass_check(&pass, err);

	if (r == 0)
		r = prepare(&sv, err);
	if (r == 0)
		r = write_all(&sv, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sv.n; i++)
		sv.v[i].row->done = true;
	stamp(&sv);
	if (sv.n == ret->n)
		return 0;
	return err_set(err, QVM_E_PARTIAL, "%zu of %zu domains are not in the backup",
		       ret->n - sv.n, ret->n);
}

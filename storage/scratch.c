/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Volumes for one run: thin volumes in the store's pool, over an external origin or blank.
 *
 * Ioctls, for N volumes: to open 1 (when the store is there); to create 2 (listing, the
 * pool's fill) and 4 a volume (message, create, load, resume); to remove 1 (listing) and 2
 * a volume (remove, message).
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "storage/lvname.h"
#include "storage/scratch_store.h"
#include "storage/scratch_volume.h"
#include "storage/storage.h"
#include "storage/thin.h"

#define BUSY_MS 5000
#define BUSY_STEP_MS 25

static int request_check(const struct scratch_request *req, size_t n, struct qvm_err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (!vol_id_ok(req[i].name) ||
		    strncmp(req[i].name, STORE_PREFIX, strlen(STORE_PREFIX)) == 0)
			return err_set(err, QVM_E_VALUE,
				       "'%.*s' is no name for an ephemeral volume",
				       POOL_ID_MAX - 1, req[i].name);
		if (req[i].size == 0 || req[i].size % SECTOR)
			return err_set(err, QVM_E_VALUE,
				       "cannot make the ephemeral volume '%s' of %" PRIu64
				       " bytes: a size is a multiple of 512",
				       req[i].name, req[i].size);
		for (size_t k = 0; k < i; k++)
			if (strcmp(req[i].name, req[k].name) == 0)
				return err_set(
					err, QVM_E_EXISTS,
					"the ephemeral volume '%s' is asked for twice",
					req[i].name);
	}
	return 0;
}

static int pool_status(struct scratch *s, struct thin_status *ret, sectors *ret_len,
		       struct qvm_err *err)
{
	struct dmap_status status;
	int r = dmap_status_own(&s->dm, STORE_POOL, &status);

	if (r < 0)
		return dmap_fail(&s->dm, r, err, "cannot ask the ephemeral store");
	if (thin_status_parse(status.params, ret) < 0)
		return err_set(err, QVM_E_STORAGE,
			       "the ephemeral store's state is not understood: '%s'",
			       status.params);
	*ret_len = status.len;
	return 0;
}

/*
 * Dead runs leave devices of the names that are wanted now. Their numbers still count as
 * taken: a device of somebody else can bear such a name, and stays.
 */
static int replace_old(struct scratch *s, const struct scratch_request *req, size_t n,
		       const struct volumes *have, struct qvm_err *err)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < have->n; k++) {
			int r;

			if (strcmp(req[i].name, have->v[k].name) != 0)
				continue;
			r = volume_remove(s, &have->v[k]);
			if (r < 0)
				return dmap_fail(&s->dm, r, err,
						 "cannot replace the ephemeral volume "
						 "'%s' that an "
						 "earlier run left",
						 req[i].name);
		}
	return 0;
}

static int create_all(struct scratch *s, const struct scratch_request *req, size_t n,
		      struct block_dev *ret, struct qvm_err *err)
{
	cleanup_volumes struct volumes have = {0};
	int r = volumes_list(s, &have, err);

	if (r == 0)
		r = replace_old(s, req, n, &have, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		struct volume v = {.id = volumes_free_id(&have)};

		snprintf(v.name, sizeof(v.name), "%s", req[i].name);
		r = volume_make(s, &v, &req[i], &ret[i]);
		if (r < 0) {
			dmap_fail(&s->dm, r, err, "cannot make the ephemeral volume '%s'",
				  req[i].name);
			while (i-- > 0) /* newest first; ours are the last of the list */
				volume_undo(s, &have.v[--have.n]);
			return -err->kind;
		}
		array_grow(have.v, have.n) = v;
		have.n++;
	}
	return 0;
}

static int scratch_create(void *scratch, const struct scratch_request *req, size_t n,
			  struct block_dev *ret, struct qvm_err *err)
{
	struct scratch *s = scratch;
	dmap_scope(&s->dm);
	struct thin_status status;
	cleanup_close int lock = -1;
	sectors len;
	int r = request_check(req, n, err);

	if (r < 0 || n == 0)
		return r;
	r = store_lock(s->ctx, &lock, err);
	if (r < 0)
		return r;
	r = pool_status(s, &status, &len, err);
	if (r == 0)
		r = thin_guard(&status, len, "the ephemeral store",
			       "stop a domain, or enlarge it", err);
	return r < 0 ? r : create_all(s, req, n, ret, err);
}

static bool wanted(const struct volume *v, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v->name, names[i]) == 0)
			return true;
	return false;
}

/* One try at each; how many are still busy, or a negative kind. */
static int remove_round(struct scratch *s, const char *const *names, size_t n,
			bool last_try, struct qvm_err *err)
{
	cleanup_volumes struct volumes have = {0};
	cleanup_close int lock = -1;
	int busy = 0, r = store_lock(s->ctx, &lock, err);

	if (r == 0)
		r = volumes_list(s, &have, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < have.n; i++) {
		const struct volume *v = &have.v[i];
		char dev[VOLUME_DEV_MAX];

		if (!wanted(v, names, n))
			continue;
		r = volume_remove(s, v);
		if (r < 0 && r != -EBUSY)
			return dmap_fail(&s->dm, r, err,
					 "cannot remove the ephemeral volume '%s'",
					 v->name);
		if (r == 0)
			continue;
		busy++;
		volume_dev(v, dev);
		if (!last_try)
			continue;
		r = dmap_remove(&s->dm, dev, true);
		err_set(err, QVM_E_BUSY,
			"cannot remove the ephemeral volume '%s': something has it "
			"open%s",
			v->name, r < 0 ? "" : "; the kernel removes it when that closes");
	}
	return busy;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int scratch_remove(void *scratch, const char *const *names, size_t n,
			  struct qvm_err *err)
{
	struct scratch *s = scratch;
	dmap_scope(&s->dm);
	int64_t deadline = now_ms() + BUSY_MS;

	for (;;) {
		bool last_try = now_ms() >= deadline;
		int r = remove_round(s, names, n, last_try, err);

		if (r <= 0)
			return r;
		if (last_try)
			return -err->kind;
		poll(NULL, 0, BUSY_STEP_MS);
	}
}

static int scratch_list(void *scratch, struct strv *ret, struct qvm_err *err)
{
	struct scratch *s = scratch;
	dmap_scope(&s->dm);
	cleanup_volumes struct volumes have = {0};
	int r = volumes_list(s, &have, err);

	for (size_t i = 0; r == 0 && i < have.n; i++) {
		char dev[VOLUME_DEV_MAX];
		struct dmap_dev found;

		volume_dev(&have.v[i], dev);
		if (dmap_find_own(&s->dm, dev, &found) == 0)
			strv_add(ret, have.v[i].name);
	}
	return r;
}

static int scratch_usage(void *scratch, struct pool_usage *ret, struct qvm_err *err)
{
	struct scratch *s = scratch;
	dmap_scope(&s->dm);
	struct thin_status status;
	sectors len;
	int r = pool_status(s, &status, &len, err);

	if (r == 0)
		thin_usage(&status, len, ret);
	return r;
}

static int scratch_stop(void *scratch, struct qvm_err *err)
{
	struct scratch *s = scratch;
	dmap_scope(&s->dm);
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_close int lock = -1;
	int r = store_lock(s->ctx, &lock, err);

	if (r == 0)
		r = scratch_list(s, &names, err);
	if (r < 0)
		return r;
	if (names.n)
		return err_set(
			err, QVM_E_IN_USE,
			"cannot take down the ephemeral store: the volume '%s' is in it",
			names.v[0]);
	return store_stop(&s->dm, err);
}

static int scratch_open(struct qvm_ctx *ctx, const char *location, void **ret,
			struct qvm_err *err)
{
	struct scratch *s = xcalloc(1, sizeof(*s));
	int r;

	s->ctx = ctx;
	s->dm.ctx = ctx;
	r = store_open(ctx, &s->dm, location, &s->pool, err);
	dmap_release(&s->dm);
	if (r < 0) {
		free(s);
		return r;
	}
	*ret = s;
	return 0;
}

static void scratch_close(void *scratch)
{
	free(scratch);
}

const struct scratch_ops scratch_thin = {
	.name = "thin",
	.open = scratch_open,
	.close = scratch_close,
	.create = scratch_create,
	.remove = scratch_remove,
	.list = scratch_list,
	.usage = scratch_usage,
	.stop = scratch_stop,
};

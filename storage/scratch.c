/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Volumes for one run: a slice of the store, encrypted with a key of that run, and on it
 * what the run changes of its origins, and its blank volumes.
 *
 * Ioctls: to open 1 (when the store is there); to create 9 and 3 a volume, and 3 more for
 * each over an origin but the first; to remove 1, 1 a volume, 3 for the run. An AppVM with
 * root and volatile: 15 and 6.
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
#include "storage/scratch_run.h"
#include "storage/scratch_store.h"
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
	int r = thin_status_own(&s->dm, STORE_POOL, ret, ret_len);

	return r < 0 ? dmap_fail(&s->dm, r, err, "cannot ask the ephemeral store") : 0;
}

/* Nobody is in the middle of making one, for the lock is held. */
static void sweep(struct scratch *s, struct parts *have)
{
	if (runs_sweep(s, have) < 0)
		ctx_log(s->ctx, QVM_LEVEL_WARN, "a part of an ephemeral run stays: %s",
			s->dm.text);
}

static bool wanted(const struct part *p, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(p->name, names[i]) == 0)
			return true;
	return false;
}

/*
 * Dead runs leave devices of the names that are wanted now. One that belongs to somebody
 * else and only bears such a name stays, and so does its number.
 */
static int replace_old(struct scratch *s, const struct scratch_request *req, size_t n,
		       struct parts *have, struct qvm_err *err)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < have->n;) {
			const char *name = req[i].name;
			int r;

			if (!wanted(&have->v[k], &name, 1) ||
			    part_is_foreign(s, &have->v[k])) {
				k++;
				continue;
			}
			r = part_remove(s, have, k);
			if (r < 0)
				return dmap_fail(&s->dm, r, err,
						 "cannot replace the ephemeral volume "
						 "'%s' that an earlier run left",
						 req[i].name);
		}
	return 0;
}

/*
 * After an error beneath it the kernel takes no more changes of the pool. What is in it is
 * for one run only, so with the last run gone it is made anew, empty.
 */
static int renew_if_damaged(struct scratch *s, struct thin_status *status, sectors *len,
			    struct qvm_err *err)
{
	cleanup_parts struct parts have = {0};
	size_t before;
	int r;

	if (!thin_is_damaged(status))
		return 0;
	r = parts_list(s, &have, err);
	if (r < 0)
		return r;
	/* It cannot forget their numbers any more: one run goes with each try. */
	do {
		before = have.n;
		r = runs_sweep(s, &have);
	} while (r < 0 && have.n < before);
	if (have.n)
		return 0; /* the guard says what is wrong */
	ctx_log(s->ctx, QVM_LEVEL_WARN,
		"the ephemeral store had failed, and is made anew");
	r = store_make(s->ctx, &s->dm, s->location, &s->pool, err);
	return r < 0 ? r : pool_status(s, status, len, err);
}

static int create_run(struct scratch *s, const struct scratch_request *req, size_t n,
		      struct block_dev *ret, struct qvm_err *err)
{
	cleanup_parts struct parts have = {0};
	int r = parts_list(s, &have, err);

	if (r == 0)
		r = replace_old(s, req, n, &have, err);
	if (r < 0)
		return r;
	sweep(s, &have);
	return run_make(s, run_free_id(&have), req, n, ret, err);
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
		r = renew_if_damaged(s, &status, &len, err);
	if (r == 0)
		r = thin_guard(&status, len, "the ephemeral store",
			       "stop a domain, or enlarge it", err);
	return r < 0 ? r : create_run(s, req, n, ret, err);
}

/* The kernel removes it when it is closed; whoever comes next sweeps the rest. */
static int give_up(struct scratch *s, const struct part *p, struct qvm_err *err)
{
	char dev[PART_DEV_MAX];
	int r;

	part_dev(p, dev);
	r = dmap_remove(&s->dm, dev, true);
	return err_set(err, QVM_E_BUSY,
		       "cannot remove the ephemeral volume '%s': something has it open%s",
		       p->name, r < 0 ? "" : "; the kernel removes it when that closes");
}

/* One try at each; how many are still busy, or a negative kind. */
static int remove_round(struct scratch *s, const char *const *names, size_t n,
			bool last_try, struct qvm_err *err)
{
	cleanup_parts struct parts have = {0};
	cleanup_close int lock = -1;
	int busy = 0, r = store_lock(s->ctx, &lock, err);

	if (r == 0)
		r = parts_list(s, &have, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < have.n;) {
		if (!wanted(&have.v[i], names, n)) {
			i++;
			continue;
		}
		r = part_remove(s, &have, i);
		if (r == 0)
			continue;
		if (r != -EBUSY)
			return dmap_fail(&s->dm, r, err,
					 "cannot remove the ephemeral volume '%s'",
					 have.v[i].name);
		busy++;
		if (last_try)
			(void)give_up(s, &have.v[i], err); /* the caller returns it */
		i++;
	}
	sweep(s, &have);
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

static int scratch_find(void *scratch, const char *name, struct block_dev *ret,
			struct qvm_err *err)
{
	struct scratch *s = scratch;
	dmap_scope(&s->dm);
	cleanup_parts struct parts have = {0};
	char dev[PART_DEV_MAX];
	struct dmap_dev found;
	int r = parts_list(s, &have, err);

	for (size_t i = 0; r == 0 && i < have.n; i++) {
		if (!wanted(&have.v[i], &name, 1) || part_is_foreign(s, &have.v[i]))
			continue;
		part_dev(&have.v[i], dev);
		r = dmap_find_own(&s->dm, dev, &found);
		if (r < 0)
			return dmap_fail(&s->dm, r, err, "cannot find '%s'", name);
		dmap_block_dev(&found, ret);
		return 0;
	}
	return r < 0 ? r : err_set(err, QVM_E_NOT_FOUND, "there is no '%s'", name);
}

static int scratch_list(void *scratch, struct strv *ret, struct qvm_err *err)
{
	struct scratch *s = scratch;
	dmap_scope(&s->dm);
	cleanup_parts struct parts have = {0};
	int r = parts_list(s, &have, err);

	for (size_t i = 0; r == 0 && i < have.n; i++) {
		if (part_is_volume(&have.v[i]) && !part_is_foreign(s, &have.v[i]))
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
	cleanup_parts struct parts have = {0};
	cleanup_close int lock = -1;
	int r = store_lock(s->ctx, &lock, err);

	if (r == 0)
		r = scratch_list(s, &names, err);
	if (r == 0)
		r = parts_list(s, &have, err);
	if (r < 0)
		return r;
	if (names.n)
		return err_set(
			err, QVM_E_IN_USE,
			"cannot take down the ephemeral store: the volume '%s' is in it",
			names.v[0]);
	sweep(s, &have);
	return store_stop(s->ctx, &s->dm, s->location, err);
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
	s->location = xstrdup(location);
	*ret = s;
	return 0;
}

static void scratch_close(void *scratch)
{
	struct scratch *s = scratch;

	free(s->location);
	free(s);
}

const struct scratch_ops scratch_thin = {
	.name = "thin",
	.open = scratch_open,
	.close = scratch_close,
	.create = scratch_create,
	.remove = scratch_remove,
	.find = scratch_find,
	.list = scratch_list,
	.usage = scratch_usage,
	.stop = scratch_stop,
};

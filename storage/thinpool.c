/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Volumes that last, in a thin pool of our own. A volume has a device while somebody needs
 * it; all else is a number of the kernel's pool and a line in our list. No process is started
 * for anything but the difference of two volumes.
 */
#include "storage/thinpool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "storage/lvm.h"
#include "storage/steps.h"
#include "storage/storage.h"
#include "storage/thin_delta.h"

#define LVM_CONFIG "/etc/lvm"
#define LVM_PROGRAM "/sbin/lvm"

static void thin_close(void *pool)
{
	struct thinpool *p = pool;

	free(p->location);
	free(p);
}

static int find_pool(struct thinpool *p, const char *name, struct qvm_err *err)
{
	dmap_scope(&p->dm);
	int r = tp_find_label(p, err);

	if (r == 0)
		return err_set(err, QVM_E_NOT_FOUND, "no pool has been made of it");
	if (r > 0 && strcmp(p->label.name, name) != 0)
		return err_set(err, QVM_E_STORAGE, "it is the pool '%s'", p->label.name);
	return r < 0 ? r : 0;
}

static int thin_open(struct qvm_ctx *ctx, const struct pool_config *config, void **ret,
		     struct qvm_err *err)
{
	struct thinpool *p = xcalloc(1, sizeof(*p));
	int r;

	p->ctx = ctx;
	p->dm.ctx = ctx;
	p->location = xstrdup(config->location);
	r = find_pool(p, config->name, err);
	if (r < 0) {
		thin_close(p);
		return err_wrap(err, "the pool '%s' cannot be at '%s'", config->name,
				config->location);
	}
	*ret = p;
	return 0;
}

static int pool_status(struct thinpool *p, struct thin_status *ret, sectors *ret_len,
		       struct qvm_err *err)
{
	int r = tp_status(p, ret, ret_len);

	return r < 0 ? dmap_fail(&p->dm, r, err, "cannot ask the pool '%s'", p->location)
		     : 0;
}

static int guard(struct thinpool *p, struct qvm_err *err)
{
	cleanup_free char *what = xasprintf("the pool '%s'", p->location);
	struct thin_status status;
	sectors len;
	int r = pool_status(p, &status, &len, err);

	if (r < 0)
		return r;
	return thin_guard(&status, len, what,
			  "remove domains or revisions, or enlarge it", err);
}

static int thin_apply(void *pool, const struct pool_step *steps, size_t n,
		      struct qvm_err *err)
{
	struct thinpool *p = pool;
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	dmap_scope(&p->dm);
	int r = steps_check(steps, n, err);

	if (r == 0)
		r = tp_close_first(p, steps, n, err);
	if (r == 0)
		r = tp_hold(p, &hold, err);
	if (r == 0 && steps_fill(steps, n))
		r = guard(p, err);
	return r < 0 ? r : tp_apply(&hold, steps, n, err);
}

/* One that is being made or removed is none. */
static int find_volume(const struct tp_hold *h, const char *id, struct tp_volume **ret,
		       struct qvm_err *err)
{
	*ret = tp_find(&h->state, id);
	if (*ret && !((*ret)->flags & TP_MARKED))
		return 0;
	return err_set(err, QVM_E_NOT_FOUND, "there is no volume '%s'", id);
}

/* The volume ID under the lock. */
static int hold_volume(struct thinpool *p, const char *id, struct tp_hold *ret_hold,
		       struct tp_volume **ret, struct qvm_err *err)
{
	int r = id_check(id, err);

	if (r == 0)
		r = tp_hold(p, ret_hold, err);
	return r < 0 ? r : find_volume(ret_hold, id, ret, err);
}

static int thin_device(void *pool, const char *id, struct block_dev *ret,
		       struct qvm_err *err)
{
	struct thinpool *p = pool;
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	dmap_scope(&p->dm);
	struct tp_volume *v;
	struct dmap_dev dev;
	int r = hold_volume(p, id, &hold, &v, err);

	if (r < 0)
		return r;
	r = tp_volume_up(p, v, &dev, NULL);
	if (r < 0)
		return dmap_fail(&p->dm, r, err,
				 "cannot make a device of the volume '%s'", id);
	dmap_block_dev(&dev, ret);
	return 0;
}

/* One that is still open stays: the next release or removal takes it down. */
static int thin_release(void *pool, const char *id, struct qvm_err *err)
{
	struct thinpool *p = pool;
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	dmap_scope(&p->dm);
	char name[TP_ROLE_MAX];
	struct tp_volume *v;
	int r = hold_volume(p, id, &hold, &v, err);

	if (r < 0)
		return r == -QVM_E_NOT_FOUND ? 0 : r;
	tp_name(p, id, name);
	r = dmap_remove(&p->dm, name, false);
	if (r == 0 || r == -EBUSY)
		return 0;
	return dmap_fail(&p->dm, r, err, "cannot release the volume '%s'", id);
}

static int ask_volume(struct thinpool *p, const struct tp_volume *v, struct vol_stat *ret)
{
	char name[TP_ROLE_MAX];
	struct dmap_status status = {0};
	struct dmap_dev dev;
	sectors mapped = 0;
	bool made;
	int r = tp_volume_up(p, v, &dev, &made);

	tp_name(p, v->id, name);
	if (r == 0)
		r = dmap_status_own(&p->dm, name, &status);
	if (r == 0)
		r = thin_mapped_parse(status.params, &mapped);
	if (r == 0 && made)
		r = tp_volume_down(p, v->id);
	*ret = (struct vol_stat){v->size, mapped * SECTOR};
	return r;
}

static int thin_stat(void *pool, const char *id, struct vol_stat *ret,
		     struct qvm_err *err)
{
	struct thinpool *p = pool;
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	dmap_scope(&p->dm);
	struct tp_volume *v;
	int r = hold_volume(p, id, &hold, &v, err);

	if (r < 0)
		return r;
	r = ask_volume(p, v, ret);
	return r < 0 ? dmap_fail(&p->dm, r, err, "cannot look at the volume '%s'", id)
		     : 0;
}

static int thin_usage_of(void *pool, struct pool_usage *ret, struct qvm_err *err)
{
	struct thinpool *p = pool;
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	dmap_scope(&p->dm);
	struct thin_status status;
	sectors len;
	int r = tp_status(p, &status, &len);

	/* After a boot it is not there yet. */
	if (r < 0) {
		r = tp_hold(p, &hold, err);
		if (r == 0)
			r = pool_status(p, &status, &len, err);
	}
	if (r == 0)
		thin_usage(&status, len, ret);
	return r;
}

static int thin_reserve(void *pool, uint64_t size, char **ret, struct qvm_err *err)
{
	struct thinpool *p = pool;
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	dmap_scope(&p->dm);
	int r = tp_hold(p, &hold, err);

	if (r == 0)
		r = tp_reserve(&hold, size, err);
	if (r < 0)
		return err_wrap(err, "cannot keep room for the scratch store in '%s'",
				p->location);
	*ret = xstrdup(p->location);
	return 0;
}

static int thin_extend(void *pool, uint64_t bytes, struct qvm_err *err)
{
	struct thinpool *p = pool;
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	dmap_scope(&p->dm);
	int r = tp_hold(p, &hold, err);

	return r < 0 ? r : tp_extend(&hold, bytes, err);
}

/* What guests write is on devices that LVM would look into, if it is there. */
static int thin_hide(void *pool, struct qvm_err *err)
{
	struct thinpool *p = pool;
	struct lvm lvm = {.ctx = p->ctx, .dm.ctx = p->ctx};
	dmap_scope(&lvm.dm);

	/* A package that was removed leaves its configuration. */
	if (access(LVM_CONFIG, F_OK) < 0 || access(LVM_PROGRAM, X_OK) < 0)
		return 0;
	return lvm_hide(&lvm, LVM_CONFIG, err);
}

static int numbers_of(struct thinpool *p, const char *from, const char *to,
		      uint32_t ret[static 2], struct qvm_err *err)
{
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	struct tp_volume *older = NULL, *newer;
	int r = hold_volume(p, to, &hold, &newer, err);

	if (r == 0 && from)
		r = find_volume(&hold, from, &older, err);
	if (r < 0)
		return r;
	ret[0] = older ? older->thin : 0;
	ret[1] = newer->thin;
	return 0;
}

static int thin_delta_of(void *pool, const char *from, const char *to,
			 struct pool_range **ret, size_t *ret_n, struct qvm_err *err)
{
	struct thinpool *p = pool;
	dmap_scope(&p->dm);
	char lock[TP_ROLE_MAX], role[TP_ROLE_MAX], dm_name[DMAP_NAME_MAX];
	struct block_dev node;
	struct dmap_dev meta;
	uint32_t numbers[2];
	int r = numbers_of(p, from, to, numbers, err);

	if (r < 0)
		return r;
	tp_name(p, "meta", role);
	r = dmap_find_own(&p->dm, role, &meta);
	if (r < 0)
		return dmap_fail(&p->dm, r, err, "cannot look at the pool '%s'",
				 p->location);
	dmap_block_dev(&meta, &node);
	tp_name(p, "aside", lock);
	tp_name(p, "pool", role);
	dmap_kernel_name(role, dm_name);
	return thin_delta(&(struct thin_source){p->ctx, &p->dm, p->location, lock,
						dm_name, node.path},
			  from ? &numbers[0] : NULL, numbers[1], ret, ret_n, err);
}

static int thin_ranges(void *pool, const char *id, struct pool_range **ret, size_t *ret_n,
		       struct qvm_err *err)
{
	return thin_delta_of(pool, NULL, id, ret, ret_n, err);
}

static int thin_list(void *pool, struct strv *ret, struct qvm_err *err)
{
	struct thinpool *p = pool;
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	dmap_scope(&p->dm);
	int r = tp_look(p, &hold, err);

	for (size_t i = 0; r == 0 && i < hold.state.n; i++)
		if (!(hold.state.v[i].flags & TP_MARKED))
			strv_add(ret, hold.state.v[i].id);
	return r;
}

static int is_marked(struct thinpool *p, bool *ret, struct qvm_err *err)
{
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	int r = tp_look(p, &hold, err);

	*ret = r == 0 && tp_is_marked(&hold.state);
	return r;
}

/* Who takes hold of it takes back what somebody had begun. */
static int thin_mend(void *pool, bool dry_run, bool *ret, struct qvm_err *err)
{
	struct thinpool *p = pool;
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	dmap_scope(&p->dm);
	int r = is_marked(p, ret, err);

	if (r < 0 || !*ret || dry_run)
		return r;
	r = tp_hold(p, &hold, err);
	*ret = r == 0 && !tp_is_marked(&hold.state);
	return r;
}

static int thin_stop(void *pool, struct qvm_err *err)
{
	struct thinpool *p = pool;
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	dmap_scope(&p->dm);
	int r = tp_hold(p, &hold, err);

	if (r < 0)
		return r;
	cleanup_close_at(&hold.head);
	for (size_t i = 0; r == 0 && i < hold.state.n; i++)
		r = tp_volume_down(p, hold.state.v[i].id);
	if (r == 0)
		r = tp_down(p);
	return r < 0 ? dmap_fail(&p->dm, r, err, "cannot take down the pool '%s'",
				 p->location)
		     : 0;
}

const struct pool_ops pool_thin = {
	.name = "thin",
	.make = tp_make,
	.open = thin_open,
	.close = thin_close,
	.apply = thin_apply,
	.device = thin_device,
	.release = thin_release,
	.stat = thin_stat,
	.usage = thin_usage_of,
	.reserve = thin_reserve,
	.extend = thin_extend,
	.hide = thin_hide,
	.mend = thin_mend,
	.ranges = thin_ranges,
	.delta = thin_delta_of,
	.list = thin_list,
	.stop = thin_stop,
};

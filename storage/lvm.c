/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Volumes that last, in an LVM thin pool. Changes are made by the program `lvm`, several
 * in one process; whatever only asks, asks device-mapper, and LVM only about volumes that
 * are not active.
 */
#include "storage/lvm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "storage/steps.h"
#include "storage/storage.h"

static int pool_location(struct lvm *l, const struct pool_config *config,
			 struct qvm_err *err)
{
	if (lv_location_parse(config->location, &l->at) < 0)
		return err_set(
			err, QVM_E_VALUE,
			"the pool '%s' cannot be at '%s': it takes a volume group, a "
			"slash, and a thin pool",
			config->name, config->location);
	return 0;
}

static int lvm_open(struct qvm_ctx *ctx, const struct pool_config *config, void **ret,
		    struct qvm_err *err)
{
	struct lvm *l = xcalloc(1, sizeof(*l));
	int r;

	l->ctx = ctx;
	l->dm.ctx = ctx;
	r = pool_location(l, config, err);
	if (r < 0) {
		free(l);
		return r;
	}
	*ret = l;
	return 0;
}

static void lvm_close(void *pool)
{
	free(pool);
}

/* Anybody's device of that name, if it is LVM's. */
static int find_device(struct lvm *l, const char *id, char dm_name[static LV_DM_MAX],
		       struct dmap_status *ret, struct qvm_err *err)
{
	char lv[POOL_ID_MAX + sizeof(LVM_PREFIX)];
	int r;

	l->dm.text[0] = '\0';
	snprintf(lv, sizeof(lv), LVM_PREFIX "%s", id);
	r = lv_dm_name(l->at.vg, lv, NULL, dm_name);
	if (r == 0)
		r = dmap_status(&l->dm, dm_name, ret);
	if (r == -ENODEV && !l->dm.text[0])
		return 0;
	if (r < 0)
		return dmap_fail(&l->dm, r, err, "cannot look for the volume '%s'", id);
	return lv_uuid_is_plain(ret->dev.uuid);
}

int lvm_pool_status(struct lvm *l, struct thin_status *ret, sectors *ret_len,
		    struct qvm_err *err)
{
	char dm_name[LV_DM_MAX];
	struct dmap_status status;
	int r;

	l->dm.text[0] = '\0';
	r = lv_dm_name(l->at.vg, l->at.lv, "tpool", dm_name);
	if (r == 0)
		r = dmap_status(&l->dm, dm_name, &status);
	if (r == -ENODEV && !l->dm.text[0])
		return 0;
	if (r < 0)
		return dmap_fail(&l->dm, r, err, "cannot ask the pool '%s/%s'", l->at.vg,
				 l->at.lv);
	if (strcmp(status.type, "thin-pool") != 0 ||
	    thin_status_parse(status.params, ret) < 0)
		return err_set(err, QVM_E_STORAGE,
			       "the state of the pool '%s/%s' is not understood: '%s %s'",
			       l->at.vg, l->at.lv, status.type, status.params);
	*ret_len = status.len;
	return 1;
}

/* A pool that is not active has no volume in use; LVM activates and checks it. */
static int guard(struct lvm *l, const struct pool_step *steps, size_t n,
		 struct qvm_err *err)
{
	char what[2 * LVNAME_MAX + 16];
	struct thin_status status;
	sectors len;
	int r;

	if (!steps_fill(steps, n))
		return 0;
	r = lvm_pool_status(l, &status, &len, err);
	if (r <= 0)
		return r;
	snprintf(what, sizeof(what), "the pool '%s/%s'", l->at.vg, l->at.lv);
	return thin_guard(&status, len, what,
			  "remove domains or revisions, or enlarge it", err);
}

/* LVM guesses why the kernel refused: a pool that fails under it is a full one to it. */
static void tell_damage(struct lvm *l, const struct pool_step *steps, size_t n,
			struct qvm_err *err)
{
	struct qvm_err now;

	if (guard(l, steps, n, &now) < 0 && now.kind == QVM_E_STORAGE)
		*err = now;
}

static int step_error(const struct pool_step *steps, const struct lvm_command *cmd,
		      struct qvm_err *err)
{
	const struct pool_step *step = &steps[cmd->step];

	/* Of several removals the message names the one that failed. */
	for (size_t i = 0; i < cmd->n_steps; i++)
		if (strstr(err->text, steps[cmd->step + i].to))
			step = &steps[cmd->step + i];
	return step_wrap(step, err);
}

/* Runs commands from *AT on, in one process if they fit; *AT is then the one that failed. */
static int run_some(struct lvm *l, const struct lvm_commands *cmds, size_t *at,
		    struct qvm_err *err)
{
	static const char *const script_argv[] = {"lvm", "/proc/self/fd/0", NULL};
	cleanup_buf struct buf script = BUF_INIT, out = BUF_INIT;
	int r;

	if (cmds->n - *at > 1 && lvm_script(cmds, *at, &script)) {
		r = lvm_run(l, script_argv, &script, &out, err);
		*at += lvm_marks(buf_str(&out));
		return r;
	}
	r = lvm_run(l, (const char *const *)cmds->v[*at].argv.v, NULL, &out, err);
	if (r == 0)
		++*at;
	return r;
}

static int run_all(struct lvm *l, const struct pool_step *steps, size_t n,
		   struct qvm_err *err)
{
	cleanup_commands struct lvm_commands cmds = {0};
	size_t at = 0, again = 0;
	int r;

	lvm_commands(&l->at, steps, n, &cmds);
	while (at < cmds.n) {
		size_t before = at;

		r = run_some(l, &cmds, &at, err);
		if (r == 0 && at == before)
			return err_set(err, QVM_E_STORAGE,
				       "cannot tell what LVM did: its output is not "
				       "understood");
		if (r == 0)
			continue;
		if (at >= cmds.n)
			return r;
		if (l->unblocked && again++ < cmds.n)
			continue;
		if (steps[cmds.v[at].step].kind != POOL_RESIZE ||
		    !strstr(err->text, "matches existing size")) {
			tell_damage(l, steps, n, err);
			return step_error(steps, &cmds.v[at], err);
		}
		at++;
	}
	return 0;
}

static int lvm_apply(void *pool, const struct pool_step *steps, size_t n,
		     struct qvm_err *err)
{
	struct lvm *l = pool;
	dmap_scope(&l->dm);
	int r = steps_check(steps, n, err);

	if (r == 0)
		r = guard(l, steps, n, err);
	if (r < 0 || !n)
		return r;
	r = run_all(l, steps, n, err);
	lvm_flush(l);
	return r;
}

static int activate(struct lvm *l, const char *id, struct qvm_err *err)
{
	cleanup_free char *lv = xasprintf("%s/" LVM_PREFIX "%s", l->at.vg, id);
	const char *argv[] = {"lvm",	  "lvchange",	 "-qq", "-ay", "-K",
			      "--config", LVM_UNWATCHED, lv,	NULL};
	cleanup_buf struct buf out = BUF_INIT;
	int r = lvm_run(l, argv, NULL, &out, err);

	return r < 0 ? err_wrap(err, "cannot activate the volume '%s'", id) : 0;
}

static int lvm_device(void *pool, const char *id, struct block_dev *ret,
		      struct qvm_err *err)
{
	struct lvm *l = pool;
	dmap_scope(&l->dm);
	char dm_name[LV_DM_MAX];
	struct dmap_status status;
	int r = id_check(id, err);

	if (r < 0)
		return r;
	r = find_device(l, id, dm_name, &status, err);
	if (r == 0) {
		r = activate(l, id, err);
		if (r == 0)
			r = find_device(l, id, dm_name, &status, err);
	}
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(err, QVM_E_STORAGE,
			       "the volume '%s' has no device though LVM activated it",
			       id);
	dmap_block_dev(&status.dev, ret);
	return 0;
}

static int lvm_stat(void *pool, const char *id, struct vol_stat *ret, struct qvm_err *err)
{
	struct lvm *l = pool;
	dmap_scope(&l->dm);
	cleanup_free char *lv = NULL;
	cleanup_report struct lvm_report report = {0};
	char dm_name[LV_DM_MAX];
	struct dmap_status status;
	sectors mapped;
	int r = id_check(id, err);

	if (r < 0)
		return r;
	r = find_device(l, id, dm_name, &status, err);
	if (r < 0)
		return r;
	if (r > 0 && thin_mapped_parse(status.params, &mapped) == 0) {
		*ret = (struct vol_stat){status.len * SECTOR, mapped * SECTOR};
		return 0;
	}
	lv = xasprintf("%s/" LVM_PREFIX "%s", l->at.vg, id);
	r = lvm_lvs(l, lv, &report, err);
	if (r < 0)
		return err_wrap(err, "cannot look at the volume '%s'", id);
	if (report.n != 1)
		return err_set(err, QVM_E_NOT_FOUND, "there is no volume '%s'", id);
	*ret = (struct vol_stat){report.v[0].size, report.v[0].used};
	return 0;
}

static int lvm_usage(void *pool, struct pool_usage *ret, struct qvm_err *err)
{
	struct lvm *l = pool;
	dmap_scope(&l->dm);
	cleanup_free char *lv = xasprintf("%s/%s", l->at.vg, l->at.lv);
	cleanup_report struct lvm_report report = {0};
	struct thin_status status;
	sectors len;
	int r = lvm_pool_status(l, &status, &len, err);

	if (r < 0)
		return r;
	if (r > 0) {
		thin_usage(&status, len, ret);
		return 0;
	}
	r = lvm_lvs(l, lv, &report, err);
	if (r < 0)
		return err_wrap(err, "cannot look at the pool '%s'", lv);
	if (report.n != 1 || !report.v[0].meta_size)
		return err_set(err, QVM_E_VALUE, "'%s' is not a thin pool", lv);
	*ret = (struct pool_usage){
		.size = report.v[0].size,
		.used = report.v[0].used,
		.meta_size = report.v[0].meta_size,
		.meta_used = report.v[0].meta_used,
	};
	return 0;
}

static int lvm_list(void *pool, struct strv *ret, struct qvm_err *err)
{
	struct lvm *l = pool;
	cleanup_report struct lvm_report report = {0};
	int r = lvm_lvs(l, l->at.vg, &report, err);

	if (r < 0)
		return err_wrap(err, "cannot list the volumes of the pool '%s/%s'",
				l->at.vg, l->at.lv);
	for (size_t i = 0; i < report.n; i++) {
		const struct lvm_row *row = &report.v[i];
		const char *id = row->name + strlen(LVM_PREFIX);

		if (row->tagged && strcmp(row->pool, l->at.lv) == 0 &&
		    strncmp(row->name, LVM_PREFIX, strlen(LVM_PREFIX)) == 0 &&
		    vol_id_ok(id))
			strv_add(ret, id);
	}
	return 0;
}

static int reserve(void *pool, uint64_t size, char **ret, struct qvm_err *err)
{
	struct lvm *l = pool;
	dmap_scope(&l->dm);

	return lvm_reserve(l, size, ret, err);
}

static int hide(void *pool, struct qvm_err *err)
{
	struct lvm *l = pool;
	dmap_scope(&l->dm);

	return lvm_hide(l, "/etc/lvm", err);
}

static int ranges(void *pool, const char *id, struct pool_range **ret, size_t *ret_n,
		  struct qvm_err *err)
{
	struct lvm *l = pool;
	dmap_scope(&l->dm);
	int r = id_check(id, err);

	return r < 0 ? r : lvm_delta(l, NULL, id, ret, ret_n, err);
}

static int delta(void *pool, const char *from, const char *to, struct pool_range **ret,
		 size_t *ret_n, struct qvm_err *err)
{
	struct lvm *l = pool;
	dmap_scope(&l->dm);
	int r = id_check(from, err);

	if (r == 0)
		r = id_check(to, err);
	return r < 0 ? r : lvm_delta(l, from, to, ret, ret_n, err);
}

static int extend(void *pool, uint64_t bytes, struct qvm_err *err)
{
	struct lvm *l = pool;
	struct pool_usage usage;
	int r = lvm_usage(pool, &usage, err);

	if (r < 0)
		return r;
	dmap_scope(&l->dm);
	return lvm_extend(l, &usage, bytes, err);
}

const struct pool_ops pool_lvm = {
	.name = "lvm",
	.open = lvm_open,
	.close = lvm_close,
	.apply = lvm_apply,
	.device = lvm_device,
	.stat = lvm_stat,
	.usage = lvm_usage,
	.reserve = reserve,
	.extend = extend,
	.hide = hide,
	.mend = lvm_mend,
	.ranges = ranges,
	.delta = delta,
	.list = lvm_list,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/render.h"
#include "qvm-tools/volume.h"

enum { O_OPTION = 1, O_RAW_LIST };

enum pool_action { P_LIST, P_INFO, P_DRIVERS, P_ADD, P_REMOVE, P_SET, P_EXTEND };

static const char *const pool_words[] = {"list",   "info", "drivers", "add",
					 "remove", "set",  "extend",  NULL};

static const struct action pool_actions[] = {
	{"list ls l", P_LIST, 0, 0, false, ""},
	{"info i", P_INFO, 0, 1, false, "[POOL]"},
	{"drivers d", P_DRIVERS, 0, 0, false, ""},
	{"add a", P_ADD, 2, 2, true, "NAME DRIVER"},
	{"remove rm r", P_REMOVE, 1, ARGS_ANY, true, "POOL..."},
	{"set s", P_SET, 1, 1, true, "POOL"},
	{"extend", P_EXTEND, 2, 2, true, "POOL SIZE"},
	{0},
};

static const struct opt pool_opts[] = {
	{"option", 'o', O_OPTION, "KEY=VALUE", "add, set: an option (may be repeated)"},
	{"raw-list", 0, O_RAW_LIST, NULL, "list: names only, one a line"},
	{0},
};

static const struct cmd_example pool_examples[] = {
	{"qvm-pool", "list the pools"},
	{"qvm-pool info default", "how full one is"},
	{"qvm-pool add fast lvm -o location=nvme/pool", "register an LVM thin pool"},
	{"qvm-pool add own thin -o location=/dev/disk/by-partuuid/1b7e-01",
	 "a blank device of its own, without LVM"},
	{"qvm-pool add files reflink -o dir_path=/srv/qvm", "a folder on btrfs or XFS"},
	{"qvm-pool set default -o revisions_to_keep=3", "for volumes made from now on"},
	{"qvm-pool extend default 10GiB", "give it room from its volume group"},
	{0},
};

struct pool_cmd {
	const struct action *action;
	struct strv options;
	bool raw;
	uint64_t size;
};

static int pool_option(void *opts, int id, const char *value, struct qvm_err *err unused)
{
	struct pool_cmd *o = opts;

	if (id == O_OPTION)
		strv_add(&o->options, value);
	else
		o->raw = true;
	return 0;
}

static int pool_verify(struct inv *inv, struct qvm_err *err)
{
	struct pool_cmd *o = inv->opts;
	int r = action_verify(inv, pool_actions, &o->action, err);

	if (r < 0)
		return r;
	if (o->raw && o->action->id != P_LIST)
		return usage_error(err, "--raw-list goes with list only");
	if (o->options.n && o->action->id != P_ADD && o->action->id != P_SET)
		return usage_error(err, "-o goes with add and set only");
	if (o->action->id == P_INFO && inv->json && inv->args.n < 2)
		return usage_error(err, "info --json is about one pool");
	if (!o->options.n && o->action->id == P_SET)
		return usage_error(err, "nothing is to be set: -o is missing");
	return o->action->id == P_EXTEND ? opt_size(inv->args.v[2], &o->size, err) : 0;
}

static const struct column list_columns[] = {
	{"name", "NAME", CELL_TEXT, 0, false, "name of the pool"},
	{"driver", "DRIVER", CELL_TEXT, 0, false, "what it is made of"},
};

static int pool_list(struct inv *inv, struct qvm_err *err)
{
	const struct pool_cmd *o = inv->opts;
	cleanup_table struct table t = {0};
	int r = inv_world(inv, err);

	if (r < 0)
		return r;
	if (!o->raw)
		op_pools_warn(inv->ctx, inv->world);
	table_init(&t, "qvm-pool/1", "pools", list_columns,
		   o->raw ? 1 : array_len(list_columns));
	for (size_t i = 0; i < inv->world->pool_count; i++) {
		table_row(&t, 0);
		table_text(&t, inv->world->pools[i].name);
		if (!o->raw)
			table_text(&t, inv->world->pools[i].driver);
	}
	table_print(&t, list_mode(inv, o->raw), stdout);
	return 0;
}

static const struct column user_columns[] = {
	{"vm", "VM", CELL_TEXT, 0, false, "domain"},
	{"name", "VOLUME", CELL_TEXT, 0, false, "its volume"},
};

static void add_users(struct table *t, const struct world *w, const char *pool)
{
	for (size_t i = 0; i < w->vm_count; i++)
		for (int k = 0; k < VOL_ROLE_COUNT; k++) {
			const struct vm_volume *vol = &w->vms[i].volumes[k];

			if (!w->vms[i].has_volume[k] || !vol->persistent ||
			    strcmp(vol->pool, pool) != 0)
				continue;
			table_row(t, 0);
			table_text(t, w->vms[i].name);
			table_text(t, vol_role_names[k]);
		}
}

static const char *const level_names[] = {
	[POOL_OK] = "ok",
	[POOL_WARN] = "warn",
	[POOL_FULL] = "full",
};

/* Names in the order of the alphabet, as Qubes users know it. */
static int pool_info_show(struct inv *inv, const char *name, struct qvm_err *err)
{
	cleanup_table struct table t = {0};
	const struct world_pool *pool;
	struct pool_info info;
	bool json = inv->json;
	int r = op_pool_info(inv->ctx, inv->world, name, &info, err);

	if (r < 0)
		return r;
	pool = world_pool(inv->world, name);
	op_pools_warn(inv->ctx, &(struct world){.pools = (struct world_pool *)pool,
						.pool_count = 1});
	table_init(&t, "qvm-pool-info/1", "used_by", json ? user_columns : info_columns,
		   array_len(info_columns));
	table_fact(&t, json, "name", false, name);
	table_fact(&t, json, "driver", false, pool->driver);
	table_fact(&t, json, "level", false, level_names[info.level]);
	table_fact(&t, json, "location", false, pool->location);
	if (info.meta_size) {
		table_fact_number(&t, json, "metadata_size", (int64_t)info.meta_size);
		table_fact_number(&t, json, "metadata_usage", (int64_t)info.meta_used);
	}
	table_fact_number(&t, json, "revisions_to_keep", pool->revisions_to_keep);
	table_fact_number(&t, json, "size", (int64_t)info.size);
	table_fact_number(&t, json, "trash", (int64_t)info.trash);
	table_fact_number(&t, json, "usage", (int64_t)info.used);
	table_fact_number(&t, json, "volumes", (int64_t)info.volumes);
	if (json)
		add_users(&t, inv->world, name);
	table_print(&t, json ? RENDER_JSON : RENDER_PLAIN, stdout);
	return 0;
}

/* Without a name: all of them. */
static int pool_infos(struct inv *inv, struct qvm_err *err)
{
	int r = inv_world(inv, err);

	if (r < 0)
		return r;
	if (inv->args.n > 1)
		return pool_info_show(inv, inv->args.v[1], err);
	for (size_t i = 0; r == 0 && i < inv->world->pool_count; i++) {
		if (i)
			putchar('\n');
		r = pool_info_show(inv, inv->world->pools[i].name, err);
	}
	return r;
}

static const struct column driver_columns[] = {
	{"driver", "DRIVER", CELL_TEXT, 0, false, "name of the driver"},
	{"options", "OPTIONS", CELL_TEXT, 0, false, "what add takes with -o"},
	{"help", "DESCRIPTION", CELL_TEXT, 0, false, "what it is"},
};

static int pool_show_drivers(const struct inv *inv)
{
	cleanup_table struct table t = {0};

	table_init(&t, "qvm-pool-drivers/1", "drivers", driver_columns,
		   array_len(driver_columns));
	for (const struct pool_driver *d = pool_drivers; d->name; d++) {
		table_row(&t, 0);
		table_text(&t, d->name);
		table_text(&t, d->options);
		table_text(&t, d->help);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	return 0;
}

static int change(struct inv *inv, const struct op_pool *req, struct qvm_err *err)
{
	const struct pool_cmd *o = inv->opts;

	switch ((enum pool_action)o->action->id) {
	case P_ADD:
		return op_pool_add(inv->ctx, req, err);
	case P_SET:
		return op_pool_set(inv->ctx, req, err);
	case P_REMOVE:
		return op_pool_remove(inv->ctx, req, err);
	case P_EXTEND:
		return op_pool_extend(inv->ctx, req, o->size, err);
	default:
		return 0;
	}
}

static int pool_run(struct inv *inv, struct qvm_err *err)
{
	const struct pool_cmd *o = inv->opts;
	cleanup_plan struct plan plan = {0};
	struct op_pool req = {
		.options = (const char *const *)o->options.v,
		.option_count = o->options.n,
		.plan = inv->dry_run ? &plan : NULL,
	};
	size_t last = o->action->id == P_REMOVE ? inv->args.n : 2;
	int r = 0;

	if (o->action->id == P_LIST)
		return pool_list(inv, err);
	if (o->action->id == P_INFO)
		return pool_infos(inv, err);
	if (o->action->id == P_DRIVERS)
		return pool_show_drivers(inv);
	if (o->action->id == P_ADD)
		req.driver = inv->args.v[2];
	for (size_t i = 1; r == 0 && i < last; i++) {
		req.name = inv->args.v[i];
		r = change(inv, &req, err);
	}
	return action_done(inv, &plan, NULL, r, err);
}

static void pool_dispose(void *opts)
{
	struct pool_cmd *o = opts;

	strv_dispose(&o->options);
}

const struct cmd cmd_pool = {
	.name = "qvm-pool",
	.summary = "show and change the storage pools",
	.args = "[ACTION [POOL...]]",
	.actions = pool_words,
	.opts = pool_opts,
	.examples = pool_examples,
	.flags = CMD_JSON | CMD_DRY_RUN | CMD_RESULT,
	.exits = EXIT(NOT_FOUND) | EXIT(EXISTS) | EXIT(VALUE) | EXIT(IN_USE) |
		 EXIT(NO_SPACE) | EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE) |
		 EXIT(UNSUPPORTED),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct pool_cmd),
	.option = pool_option,
	.verify = pool_verify,
	.run = pool_run,
	.dispose = pool_dispose,
};

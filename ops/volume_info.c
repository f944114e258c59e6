/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of one volume: registry, pool, and what a running domain has beneath it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/volume.h"

bool volume_revertible(const struct vm_volume *vol)
{
	const struct vm_revision *newest = vol_newest(vol);

	for (size_t i = 0; i < vol->revision_count; i++)
		if (vol->dirty || &vol->revisions[i] != newest)
			return vol->persistent;
	return false;
}

static void ask_pool(struct qvm_ctx *ctx, struct volume_info *info)
{
	const struct vm_volume *vol = info->volume;
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	struct vol_stat st;
	struct qvm_err err;
	char id[POOL_ID_MAX];

	if (pool_open(ctx, info->world, vol->pool, &pool, &err) < 0) {
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", err.text);
		return;
	}
	info->has_usage = pool.ops->stat(pool.pool, info->vid, &st, &err) == 0;
	if (info->has_usage)
		info->usage = st.used;
	for (size_t i = 0; i < vol->revision_count; i++) {
		vol_revision_id(vol, vol->revisions[i].serial, id);
		if (pool.ops->stat(pool.pool, id, &st, &err) < 0) {
			ctx_log(ctx, QVM_LEVEL_WARN, "%s", err.text);
			continue;
		}
		info->sizes[i] = st.size;
		info->used[i] = st.used;
	}
}

/* A run's intent names the revisions that it began with. */
static int ask_intents(struct store *s, struct volume_info *info,
		       const struct vm_volume *source, struct qvm_err *err)
{
	cleanup_free char *lead = xasprintf("v%lld-r", (long long)source->id);
	const struct vm_revision *newest = vol_newest(source);
	struct intent *all = NULL;
	char id[POOL_ID_MAX];
	size_t n = 0;
	int r = intent_list(s, &all, &n, err);

	if (newest)
		vol_revision_id(source, newest->serial, id);
	for (size_t i = 0; r == 0 && newest && i < n; i++)
		for (size_t k = 0; k < all[i].item_count; k++) {
			const struct intent_item *item = &all[i].items[k];

			if (all[i].op == INTENT_RUN && all[i].vm_id == info->vm->id &&
			    strcmp(item->kind, "origin") == 0 &&
			    strncmp(item->name, lead, strlen(lead)) == 0 &&
			    strcmp(item->name, id) != 0)
				info->outdated = true;
		}
	intents_free(all, n);
	return r;
}

int op_volume_info(struct qvm_ctx *ctx, const struct op_volume *req,
		   struct volume_info *ret, struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	const struct vm_volume *source;
	const struct vm *owner = NULL;
	int r = vol_open(ctx, req, &vw, err);

	if (r < 0)
		return r;
	*ret = (struct volume_info){.vm = vw.vm, .volume = vw.vol};
	ret->world = steal(vw.w);
	ret->sizes = xcalloc(vw.vol->revision_count + 1, sizeof(*ret->sizes));
	ret->used = xcalloc(vw.vol->revision_count + 1, sizeof(*ret->used));
	ret->revertible = volume_revertible(vw.vol);
	ret->ephemeral = !vw.vol->persistent;
	if (vw.vol->persistent) {
		vol_live_id(vw.vol, ret->vid);
		ask_pool(ctx, ret);
		return 0;
	}
	scratch_name(vw.vm, req->role, ret->vid);
	source = volume_source(ret->world, vw.vm, req->role, &owner);
	if (!source)
		return 0;
	snprintf(ret->source, sizeof(ret->source), "%s:%s", owner->name,
		 vol_role_names[req->role]);
	r = ask_intents(vw.s, ret, source, err);
	if (r < 0)
		volume_info_dispose(ret);
	return r;
}

void volume_info_dispose(struct volume_info *info)
{
	world_free(info->world);
	free(info->sizes);
	free(info->used);
	*info = (struct volume_info){0};
}

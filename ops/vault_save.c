/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saving domains in a repository, and single volumes out of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup/vault.h"
#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/backup_sources.h"
#include "ops/vault_internal.h"

struct keeping {
	struct saving sv;
	struct vault_place folder;
	struct vault_saved *saved;
};

static void keeping_dispose(struct keeping *kp)
{
	saving_dispose(&kp->sv);
	vault_place_close(&kp->folder);
}

/* ---- which data it is ---- */

/*
 * The same text is the same data: a revision never changes, and its number never returns. One
 * that is taken for this backup goes after it, and nothing can be compared with it then.
 */
static void key_of(const struct vm *vm, const struct vm_volume *vol,
		   const struct vm_revision *rev, char ret[static VAULT_KEY_MAX])
{
	char uuid[UUID_TEXT], id[POOL_ID_MAX];

	uuid_format(&vm->uuid, uuid);
	if (rev->live) {
		snprintf(ret, VAULT_KEY_MAX, "%s/%s" VAULT_KEY_NOW, uuid,
			 vol_role_names[vol->role]);
		return;
	}
	vol_revision_id(vol, rev->serial, id);
	snprintf(ret, VAULT_KEY_MAX, "%s/%s/%s@%lld", uuid, vol_role_names[vol->role], id,
		 (long long)rev->created);
}

/* The revision that a snapshot has, where it is still here. */
static const struct vm_revision *revision_of(const struct vm *vm,
					     const struct vm_volume *vol, const char *key)
{
	char each[VAULT_KEY_MAX];

	for (size_t i = 0; i < vol->revision_count; i++) {
		key_of(vm, vol, &vol->revisions[i], each);
		if (strcmp(each, key) == 0)
			return &vol->revisions[i];
	}
	return NULL;
}

/* ---- sending ---- */

/*
 * Where it differs from what the repository has. Chunks that differ somewhere are read whole,
 * so all of it counts as data then. Where nobody knows, all data are read and compared there.
 */
static void find_changed(struct keeping *kp, const struct saved *d, struct source *src)
{
	const struct vm_revision *rev = revision_of(d->vm, src->vol, src->before);
	const struct pool_ops *ops = src->pool.ops;
	struct qvm_err why = QVM_ERR_INIT;
	char id[POOL_ID_MAX];

	if (rev && ops->delta) {
		vol_revision_id(src->vol, rev->serial, id);
		src->has_changed = ops->delta(src->pool.pool, id, src->id, &src->changed,
					      &src->changed_count, &why) == 0;
		if (!src->has_changed)
			ctx_log(kp->sv.ctx, QVM_LEVEL_DEBUG, "all of '%s' is read: %s",
				src->id, why.text);
	}
	if (!src->has_changed) {
		saving_ranges(&kp->sv, src);
		return;
	}
	src->ranges = xcalloc(1, sizeof(*src->ranges));
	src->ranges[0] = (struct pool_range){0, src->size};
	src->range_count = src->size != 0;
	for (size_t i = 0; i < src->changed_count; i++)
		src->data += src->changed[i].len;
}

static void name_volume(const struct saved *d, const struct source *src,
			char path[static META_PATH_MAX], char key[static VAULT_KEY_MAX])
{
	snprintf(path, META_PATH_MAX, "vm%lld/%s.img", (long long)d->vm->id,
		 vol_role_names[src->vol->role]);
	key_of(d->vm, src->vol, src->rev, key);
}

/* kept, saved: how much of it is data. */
static void take_size(struct keeping *kp, struct saved *d)
{
	long long data;

	if (num_parse(kp->sv.helper.words[2], 0, INT64_MAX, &data) < 0)
		return;
	d->row->bytes += (uint64_t)data;
	kp->sv.list->bytes += (uint64_t)data;
}

/* What the repository has as it is now is not even opened. */
static int offer_volume(struct keeping *kp, struct saved *d, struct source *src,
			struct qvm_err *err)
{
	struct helper *h = &kp->sv.helper;
	char path[META_PATH_MAX], key[VAULT_KEY_MAX];
	int r = helper_ready(&kp->sv.helper, err);

	name_volume(d, src, path, key);
	if (r == 0)
		r = helper_answer(h, -1, err, "try %s %s", path, key);
	if (r == 0)
		r = helper_listen(&kp->sv.helper, err);
	if (r < 0)
		return r;
	kp->saved->volumes++;
	if (strcmp(h->words[0], "want") == 0) {
		src->before = xstrdup(h->words[2]);
		r = saving_open(&kp->sv, src, err);
		if (r == 0)
			find_changed(kp, d, src);
		kp->sv.rate.total += src->data;
	} else {
		kp->saved->kept++;
		take_size(kp, d);
	}
	return r;
}

static int send_volume(struct keeping *kp, struct saved *d, struct source *src,
		       struct qvm_err *err)
{
	char path[META_PATH_MAX], key[VAULT_KEY_MAX];
	int r = 0;

	if (!src->before)
		return 0;
	name_volume(d, src, path, key);
	if (src->has_changed)
		r = helper_send_text(&kp->sv.helper, "changed", src->changed,
				     src->changed_count * sizeof(*src->changed), err);
	if (r == 0)
		r = helper_send_text(&kp->sv.helper, "ranges", src->ranges,
				     src->range_count * sizeof(*src->ranges), err);
	if (r == 0)
		r = helper_ready(&kp->sv.helper, err);
	if (r == 0)
		r = helper_answer(&kp->sv.helper, src->fd, err, "volume %s %llu %s", path,
				  (unsigned long long)src->size, key);
	if (r == 0)
		r = helper_listen(&kp->sv.helper, err);
	if (r == 0)
		take_size(kp, d);
	return r;
}

static int offer_domain(struct keeping *kp, struct saved *d, struct qvm_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->count; i++)
		r = offer_volume(kp, d, &d->sources[i], err);
	return r;
}

static int send_domain(struct keeping *kp, struct saved *d, struct qvm_err *err)
{
	cleanup_free char *what = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->count; i++)
		r = send_volume(kp, d, &d->sources[i], err);
	if (r < 0 || !d->vm->firewall)
		return r;
	what = xasprintf("text vm%lld/firewall.xml", (long long)d->vm->id);
	return helper_send_text(&kp->sv.helper, what, d->vm->firewall,
				strlen(d->vm->firewall), err);
}

static int send_meta(struct keeping *kp, struct qvm_err *err)
{
	cleanup_meta struct meta meta = {0};
	cleanup_buf struct buf lines = BUF_INIT;

	for (size_t i = 0; i < kp->sv.n; i++)
		backup_meta_add(kp->sv.w, kp->sv.v[i].vm, kp->sv.v[i].row->bytes, &meta);
	meta_format(&meta, &lines);
	return helper_send_text(&kp->sv.helper, "meta", buf_str(&lines), lines.len, err);
}

static int finish(struct keeping *kp, struct qvm_err *err)
{
	struct helper *h = &kp->sv.helper;
	long long stored = 0;
	int r = helper_ready(&kp->sv.helper, err);

	if (r == 0)
		r = helper_answer(h, -1, err, "end");
	if (r == 0)
		r = helper_listen(&kp->sv.helper, err);
	if (r < 0)
		return r;
	if (num_parse(h->words[1], 0, INT64_MAX, &stored) == 0)
		kp->saved->stored = kp->sv.list->written = (uint64_t)stored;
	kp->sv.list->snapshot = xstrdup(h->words[2]);
	snprintf(kp->saved->snapshot, sizeof(kp->saved->snapshot), "%s", h->words[2]);
	return 0;
}

int op_vault_backup(struct qvm_ctx *ctx, const struct op_vault *vault,
		    const struct op_backup *req, struct backup_list *ret,
		    struct vault_saved *ret_saved, struct qvm_err *err)
{
	cleanup(keeping_dispose) struct keeping kp = {
		.sv = {.ctx = ctx,
		       .req = req,
		       .lazy = true,
		       .helper = HELPER_INIT,
		       .list = ret},
		.folder = VAULT_PLACE_INIT,
		.saved = ret_saved,
	};
	int r;

	*ret_saved = (struct vault_saved){0};
	r = vault_begin(ctx, vault, "vault-write", VAULT_WRITE, &kp.folder, &kp.sv.helper,
			err);
	if (r == 0)
		r = saving_prepare(&kp.sv, err);
	kp.sv.rate = (struct backup_rate){.ctx = ctx, .what = "saving"};
	backup_rate_follow(&kp.sv.rate, &kp.sv.helper);
	for (size_t i = 0; r == 0 && i < kp.sv.n; i++)
		r = offer_domain(&kp, &kp.sv.v[i], err);
	for (size_t i = 0; r == 0 && i < kp.sv.n; i++)
		r = send_domain(&kp, &kp.sv.v[i], err);
	if (r == 0)
		r = send_meta(&kp, err);
	if (r == 0)
		r = finish(&kp, err);
	return r < 0 ? r : saving_done(&kp.sv, err);
}

/* ---- a volume ---- */

static const char *place_of(const struct vault_report *l, const char *vm)
{
	for (size_t i = 0; l->n && i < l->v[0].domain_count; i++)
		if (strcmp(l->v[0].domains[i].name, vm) == 0)
			return l->v[0].domains[i].path;
	return NULL;
}

static int stream(struct qvm_ctx *ctx, struct helper *h, const char *path, int out,
		  struct qvm_err *err)
{
	struct backup_rate rate = {.ctx = ctx, .what = "exporting"};
	int r;

	backup_rate_follow(&rate, h);
	r = helper_listen(h, err); /* meta, which is known */
	if (r == 0)
		r = helper_ready(h, err);
	if (r == 0)
		r = helper_answer(h, out, err, "stream %s", path);
	if (r == 0)
		r = helper_ready(h, err);
	if (r == 0)
		r = helper_answer(h, -1, err, "go");
	while (r == 0 && (r = helper_listen(h, err)) == 0 &&
	       strcmp(h->words[0], "end") != 0)
		; /* `done` */
	return r;
}

int op_vault_export(struct qvm_ctx *ctx, const struct op_vault *vault, const char *vm,
		    enum vol_role role, int out, struct qvm_err *err)
{
	cleanup_vault_place struct vault_place folder = VAULT_PLACE_INIT;
	cleanup_helper struct helper h = HELPER_INIT;
	cleanup_report struct vault_report l = {0};
	cleanup_free char *path = NULL;
	struct op_vault one = *vault;
	int r;

	if (!one.snapshot)
		one.snapshot = "latest";
	r = op_vault_list(ctx, &one, &l, err);
	if (r < 0)
		return r;
	if (!place_of(&l, vm))
		return err_set(err, QVM_E_NO_VM,
			       "no such domain in the snapshot: '%.64s'", vm);
	path = xasprintf("%s%s.img", place_of(&l, vm), vol_role_names[role]);
	one.snapshot = l.v[0].name;
	r = vault_begin(ctx, &one, "vault-read", VAULT_READ, &folder, &h, err);
	return r == 0 ? stream(ctx, &h, path, out, err) : r;
}

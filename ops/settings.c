/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of the registry alone: properties, features, tags, names. */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "ops/net.h"
#include "ops/spare.h"
#include "templates/template.h"

/* The domain and the registry, opened for one change; VM is NULL for global settings. */
struct change {
	struct store *s;
	struct world *w;
	struct vm *vm;
};

static void change_dispose(struct change *c)
{
	store_close(c->s);
	world_free(c->w);
}

#define cleanup_change cleanup(change_dispose)

static int change_open(struct qvm_ctx *ctx, const char *name, struct change *c,
		       struct qvm_err *err)
{
	int r = store_open(ctx, STORE_WRITE, &c->s, err);

	if (r == 0)
		r = store_load(c->s, &c->w, err);
	if (r == 0 && name)
		r = vm_find(c->w, name, &c->vm, err);
	return r;
}

int change_check_kernel(struct qvm_ctx *ctx, const struct prop_change *change,
			struct qvm_err *err)
{
	cleanup_strv struct strv known = STRV_INIT;
	int r;

	if (prop_defs[change->id].type != PT_KERNEL || !change->text)
		return 0;
	r = kernel_list(ctx, &known, err);
	if (r < 0 || strv_has(&known, change->text))
		return r;
	return err_set(err, QVM_E_NOT_FOUND,
		       "bad value for property '%s': no such kernel: '%s'",
		       prop_defs[change->id].name, change->text);
}

/* Inside one transaction the check sees what the change is applied to. */
static int set_checked(struct qvm_ctx *ctx, struct store *s, const char *name,
		       enum prop_id id, const char *text, bool dry_run,
		       struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	cleanup_prop_change struct prop_change change = {0};
	struct vm *vm = NULL;
	int r = store_begin(s, err);

	if (r == 0)
		r = store_load(s, &w, err);
	if (r == 0 && name)
		r = vm_find(w, name, &vm, err);
	if (r == 0)
		r = prop_check(w, vm, id, text, &change, err);
	if (r == 0)
		r = change_check_kernel(ctx, &change, err);
	if (r == 0 && !dry_run)
		r = store_prop_set(s, vm ? vm->id : -1, &change, err);
	if (r == 0 && !dry_run)
		return store_commit(s, err);
	store_rollback(s);
	return r;
}

/* What those that run have to be told. */
static bool is_of_network(enum prop_id id)
{
	return id == PROP_NETVM || id == PROP_G_DEFAULT_NETVM ||
	       id == PROP_PROVIDES_NETWORK;
}

/* Spares are what the settings said when they were made. */
static void spares_changed(struct qvm_ctx *ctx, struct store *s)
{
	cleanup_world struct world *w = NULL;
	struct qvm_err why;

	if (store_load(s, &w, &why) == 0)
		spare_kick(ctx, w, 0);
}

int op_prop_set(struct qvm_ctx *ctx, const char *name, const char *prop, const char *text,
		bool dry_run, struct qvm_err *err)
{
	cleanup_hold struct vm_hold hold = VM_HOLD_INIT;
	cleanup_change struct change c = {0};
	enum prop_id id;
	int r = change_open(ctx, name, &c, err);

	if (r == 0)
		r = prop_find(prop, !name, &id, err);
	if (r == 0 && c.vm && (prop_defs[id].flags & PROP_HALTED) && !dry_run) {
		cleanup_free char *what = xasprintf("change %s of", prop_defs[id].name);

		r = vm_hold_halted(ctx, c.s, c.vm, what, &hold, err);
	}
	if (r == 0)
		r = set_checked(ctx, c.s, name, id, text, dry_run, err);
	if (r == 0 && !dry_run && is_of_network(id))
		r = net_changed(ctx, c.s, c.w, err);
	if (r == 0 && !dry_run && !(c.vm && c.vm->klass == CLASS_DISP))
		spares_changed(ctx, c.s);
	return r;
}

int op_feature_set(struct qvm_ctx *ctx, const char *name, const char *feature,
		   const char *value, bool dry_run, struct qvm_err *err)
{
	cleanup_change struct change c = {0};
	int r = feature_check(feature, value, err);

	if (r == 0)
		r = change_open(ctx, name, &c, err);
	if (r < 0 || dry_run)
		return r;
	r = store_feature_set(c.s, c.vm->id, feature, value, err);
	if (r == 0)
		spares_changed(ctx, c.s);
	return r;
}

int op_tags_set(struct qvm_ctx *ctx, const char *name, const char *const *tags, size_t n,
		bool present, bool dry_run, struct qvm_err *err)
{
	cleanup_change struct change c = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = tag_check(tags[i], err);
	if (r == 0)
		r = change_open(ctx, name, &c, err);
	if (r < 0 || dry_run)
		return r;
	r = store_begin(c.s, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = store_tag_set(c.s, c.vm->id, tags[i], present, err);
	if (r == 0)
		return store_commit(c.s, err);
	store_rollback(c.s);
	return r;
}

int op_rename(struct qvm_ctx *ctx, const char *name, const char *to, bool dry_run,
	      struct qvm_err *err)
{
	cleanup_hold struct vm_hold hold = VM_HOLD_INIT;
	cleanup_change struct change c = {0};
	int r = vm_name_check(to, err);

	if (r == 0)
		r = change_open(ctx, name, &c, err);
	if (r < 0)
		return r;
	if (c.vm->klass == CLASS_ADMIN)
		return err_set(err, QVM_E_VALUE, "cannot rename '%s': it is the AdminVM",
			       name);
	if (world_vm(c.w, to))
		return err_set(err, QVM_E_EXISTS,
			       "cannot rename '%s' to '%s': the name is taken", name, to);
	if (dry_run)
		return 0;
	r = vm_hold_halted(ctx, c.s, c.vm, "rename", &hold, err);
	return r < 0 ? r : store_vm_rename(c.s, c.vm->id, to, err);
}

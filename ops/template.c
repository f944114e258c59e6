/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates: made of what somebody else has made, and made anew. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/template_apart.h"
#include "ops/volume.h"
#include "templates/template.h"

#define ORIGIN_MAX 127

/* What the root volume is filled with, and what is known of it afterwards. */
struct filling {
	const char *source;
	const char *label;
	char *apart; /* the disposable that does it; NULL: we */
	struct template_facts facts;
};

static int fill_root(struct qvm_ctx *ctx, const struct block_dev *root, void *arg,
		     struct qvm_err *err)
{
	struct filling *f = arg;
	int r;

	if (f->apart) {
		r = template_apart_fill(ctx, f->apart, root, f->source, f->label,
					&f->facts, err);
		return template_apart_end(ctx, &f->apart, r, err);
	}
	return template_fill(ctx, root, f->source, f->label, &f->facts, err);
}

/* ---- what is remembered of its origin ---- */

static const char *base_of(const char *path, struct buf *ret)
{
	cleanup_free char *copy = xstrdup(path);
	size_t len = strlen(copy);
	const char *slash, *base;

	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	slash = strrchr(copy, '/');
	base = slash ? slash + 1 : copy;
	buf_add_printable(ret, base, strnlen(base, ORIGIN_MAX)); /* as features are */
	return buf_str(ret);
}

static int remember(struct store *s, const struct vm *vm, const struct filling *f,
		    struct qvm_err *err)
{
	const struct template_facts *facts = &f->facts;
	cleanup_buf struct buf origin = BUF_INIT;
	char now[24];
	const struct {
		const char *name, *value;
	} features[] = {
		{"template-origin", base_of(f->source, &origin)},
		{"template-kind", facts->kind},
		{"template-digest", facts->digest},
		{"template-bytes", facts->bytes},
		{"template-files", facts->entries},
		{"template-init", facts->init},
		{"template-installed", now},
	};
	int r = 0;

	snprintf(now, sizeof(now), "%lld", (long long)time(NULL));
	for (size_t i = 0; r == 0 && i < array_len(features); i++)
		r = store_feature_set(s, vm->id, features[i].name,
				      *features[i].value ? features[i].value : NULL, err);
	return r;
}

/* The first template becomes the default one. */
static int set_default(struct store *s, const struct world *w, const struct vm *vm,
		       struct qvm_err *err)
{
	const struct prop_change change = {.id = PROP_G_DEFAULT_TEMPLATE, .ref = vm->id};

	if (w->globals[PROP_G_DEFAULT_TEMPLATE].set)
		return 0;
	return store_prop_set(s, -1, &change, err);
}

static int settle(struct store *s, const struct world *w, const struct vm *vm,
		  const struct filling *f, struct qvm_err *err)
{
	int r = store_begin(s, err);

	if (r == 0)
		r = remember(s, vm, f, err);
	if (r == 0)
		r = set_default(s, w, vm, err);
	return tx_end(s, r, err);
}

/* ---- install ---- */

/* A disk needs its own size, and what was asked for only when that is more. */
static int root_size(struct qvm_ctx *ctx, const struct op_template_install *req,
		     uint64_t fallback, uint64_t *ret, struct qvm_err *err)
{
	uint64_t disk = 0;
	char have[32], need[32];
	int r = req->apart ? 0 : template_source_size(ctx, req->source, &disk, err);

	if (r < 0)
		return r;
	*ret = req->root_size;
	if (!*ret)
		*ret = disk > fallback ? disk : fallback;
	if (*ret && *ret < disk) {
		size_format(*ret, have);
		size_format(disk, need);
		return err_set(err, QVM_E_VALUE,
			       "the disk in '%s' needs %s, and the root volume would "
			       "have %s",
			       req->source, need, have);
	}
	return 0;
}

int template_name_check(const struct world *w, const char *name, struct qvm_err *err)
{
	int r = vm_name_check(name, err);

	if (r == 0 && world_vm(w, name))
		r = err_set(err, QVM_E_EXISTS,
			    "cannot install template '%s': the name is taken", name);
	return r;
}

static int template_draft(struct qvm_ctx *ctx, const struct world *w,
			  const struct op_template_install *req, struct vm *draft,
			  struct qvm_err *err)
{
	static const char *const no_pools[VOL_ROLE_COUNT];
	uint64_t sizes[VOL_ROLE_COUNT] = {0};
	cleanup_prop_change struct prop_change label = {0};
	int r = template_name_check(w, req->name, err);

	if (r == 0)
		r = root_size(ctx, req, 0, &sizes[VOL_ROOT], err);
	if (r < 0)
		return r;
	memcpy(draft->name, req->name, strlen(req->name));
	draft->klass = CLASS_TEMPLATE;
	r = uuid_random(&draft->uuid);
	if (r < 0)
		return err_errno(err, r, "cannot make a uuid");
	r = prop_check(w, draft, PROP_LABEL, req->label ? req->label : "black", &label,
		       err);
	if (r < 0)
		return r;
	draft->props[PROP_LABEL] =
		(struct vm_prop){.set = true, .text = steal(label.text)};
	r = vm_plan_volumes(w, draft, req->pool, no_pools, sizes, err);
	return r;
}

static int install(struct qvm_ctx *ctx, const struct op_template_install *req,
		   struct filling *filling, struct plan *ret_plan, struct qvm_err *err)
{
	struct make_source source = {.fill = fill_root, .arg = filling};
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	cleanup(vm_dispose) struct vm draft = {0};
	int r = store_open(ctx, STORE_WRITE, &s, err);

	if (r == 0)
		r = store_load(s, &w, err);
	if (r == 0)
		r = template_draft(ctx, w, req, &draft, err);
	if (r < 0)
		return r;
	if (req->dry_run) {
		vm_make_plan(&draft, &source, ret_plan);
		return 0;
	}
	r = vm_make(ctx, s, w, &draft, &source, err);
	if (r == 0)
		r = settle(s, w, &draft, filling, err);
	return r < 0 ? err_wrap(err, "cannot install template '%s'", req->name) : 0;
}

/* A disposable is only started for what would be installed. */
static int begin_apart(struct qvm_ctx *ctx, const struct op_template_install *req,
		       struct filling *filling, struct qvm_err *err)
{
	cleanup_plan struct plan plan = {0};
	struct op_template_install dry = *req;
	int r;

	dry.dry_run = true;
	r = install(ctx, &dry, filling, &plan, err);
	return r < 0 ? r : template_apart_begin(ctx, req->source, &filling->apart, err);
}

int op_template_install(struct qvm_ctx *ctx, const struct op_template_install *req,
			struct plan *ret_plan, struct qvm_err *err)
{
	struct filling filling = {.source = req->source, .label = req->name};
	int r = req->apart && !req->dry_run ? begin_apart(ctx, req, &filling, err) : 0;

	if (r == 0)
		r = install(ctx, req, &filling, ret_plan, err);
	return template_apart_end(ctx, &filling.apart, r, err);
}

/* ---- reinstall ---- */

static int open_volume(struct qvm_ctx *ctx, const char *name, enum vol_role role,
		       struct vol_work *vw, struct qvm_err *err)
{
	const struct op_volume volume = {.vm = name, .role = role};
	int r = vol_open(ctx, &volume, vw, err);

	if (r == 0 && vw->vm->klass != CLASS_TEMPLATE)
		return err_set(err, QVM_E_VALUE, "it is no template but of class %s",
			       vm_classes[vw->vm->klass].name);
	return r;
}

static int renew_root(struct qvm_ctx *ctx, const struct op_template_install *req,
		      struct plan *plan, struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	struct filling filling = {.source = req->source, .label = req->name};
	struct vol_replacement how = {.fill = fill_root, .arg = &filling};
	int r = open_volume(ctx, req->name, VOL_ROOT, &vw, err);

	if (r == 0)
		r = root_size(ctx, req, vw.vol->size, &how.size, err);
	if (r == 0)
		r = pool_guard(ctx, vw.w, vw.vol->pool, 0, req->dry_run, err);
	if (r < 0)
		return r;
	if (req->dry_run) {
		plan_add(plan, req->name, "replace-volume", "root");
		return 0;
	}
	r = vol_hold(&vw, "reinstall", err);
	if (r == 0)
		r = vol_replace(&vw, &how, err);
	return r < 0 ? r : settle(vw.s, vw.w, vw.vm, &filling, err);
}

static int renew_private(struct qvm_ctx *ctx, const struct op_template_install *req,
			 struct plan *plan, struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	struct vol_replacement how = {.size = 0};
	int r = open_volume(ctx, req->name, VOL_PRIVATE, &vw, err);

	if (r < 0)
		return r;
	if (req->dry_run) {
		plan_add(plan, req->name, "clear-volume", "private");
		return 0;
	}
	how.size = vw.vol->size;
	r = vol_hold(&vw, "reinstall", err);
	return r < 0 ? r : vol_replace(&vw, &how, err);
}

int op_template_reinstall(struct qvm_ctx *ctx, const struct op_template_install *req,
			  struct plan *ret_plan, struct qvm_err *err)
{
	int r = renew_root(ctx, req, ret_plan, err);

	/* A private volume that belongs to the root before would undo much of it. */
	if (r == 0)
		r = renew_private(ctx, req, ret_plan, err);
	return r < 0 ? err_wrap(err, "cannot reinstall template '%s'", req->name) : 0;
}

/* ---- export ---- */

struct exporting {
	const struct vm *vm;
	const char *file;
};

static const char *fact(const struct vm *vm, const char *name)
{
	const char *value = vm_feature(vm, name);

	return value ? value : "";
}

static int write_export(struct qvm_ctx *ctx, const struct block_dev *dev, void *arg,
			struct qvm_err *err)
{
	const struct exporting *e = arg;
	struct template_facts facts = {0};

	snprintf(facts.digest, sizeof(facts.digest), "%s",
		 fact(e->vm, "template-digest"));
	snprintf(facts.bytes, sizeof(facts.bytes), "%s", fact(e->vm, "template-bytes"));
	snprintf(facts.entries, sizeof(facts.entries), "%s",
		 fact(e->vm, "template-files"));
	snprintf(facts.init, sizeof(facts.init), "%s", fact(e->vm, "template-init"));
	return template_pack(ctx, dev, e->file, &facts, err);
}

int op_template_export(struct qvm_ctx *ctx, const char *name, const char *file,
		       bool dry_run, struct plan *ret_plan, struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	struct exporting e = {.file = file};
	struct vol_reading reading = {.fn = write_export, .arg = &e};
	int r = open_volume(ctx, name, VOL_ROOT, &vw, err);

	if (r == 0 && access(file, F_OK) == 0)
		r = err_set(err, QVM_E_EXISTS, "'%s' is there already", file);
	if (r == 0 && dry_run)
		plan_add(ret_plan, name, "export-volume", "root: to '%s'", file);
	if (r == 0 && !dry_run) {
		e.vm = vw.vm;
		r = vol_read_revision(&vw, &reading, err);
	}
	return r < 0 ? err_wrap(err, "cannot export template '%s'", name) : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "ops/internal.h"

/* Of a template of disposables; they have their own of these. */
static bool is_kept_back(enum prop_id id)
{
	static const enum prop_id kept[] = {
		PROP_TEMPLATE,	       PROP_PROVIDES_NETWORK, PROP_AUTOSTART,
		PROP_DEFAULT_DISPVM,   PROP_BACKUP_TIMESTAMP, PROP_INCLUDE_IN_BACKUPS,
		PROP_INSTALLED_BY_RPM,
	};
	bool is = false;

	for (size_t i = 0; i < array_len(kept); i++)
		is |= kept[i] == id;
	return is;
}

static void copy_settings(const struct vm *from, struct vm *to)
{
	for (int i = 0; i < PROP_G_FIRST; i++) {
		/* What tells the copy apart stays its own. */
		if (!from->props[i].set || (prop_defs[i].flags & PROP_READONLY) ||
		    i == PROP_IP || i == PROP_IP6 || i == PROP_MAC ||
		    !prop_applies((enum prop_id)i, to) ||
		    (to->klass == CLASS_DISP && is_kept_back((enum prop_id)i)))
			continue;
		free(to->props[i].text);
		to->props[i] = from->props[i];
		to->props[i].text = xstrdup(from->props[i].text);
	}
	for (size_t i = 0; i < from->feature_count; i++) {
		struct vm_feature *feature = &array_grow(to->features, to->feature_count);

		to->feature_count++;
		feature->name = xstrdup(from->features[i].name);
		feature->value = xstrdup(from->features[i].value);
	}
	to->firewall = xstrdup(from->firewall);
	for (size_t i = 0; i < from->tags.n; i++)
		if (strncmp(from->tags.v[i], "created-by-", 11) != 0)
			strv_add(&to->tags, from->tags.v[i]);
}

/* A domain in the making, and what it is checked against. */
static int draft_prop(struct qvm_ctx *ctx, const struct world *w, struct vm *draft,
		      enum prop_id id, const char *text, struct qvm_err *err)
{
	cleanup_prop_change struct prop_change change = {0};
	int r = prop_check(w, draft, id, text, &change, err);

	if (r == 0)
		r = change_check_kernel(ctx, &change, err);
	if (r < 0)
		return r;
	free(draft->props[id].text);
	draft->props[id] = (struct vm_prop){
		.set = true, .text = steal(change.text), .ref = change.ref};
	return 0;
}

/* "memory=300", as typed. */
static int draft_setting(struct qvm_ctx *ctx, const struct world *w, struct vm *draft,
			 const char *text, struct qvm_err *err)
{
	const char *equals = strchr(text, '=');
	cleanup_free char *name = NULL;
	enum prop_id id;
	int r;

	if (!equals)
		return err_set(err, QVM_E_USAGE, "property '%.64s' is not NAME=VALUE",
			       text);
	name = xstrndup(text, (size_t)(equals - text));
	r = prop_find(name, false, &id, err);
	return r < 0 ? r : draft_prop(ctx, w, draft, id, equals + 1, err);
}

static int draft_template(struct qvm_ctx *ctx, const struct world *w, struct vm *draft,
			  const char *name, struct qvm_err *err)
{
	struct prop_value fallback = {0};

	if (!vm_classes[draft->klass].has_template)
		return 0;
	if (!name) {
		prop_get(w, NULL,
			 draft->klass == CLASS_DISP ? PROP_G_DEFAULT_DISPVM
						    : PROP_G_DEFAULT_TEMPLATE,
			 &fallback);
		name = fallback.text;
	}
	if (!name)
		return err_set(
			err, QVM_E_NOT_FOUND,
			"cannot create '%s': no template was named and there is no "
			"default one",
			draft->name);
	return draft_prop(ctx, w, draft, PROP_TEMPLATE, name, err);
}

static int draft_base(const struct world *w, const char *name, enum vm_class klass,
		      struct vm *draft, struct qvm_err *err)
{
	int r = vm_name_check(name, err);

	if (r < 0)
		return r;
	if (world_vm(w, name))
		return err_set(err, QVM_E_EXISTS, "cannot create '%s': the name is taken",
			       name);
	if (klass == CLASS_ADMIN)
		return err_set(err, QVM_E_VALUE,
			       "cannot create '%s': there is one AdminVM", name);
	memcpy(draft->name, name, strlen(name));
	draft->klass = klass;
	r = uuid_random(&draft->uuid);
	return r < 0 ? err_errno(err, r, "cannot make a uuid") : 0;
}

/* A StandaloneVM made with a template is its clone without the private volume. */
static int draft_from_template(const struct world *w, const struct op_create *req,
			       struct vm *draft, struct qvm_err *err)
{
	struct vm *tpl;
	int r;

	if (!req->template || req->klass != CLASS_STANDALONE)
		return 0;
	r = vm_find(w, req->template, &tpl, err);
	if (r == 0)
		copy_settings(tpl, draft);
	return r;
}

/* Its number makes its id and its address, and neither is another domain's for long. */
static void draft_unnamed(unsigned number, struct vm *draft)
{
	draft->id = DISP_ID_FIRST + (int64_t)number - 1;
	draft->props[PROP_DISPID] =
		(struct vm_prop){.set = true, .text = xasprintf("%u", number)};
}

/* A disposable is as its template is, as far as it is not said otherwise. */
static void draft_disposable(const struct world *w, struct vm *draft)
{
	const struct vm *tpl =
		draft->klass == CLASS_DISP ? prop_vm(w, draft, PROP_TEMPLATE) : NULL;

	if (tpl)
		copy_settings(tpl, draft);
}

int vm_draft(struct qvm_ctx *ctx, const struct world *w, const struct op_create *req,
	     struct vm *draft, struct qvm_err *err)
{
	int r = draft_base(w, req->name, req->klass, draft, err);

	if (r == 0 && !req->label && req->klass != CLASS_DISP)
		return err_set(err, QVM_E_USAGE, "cannot create '%s': it needs a label",
			       req->name);
	if (r == 0)
		r = draft_from_template(w, req, draft, err);
	if (r == 0)
		r = draft_template(ctx, w, draft, req->template, err);
	if (r == 0)
		draft_disposable(w, draft);
	if (r == 0 && (req->label || !draft->props[PROP_LABEL].set))
		r = draft_prop(ctx, w, draft, PROP_LABEL, req->label ? req->label : "red",
			       err);
	if (r == 0 && req->number)
		draft_unnamed(req->number, draft);
	for (size_t i = 0; r == 0 && i < req->prop_count; i++)
		r = draft_setting(ctx, w, draft, req->prop_texts[i], err);
	if (r == 0)
		r = vm_plan_volumes(w, draft, req->pool, req->pools, req->sizes, err);
	return r;
}

/* A StandaloneVM made with a template begins as a copy of its root. */
static int standalone_source(const struct world *w, const struct op_create *req,
			     struct vm *draft, struct make_source *source,
			     struct qvm_err *err)
{
	const struct vm_revision *newest;
	const struct vm_volume *root;
	struct vm *tpl;
	int r;

	if (!req->template || vm_classes[req->klass].has_template)
		return 0;
	r = vm_find(w, req->template, &tpl, err);
	if (r < 0)
		return r;
	root = &tpl->volumes[VOL_ROOT];
	newest = vol_newest(root);
	if (!tpl->has_volume[VOL_ROOT] || !root->persistent || !newest)
		return err_set(err, QVM_E_VALUE,
			       "cannot create '%s': '%s' has no root of its own to copy",
			       req->name, tpl->name);
	vol_revision_id(root, newest->serial, source->id[VOL_ROOT]);
	if (!req->sizes[VOL_ROOT])
		draft->volumes[VOL_ROOT].size = root->size;
	source->pool[VOL_ROOT] = root->pool;
	if (req->pool || req->pools[VOL_ROOT])
		return 0;
	free(draft->volumes[VOL_ROOT].pool);
	draft->volumes[VOL_ROOT].pool = xstrdup(root->pool);
	return 0;
}

/* Copies a file's content; blocks of zeros stay unwritten on the blank volume. */
static int copy_blocks(int from, int to)
{
	static const char zeros[65536];
	char block[sizeof(zeros)];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(from, block, sizeof(block), at)) > 0) {
		if (memcmp(block, zeros, (size_t)n) != 0 &&
		    pwrite(to, block, (size_t)n, at) != n)
			return errno ? -errno : -EIO;
		at += n;
	}
	if (n < 0 || fsync(to) < 0)
		return -errno;
	return 0;
}

static int fill_from_file(struct qvm_ctx *ctx, const struct block_dev *root, void *arg,
			  struct qvm_err *err)
{
	const char *path = arg;
	cleanup_close int from = open(path, O_RDONLY | O_CLOEXEC);
	cleanup_close int to = open(root->path, O_WRONLY | O_CLOEXEC);
	int r;

	ctx_progress(ctx, "copying the root volume", -1);
	if (from < 0)
		return err_errno(err, -errno, "cannot open '%s'", path);
	if (to < 0)
		return err_errno(err, -errno, "cannot open the volume '%s'", root->path);
	r = copy_blocks(from, to);
	return r < 0 ? err_errno(err, r, "cannot copy '%s' to the root volume", path) : 0;
}

static int file_source(const struct op_create *req, struct vm *draft,
		       struct make_source *source, struct qvm_err *err)
{
	struct stat st;

	if (!req->root_from)
		return 0;
	if (vm_classes[req->klass].has_template)
		return err_set(err, QVM_E_VALUE,
			       "cannot create '%s': the root of %ss comes from their "
			       "template",
			       req->name, vm_classes[req->klass].name);
	if (stat(req->root_from, &st) < 0)
		return err_errno(err, -errno, "cannot open '%s'", req->root_from);
	if (!S_ISREG(st.st_mode))
		return err_set(err, QVM_E_VALUE, "'%s' is not a regular file",
			       req->root_from);
	if ((uint64_t)st.st_size > draft->volumes[VOL_ROOT].size)
		draft->volumes[VOL_ROOT].size =
			((uint64_t)st.st_size + MIB - 1) / MIB * MIB;
	source->fill = fill_from_file;
	source->arg = (void *)req->root_from;
	return 0;
}

/* Everything that can be refused, before anything is made. */
static int prepare(struct qvm_ctx *ctx, const struct world *w,
		   const struct op_create *req, struct vm *draft,
		   struct make_source *source, struct qvm_err *err)
{
	int r = vm_draft(ctx, w, req, draft, err);

	if (r == 0)
		r = standalone_source(w, req, draft, source, err);
	if (r == 0)
		r = file_source(req, draft, source, err);
	return r;
}

int op_create(struct qvm_ctx *ctx, const struct op_create *req, struct plan *ret_plan,
	      struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	cleanup(vm_dispose) struct vm draft = {0};
	struct make_source source = {0};
	int r = store_open(ctx, req->number ? STORE_DISPOSABLES : STORE_WRITE, &s, err);

	if (r == 0)
		r = store_load(s, &w, err);
	if (r == 0)
		r = prepare(ctx, w, req, &draft, &source, err);
	if (r < 0)
		return r;
	if (req->dry_run) {
		vm_make_plan(&draft, &source, ret_plan);
		return 0;
	}
	ctx_progress(ctx, "making volumes", -1);
	r = vm_make(ctx, s, w, &draft, &source, err);
	if (r < 0)
		return err_wrap(err, "cannot create '%s'", req->name);
	if (req->root_move && unlink(req->root_from) < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "cannot remove '%s': %s", req->root_from,
			strerror(errno));
	return 0;
}

/* ---- clone ---- */

/* Content comes from the newest revision, so that the source may run meanwhile. */
static int clone_volumes(const struct op_clone *req, const struct vm *from, struct vm *to,
			 struct make_source *source, struct qvm_err *err)
{
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &from->volumes[i];
		const struct vm_revision *newest = vol_newest(vol);

		if (!to->has_volume[i] || !to->volumes[i].persistent || !vol->persistent)
			continue;
		if (!newest)
			return err_set(err, QVM_E_STORAGE,
				       "cannot clone '%s': its %s volume has no revision",
				       req->source, vol_role_names[i]);
		vol_revision_id(vol, newest->serial, source->id[i]);
		source->pool[i] = vol->pool;
		to->volumes[i].size = vol->size;
		to->volumes[i].revisions_to_keep = vol->revisions_to_keep;
	}
	return 0;
}

static int clone_class(const struct op_clone *req, const struct vm *from,
		       enum vm_class *ret, struct qvm_err *err)
{
	if (from->klass == CLASS_ADMIN)
		return err_set(err, QVM_E_VALUE, "cannot clone '%s': it is the AdminVM",
			       req->source);
	*ret = req->has_class ? req->klass : from->klass;
	if (vm_classes[*ret].has_template != vm_classes[from->klass].has_template ||
	    (*ret != from->klass && vm_classes[*ret].has_template))
		return err_set(err, QVM_E_VALUE, "cannot clone '%s': %s cannot become %s",
			       req->source, vm_classes[from->klass].name,
			       vm_classes[*ret].name);
	return 0;
}

static int clone_draft(const struct world *w, const struct op_clone *req,
		       struct vm *draft, struct make_source *source, struct qvm_err *err)
{
	static const uint64_t no_sizes[VOL_ROLE_COUNT];
	const char *pools[VOL_ROLE_COUNT];
	enum vm_class klass = CLASS_APP;
	struct vm *from;
	int r = vm_find(w, req->source, &from, err);

	if (r == 0)
		r = clone_class(req, from, &klass, err);
	if (r == 0)
		r = draft_base(w, req->name, klass, draft, err);
	if (r < 0)
		return r;
	copy_settings(from, draft);
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		pools[i] = req->pools[i] ? req->pools[i] : req->pool;
		if (!pools[i] && from->has_volume[i])
			pools[i] = from->volumes[i].pool;
	}
	r = vm_plan_volumes(w, draft, NULL, pools, no_sizes, err);
	return r < 0 ? r : clone_volumes(req, from, draft, source, err);
}

int op_clone(struct qvm_ctx *ctx, const struct op_clone *req, struct plan *ret_plan,
	     struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	cleanup(vm_dispose) struct vm draft = {0};
	struct make_source source = {0};
	int r = store_open(ctx, STORE_WRITE, &s, err);

	if (r == 0)
		r = store_load(s, &w, err);
	if (r == 0)
		r = clone_draft(w, req, &draft, &source, err);
	if (r < 0)
		return r;
	if (req->dry_run) {
		vm_make_plan(&draft, &source, ret_plan);
		return 0;
	}
	r = vm_make(ctx, s, w, &draft, &source, err);
	return r < 0 ? err_wrap(err, "cannot clone '%s' to '%s'", req->source, req->name)
		     : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/internal.h"

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
		r = vm_draft_base(w, req->name, klass, draft, err);
	if (r < 0)
		return r;
	vm_copy_settings(from, draft);
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
		r = store_load_settled(ctx, s, req->source, &w, err);
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of a volume. */
#include <string.h>

#include "lib/size.h"
#include "ops/volume.h"

static bool has_children(const struct vol_work *vw)
{
	for (size_t i = 0; i < vw->w->vm_count; i++) {
		const struct vm *child = &vw->w->vms[i];
		const struct vm *owner = NULL;

		if (child->id != vw->vm->id && child->has_volume[vw->vol->role] &&
		    child->volumes[vw->vol->role].snapshot &&
		    volume_source(vw->w, child, vw->vol->role, &owner) &&
		    owner->id == vw->vm->id)
			return true;
	}
	return false;
}

/* Without revisions nothing stale may be left that others would take for the state. */
static int forget_all(struct vol_work *vw, const struct intent *all, size_t n,
		      struct batch *gone, struct qvm_err *err)
{
	int r = 0;

	if (has_children(vw))
		return err_set(err, QVM_E_IN_USE, "other domains are made over it");
	for (size_t i = 0; r == 0 && i < vw->vol->revision_count; i++) {
		const struct vm_revision *rev = &vw->vol->revisions[i];
		struct pool_step step = {.kind = POOL_REMOVE};

		vol_revision_id(vw->vol, rev->serial, step.to);
		if (rev->label || rev->pinned)
			return err_set(err, QVM_E_IN_USE,
				       "revision %u is named or pinned: drop it first",
				       rev->serial);
		if (vol_is_read(all, n, vw->vol->pool, step.to))
			return err_set(err, QVM_E_BUSY, "revision %u is being read",
				       rev->serial);
		r = store_revision_remove(vw->s, rev->id, err);
		batch_add(gone, vw->vol->pool, &step);
	}
	return r;
}

static int set_keep(struct vol_work *vw, int keep, struct batch *gone, struct intent *in,
		    struct qvm_err *err)
{
	struct intent *all = NULL;
	size_t n = 0;
	int r = store_begin(vw->s, err);

	if (r == 0)
		r = intent_list(vw->s, &all, &n, err);
	if (r == 0 && keep < 0)
		r = forget_all(vw, all, n, gone, err);
	/* What was never kept has no revision yet. */
	if (keep < 0 || vw->vol->revisions_to_keep < 0)
		vw->vol->dirty = true;
	vw->vol->revisions_to_keep = keep;
	if (r == 0)
		r = store_volume_update(vw->s, vw->vol, err);
	if (r == 0 && gone->count) {
		batch_intent(gone, in);
		r = intent_begin(vw->s, in, err);
	}
	intents_free(all, n);
	return tx_end(vw->s, r, err);
}

static int config_keep(struct vol_work *vw, const char *value, struct qvm_err *err)
{
	cleanup_batch struct batch gone = {0};
	cleanup(intent_dispose) struct intent in = {.vm_id = vw->vm->id,
						    .op = INTENT_REVISE};
	bool was_none = vw->vol->revisions_to_keep < 0;
	long long keep = num_parse(value, -1, 1000, &keep) < 0 ? -2 : keep;
	int r;

	if (keep < -1)
		return err_set(err, QVM_E_VALUE,
			       "revisions_to_keep is a number from -1 to 1000, not '%s'",
			       value);
	r = set_keep(vw, (int)keep, &gone, &in, err);
	if (r < 0)
		return r;
	vol_remove_gone(vw->ctx, vw->s, vw->w, &gone, &in);
	if (was_none && keep >= 0 && !vw->running)
		r = vm_revise(vw->ctx, vw->s, vw->vm->id, 0, err);
	return r;
}

static int config_rw(struct vol_work *vw, const char *value, struct qvm_err *err)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"True", true}, {"true", true},   {"yes", true},	 {"on", true},
		     {"1", true},    {"False", false}, {"false", false}, {"no", false},
		     {"off", false}, {"0", false}};

	for (size_t i = 0; i < array_len(words); i++) {
		if (strcmp(words[i].word, value) != 0)
			continue;
		vw->vol->rw = words[i].value;
		return store_volume_update(vw->s, vw->vol, err);
	}
	return err_set(err, QVM_E_VALUE, "rw is True or False, not '%s'", value);
}

int op_volume_config(struct qvm_ctx *ctx, const struct op_volume *req, const char *key,
		     const char *value, struct qvm_err *err)
{
	cleanup_vol_work struct vol_work vw = VOL_WORK_INIT;
	bool keep = strcmp(key, "revisions_to_keep") == 0;
	int r = vol_open(ctx, req, &vw, err);

	if (r < 0)
		return r;
	if (!keep && strcmp(key, "rw") != 0)
		return err_set(err, QVM_E_NOT_FOUND,
			       "volumes have no setting '%s': rw and revisions_to_keep "
			       "can be set",
			       key);
	if (keep) {
		r = vol_check_lasting(&vw, "keep revisions of", err);
		if (r < 0)
			return r;
	}
	if (req->plan) {
		plan_add(req->plan, req->vm, "configure-volume", "%s: %s=%s",
			 vol_role_names[req->role], key, value);
		return 0;
	}
	r = vol_hold_any(&vw, "configure", err);
	if (r < 0)
		return r;
	r = keep ? config_keep(&vw, value, err) : config_rw(&vw, value, err);
	return vol_wrap(r, &vw, "configure", err);
}

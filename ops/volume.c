/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One volume at work: looking it up and holding it. */
#include "ops/volume.h"

#include "lib/alloc.h"

#define OP_WAIT_MS 120000

static int find(struct vol_work *vw, const struct op_volume *req, struct qvm_err *err)
{
	int r = store_load_settled(vw->ctx, vw->s, req->vm, &vw->w, err);

	if (r == 0)
		r = vm_find(vw->w, req->vm, &vw->vm, err);
	if (r < 0)
		return r;
	if (!vw->vm->has_volume[req->role])
		return err_set(err, QVM_E_NOT_FOUND, "'%s' has no %s volume", req->vm,
			       vol_role_names[req->role]);
	vw->vol = &vw->vm->volumes[req->role];
	return 0;
}

int vol_open(struct qvm_ctx *ctx, const struct op_volume *req, struct vol_work *ret,
	     struct qvm_err *err)
{
	int r = store_open(ctx, req->plan ? STORE_READ : STORE_WRITE, &ret->s, err);

	ret->ctx = ctx;
	return r < 0 ? r : find(ret, req, err);
}

/* Settling may have taken revisions, so all is read again. */
static int reload(struct vol_work *vw, struct qvm_err *err)
{
	cleanup_world struct world *before = steal(vw->w);
	const struct op_volume again = {.vm = vw->vm->name, .role = vw->vol->role};

	return find(vw, &again, err);
}

int vol_hold(struct vol_work *vw, const char *what, struct qvm_err *err)
{
	cleanup_free char *of =
		xasprintf("%s %s of", what, vol_role_names[vw->vol->role]);
	int r = vm_hold_halted(vw->ctx, vw->s, vw->vm, of, &vw->hold, err);

	return r < 0 ? r : reload(vw, err);
}

int vol_hold_any(struct vol_work *vw, const char *what, struct qvm_err *err)
{
	int r = vol_hold(vw, what, err);

	if (r != -QVM_E_RUNNING)
		return r;
	vw->running = true;
	r = lock_take(vw->ctx, LOCK_OP, vw->vm->id, OP_WAIT_MS, &vw->hold.op, err);
	return r < 0 ? err_wrap(err, "cannot %s %s of '%s'", what,
				vol_role_names[vw->vol->role], vw->vm->name)
		     : reload(vw, err);
}

void vol_close(struct vol_work *vw)
{
	vm_hold_release(&vw->hold);
	store_close(vw->s);
	world_free(vw->w);
	*vw = (struct vol_work)VOL_WORK_INIT;
}

int vol_check_lasting(const struct vol_work *vw, const char *what, struct qvm_err *err)
{
	if (vw->vol->persistent)
		return 0;
	return err_set(err, QVM_E_VALUE,
		       "cannot %s '%s:%s': it is made anew at each start", what,
		       vw->vm->name, vol_role_names[vw->vol->role]);
}

int vol_wrap(int r, const struct vol_work *vw, const char *what, struct qvm_err *err)
{
	return r < 0 ? err_wrap(err, "cannot %s '%s:%s'", what, vw->vm->name,
				vol_role_names[vw->vol->role])
		     : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/block.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "ops/internal.h"

/* The first of these is the first that no volume of a domain has. */
#define FIRST_LETTER 'i'
#define LAST_LETTER 'p'
#define LOCK_MS 10000

void block_list_dispose(struct block_list *l)
{
	free(l->ports);
	free(l->uses);
	*l = (struct block_list)BLOCK_LIST_INIT;
}

const struct block_port *block_port_of(const struct block_list *l, uint32_t major,
				       uint32_t minor)
{
	for (size_t i = 0; i < l->port_count; i++)
		if (l->ports[i].major == major && l->ports[i].minor == minor)
			return &l->ports[i];
	return NULL;
}

/* ---- who has what ---- */

static bool is_extra(const char *vdev)
{
	return strncmp(vdev, "xvd", 3) == 0 && vdev[3] >= FIRST_LETTER &&
	       vdev[3] <= LAST_LETTER && !vdev[4];
}

static int uses_of(struct qvm_ctx *ctx, const struct vm *vm, const struct hv_id *id,
		   struct block_list *ret, struct qvm_err *err)
{
	cleanup_free struct hv_attached *disks = NULL;
	size_t n = 0;
	int r = hv_get(ctx, err);

	if (r == 0)
		r = ctx->hv->disks(ctx->hv_handle, id, &disks, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct block_use use = {.vm = vm,
					.readonly = disks[i].readonly,
					.gone = disks[i].gone,
					.major = disks[i].major,
					.minor = disks[i].minor};

		if (!is_extra(disks[i].vdev))
			continue;
		strcpy(use.vdev, disks[i].vdev);
		array_grow(ret->uses, ret->use_count) = use;
		ret->use_count++;
	}
	return r;
}

/* A domain that ends meanwhile has none. */
static int all_uses(struct qvm_ctx *ctx, const struct world *w, struct block_list *ret,
		    struct qvm_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->vm_count; i++) {
		const struct vm *vm = &w->vms[i];
		const struct hv_id id = {vm->live.domid, vm->uuid};

		if (vm->klass == CLASS_ADMIN || !vm_is_running(vm))
			continue;
		r = uses_of(ctx, vm, &id, ret, err);
		if (r == -QVM_E_NOT_RUNNING)
			r = 0;
	}
	return r;
}

int op_block_list(struct qvm_ctx *ctx, const struct world *w, struct block_list *ret,
		  struct qvm_err *err)
{
	int r = block_ports(ctx, w, ret, err);

	return r < 0 ? r : all_uses(ctx, w, ret, err);
}

/* ---- changing ---- */

/* The domain, running, with nobody else changing it. */
static int take_running(struct qvm_ctx *ctx, const struct world *w, const char *name,
			struct lock *lock, struct vm **ret, struct hv_id *ret_id,
			struct qvm_err *err)
{
	int r = vm_find(w, name, ret, err);

	if (r == 0 && (*ret)->klass == CLASS_ADMIN)
		return err_set(err, QVM_E_VALUE, "'%s' has all devices already", name);
	if (r == 0)
		r = lock_take(ctx, LOCK_OP, (*ret)->id, LOCK_MS, lock, err);
	if (r < 0)
		return r;
	r = vm_running(ctx, *ret, ret_id, err);
	if (r == 0)
		return err_set(err, QVM_E_NOT_RUNNING, "'%s' does not run", name);
	return r < 0 ? r : hv_get(ctx, err);
}

static bool is_free(const struct block_list *l, const struct vm *vm, const char *vdev)
{
	for (size_t i = 0; i < l->use_count; i++)
		if (l->uses[i].vm == vm && !l->uses[i].gone &&
		    strcmp(l->uses[i].vdev, vdev) == 0)
			return false;
	return true;
}

/* Where a name was asked for, who asks knows what the guest makes of it. */
static bool is_blocked(const struct block_list *l, const struct vm *vm, const char *vdev)
{
	for (size_t i = 0; i < l->use_count; i++)
		if (l->uses[i].vm == vm && l->uses[i].gone &&
		    strcmp(l->uses[i].vdev, vdev) == 0)
			return true;
	return !is_free(l, vm, vdev);
}

static int choose_vdev(const struct block_list *l, const struct vm *vm,
		       const struct op_block *req, char ret[static 8],
		       struct qvm_err *err)
{
	if (req->vdev && !is_extra(req->vdev))
		return err_set(err, QVM_E_VALUE, "'%.16s': it can be xvd%c to xvd%c",
			       req->vdev, FIRST_LETTER, LAST_LETTER);
	strcpy(ret, req->vdev ? req->vdev : "xvd?");
	if (!req->vdev)
		for (ret[3] = FIRST_LETTER;
		     ret[3] <= LAST_LETTER && is_blocked(l, vm, ret);)
			ret[3]++;
	if (ret[3] > LAST_LETTER)
		return err_set(err, QVM_E_IN_USE, "'%s' has as many devices as it can",
			       vm->name);
	return is_free(l, vm, ret) ? 0
				   : err_set(err, QVM_E_EXISTS,
					     "'%s' has an '%s' already", vm->name, ret);
}

/* One writer, or many readers; nobody has anything twice. */
static int check_shared(const struct qvm_ctx *ctx, const struct block_list *l,
			const struct vm *vm, const struct block_port *port, bool readonly,
			struct qvm_err *err)
{
	for (size_t i = 0; i < l->use_count; i++) {
		const struct block_use *use = &l->uses[i];
		bool readers = use->vm != vm && use->readonly && readonly;

		if (!use->gone && !readers &&
		    block_overlap(ctx, use->major, use->minor, port->major, port->minor))
			return err_set(err, QVM_E_IN_USE,
				       "'%s' has it, or a part of it, as '%s'",
				       use->vm->name, use->vdev);
	}
	return 0;
}

int op_block_attach(struct qvm_ctx *ctx, const struct world *w,
		    const struct op_block *req, char ret[static 8], struct qvm_err *err)
{
	cleanup_block_list struct block_list l = BLOCK_LIST_INIT;
	struct lock lock cleanup(lock_release) = LOCK_INIT;
	struct hv_disk disk = {.vdev = ret};
	struct block_port port;
	struct hv_id id;
	struct vm *vm;
	int r = take_running(ctx, w, req->vm, &lock, &vm, &id, err);

	if (r == 0)
		r = device_verify_allowed(w, vm, 'b', "", err);
	if (r == 0)
		r = block_port_find(ctx, w, req->port, &port, err);
	if (r == 0)
		r = all_uses(ctx, w, &l, err);
	if (r == 0)
		r = choose_vdev(&l, vm, req, ret, err);
	if (r < 0)
		return r;
	disk.major = port.major;
	disk.minor = port.minor;
	disk.readonly = req->readonly || port.readonly;
	r = check_shared(ctx, &l, vm, &port, disk.readonly, err);
	return r < 0 ? r : ctx->hv->attach(ctx->hv_handle, &id, &disk, err);
}

static int detach_one(struct qvm_ctx *ctx, const struct hv_id *id,
		      const struct block_use *use, bool force, struct qvm_err *err)
{
	int r = ctx->hv->detach(ctx->hv_handle, id, use->vdev, force, err);

	return r == -QVM_E_IN_USE
		       ? err_wrap(err, "cannot take it from '%s'", use->vm->name)
		       : r;
}

static bool is_wanted(const struct block_use *use, const char *name,
		      const struct block_port *port)
{
	return is_extra(name) ? strcmp(use->vdev, name) == 0
			      : use->major == port->major && use->minor == port->minor;
}

int op_block_detach(struct qvm_ctx *ctx, const struct world *w,
		    const struct op_block *req, size_t *ret, struct qvm_err *err)
{
	cleanup_block_list struct block_list l = BLOCK_LIST_INIT;
	struct lock lock cleanup(lock_release) = LOCK_INIT;
	struct block_port port = {0};
	struct hv_id id;
	struct vm *vm;
	int r = take_running(ctx, w, req->vm, &lock, &vm, &id, err);

	*ret = 0;
	/* A stick that was pulled out has no name in dom0 any more, but one in the guest. */
	if (r == 0 && req->port && !is_extra(req->port))
		r = block_port_find(ctx, w, req->port, &port, err);
	if (r == 0)
		r = uses_of(ctx, vm, &id, &l, err);
	for (size_t i = 0; r == 0 && i < l.use_count; i++) {
		const struct block_use *use = &l.uses[i];

		if (use->gone || (req->port && !is_wanted(use, req->port, &port)))
			continue;
		r = detach_one(ctx, &id, use, req->force, err);
		*ret += r == 0;
	}
	if (r == 0 && req->port && !*ret)
		r = err_set(err, QVM_E_NOT_FOUND, "'%s' has no '%s'", req->vm, req->port);
	return r;
}

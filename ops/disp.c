/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/disp.h"

#include <string.h>

#include "dispvm/name.h"
#include "lib/alloc.h"
#include "ops/internal.h"
#include "ops/owner.h"

/* Somebody else may take a name between its choice and its use. */
enum { NAME_TRIES = 20 };

static int make(struct qvm_ctx *ctx, const struct op_disp *req,
		char name[static QVM_NAME_MAX + 1], struct qvm_err *err)
{
	const struct op_create create = {
		.name = name, .klass = CLASS_DISP, .template = req->template};
	int r = -QVM_E_EXISTS;

	for (int i = 0; i < NAME_TRIES && r == -QVM_E_EXISTS; i++) {
		cleanup_world struct world *w = NULL;

		r = op_world(ctx, false, &w, err);
		if (r == 0)
			r = disp_name_next(ctx, w, name, err);
		if (r == 0)
			r = op_create(ctx, &create, NULL, err);
	}
	return r;
}

static int begin(struct qvm_ctx *ctx, const struct op_disp *req, const char *name,
		 struct qvm_err *err)
{
	const struct op_start start = {0};
	const struct op_report silent = {0};
	cleanup_world struct world *w = NULL;
	struct vm *vm = NULL;
	int r = op_world(ctx, false, &w, err);

	if (r == 0)
		r = vm_find(w, name, &vm, err);
	if (r == 0 && req->owner)
		r = owner_write(ctx, vm->id, req->owner, err);
	return r < 0 ? r : op_start(ctx, &name, 1, &start, NULL, &silent, err);
}

int op_disp_start(struct qvm_ctx *ctx, const struct op_disp *req, char **ret_name,
		  struct qvm_err *err)
{
	char buffer[QVM_NAME_MAX + 1] = "";
	const char *name = buffer;
	struct qvm_err undo;
	int r = make(ctx, req, buffer, err);

	if (r < 0)
		return r;
	r = begin(ctx, req, name, err);
	if (r < 0 && op_remove(ctx, &name, 1, false, NULL, NULL, &undo) < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "left for qvm-recover: %s", undo.text);
	if (r < 0)
		return r;
	*ret_name = xstrdup(name);
	return 0;
}

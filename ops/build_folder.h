/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a template is made of packages before it is installed: a folder of its own below the
 * state folder, locked as long as its maker lives. What a killed one has left is removed by the
 * next of that name, and by recovery.
 */
#ifndef QVM_OPS_BUILD_FOLDER_H
#define QVM_OPS_BUILD_FOLDER_H

#include "core/ctx.h"
#include "lib/strv.h"

struct build_folder {
	char *path;
	int lock;
};

#define BUILD_FOLDER_INIT ((struct build_folder){.lock = -1})

/* An empty one for NAME, a valid name; -QVM_E_BUSY: somebody is making that template. */
int build_folder_take(struct qvm_ctx *ctx, const char *name, struct build_folder *ret,
		      struct qvm_err *err) must_check;
/* With all that is in it. What cannot be removed is warned of. */
void build_folder_drop(struct qvm_ctx *ctx, struct build_folder *f);

/* The paths of those that nobody works in; removed, unless DRY_RUN. */
int build_folders_recover(struct qvm_ctx *ctx, bool dry_run, struct strv *ret,
			  struct qvm_err *err) must_check;

#endif

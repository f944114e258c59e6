/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A template's root unpacked in a disposable, so that dom0 reads nothing of an archive: it
 * makes an empty file system on the volume, lends the disposable that volume and the helper
 * program, streams the archive there, and believes the exit status. A few words about the
 * work come back, of letters and digits.
 */
#ifndef QVM_OPS_TEMPLATE_APART_H
#define QVM_OPS_TEMPLATE_APART_H

#include "core/ctx.h"
#include "templates/template.h"

/*
 * Starts one from default_dispvm, without a network; it ends with this process, too. RET_NAME
 * is for the other two. Before any lock is taken.
 */
int template_apart_begin(struct qvm_ctx *ctx, const char *source, char **ret_name,
			 struct qvm_err *err) must_check;
/*
 * Makes it end, after which nobody can write to the volume, and sets NAME to NULL, which is fine
 * before, too. Returns R where that is a failure already.
 */
int template_apart_end(struct qvm_ctx *ctx, char **name, int r, struct qvm_err *err)
	must_check;

/* As template_fill does; SOURCE is an archive of files, or of an image of containers. */
int template_apart_fill(struct qvm_ctx *ctx, const char *name,
			const struct block_dev *root, const char *source,
			const char *label, struct template_facts *ret,
			struct qvm_err *err) must_check;

#endif

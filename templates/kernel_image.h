/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef QVM_TEMPLATES_KERNEL_IMAGE_H
#define QVM_TEMPLATES_KERNEL_IMAGE_H

#include "core/ctx.h"

/*
 * Path of the uncompressed kernel of FOLDER: its vmlinux, or its vmlinuz unpacked into the
 * folder's .cache, where one made of the same file is used again. Free *ret.
 */
int kernel_image(struct qvm_ctx *ctx, const char *folder, char **ret, struct qvm_err *err)
	must_check;

/*
 * The same for its initramfs: NULL when there is none, as it is when a start gains nothing
 * from its being unpacked.
 */
int kernel_initramfs(struct qvm_ctx *ctx, const char *folder, char **ret,
		     struct qvm_err *err) must_check;

#endif

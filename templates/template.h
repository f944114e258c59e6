/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels and the content of templates.
 *
 * A kernel is a folder <state_dir>/kernels/NAME as Qubes OS lays it out:
 *
 *	vmlinuz or vmlinux		the kernel; vmlinux wins
 *	initramfs			optional
 *	modules.img			optional; the domain sees it as its fourth disk
 *	default-kernelopts-common.txt	optional; one line of kernel options
 *	.cache/vmlinux-...		ours: vmlinuz, unpacked once
 *
 * Unpacking needs libarchive, which costs every program that links it a slow start; so it
 * is left to the helper program qvm-fill (fill.c), and nothing here links it.
 */
#ifndef QVM_TEMPLATES_TEMPLATE_H
#define QVM_TEMPLATES_TEMPLATE_H

#include "core/ctx.h"
#include "core/pool.h"
#include "lib/strv.h"

struct kernel {
	char *image;	 /* an ELF file, uncompressed */
	char *initramfs; /* or NULL */
	char *modules;	 /* or NULL */
	char *options;	 /* the text of default-kernelopts-common.txt, or NULL */
};

void kernel_dispose(struct kernel *k);
#define cleanup_kernel cleanup(kernel_dispose)

/* Letters, digits and "._+-", not starting with '.', at most 64. 0 or -QVM_E_VALUE. */
int kernel_name_check(const char *name, struct qvm_err *err) must_check;

/*
 * The parts of kernel NAME; dispose of them. Unpacks the image at the first call after it
 * changed (that needs root), otherwise only looks. -QVM_E_NOT_FOUND without such a kernel.
 */
int kernel_find(struct qvm_ctx *ctx, const char *name, struct kernel *ret,
		struct qvm_err *err) must_check;

/*
 * Copies FOLDER in as kernel NAME and unpacks it. Done whole or not at all; fine when it is
 * there with the same content, -QVM_E_EXISTS when with another.
 */
int kernel_add(struct qvm_ctx *ctx, const char *folder, const char *name,
	       struct qvm_err *err) must_check;

/* The names, sorted, added to RET. */
int kernel_list(struct qvm_ctx *ctx, struct strv *ret, struct qvm_err *err) must_check;

/* Whether a domain still uses it is the caller's question. */
int kernel_remove(struct qvm_ctx *ctx, const char *name, struct qvm_err *err) must_check;

/*
 * Makes a file system labelled FS_LABEL on DEV and fills it from the archive TAR: a tar in
 * any usual compression. All that was on DEV is lost, also when it fails. A DEV that is a
 * plain file (tests) is only marked, after the archive was read to its end.
 */
int template_fill(struct qvm_ctx *ctx, const struct block_dev *dev, const char *tar,
		  const char *fs_label, struct qvm_err *err) must_check;

#endif

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
#include "lib/buf.h"
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

/* What a kernel is made of: one of these. */
struct kernel_source {
	const char *folder;  /* its parts as above, ready */
	const char *version; /* of dom0: /boot/vmlinuz-VERSION and its modules */
	const char *package; /* a .deb of Debian's */
	const char *image; /* one file and no more: a boot loader such as GRUB for Xen */
};

/*
 * Makes the parts (an initramfs that reaches a root on a virtual disk, an image of all
 * modules) and adds them as kernel NAME, as kernel_add does.
 */
int kernel_build(struct qvm_ctx *ctx, const char *name, const struct kernel_source *from,
		 struct qvm_err *err) must_check;

/* The names, sorted, added to RET. */
int kernel_list(struct qvm_ctx *ctx, struct strv *ret, struct qvm_err *err) must_check;

/* Whether a domain still uses it is the caller's question. */
int kernel_remove(struct qvm_ctx *ctx, const char *name, struct qvm_err *err) must_check;

/* What a root file system was made of; texts of a fixed alphabet, "" where unknown. */
struct template_facts {
	char kind[16];	 /* "archive", "image", "folder", "raw", "qcow2", "vmdk" */
	char digest[65]; /* SHA-256 of the file, or of the image's manifest */
	char bytes[24], entries[24];
	char init[16]; /* "systemd", "openrc", "busybox"; "none": the agent itself */
};

/*
 * Makes what SOURCE holds the content of DEV, with the guest's programs put in: a root file
 * system (a tar in any usual compression, an image of containers as a tar or as a folder,
 * or a folder), then in a file system labelled FS_LABEL; or a disk (raw, qcow2, VMDK) as it
 * is. All that was on DEV is lost, also when it fails. A DEV that is a plain file (tests) is
 * only marked, after the archive was read to its end.
 */
int template_fill(struct qvm_ctx *ctx, const struct block_dev *dev, const char *source,
		  const char *fs_label, struct template_facts *ret, struct qvm_err *err)
	must_check;

/*
 * The same where somebody else, WHO, has run the helper on it: what it said, and how it
 * ended. It began with an empty file system, by template_fs_make.
 */
int template_filled(struct qvm_ctx *ctx, const char *who, const struct buf *untrusted,
		    int status, struct template_facts *ret, struct qvm_err *err)
	must_check;
int template_fs_make(struct qvm_ctx *ctx, const struct block_dev *dev, const char *label,
		     struct qvm_err *err) must_check;

/* How large DEV has to be at least: bytes of the disk in SOURCE, else 0. */
int template_source_size(struct qvm_ctx *ctx, const char *source, uint64_t *ret,
			 struct qvm_err *err) must_check;

/* Writes what template_fill takes: the whole of DEV, and FACTS. FILE appears when done. */
int template_pack(struct qvm_ctx *ctx, const struct block_dev *dev, const char *file,
		  const struct template_facts *facts, struct qvm_err *err) must_check;

#endif

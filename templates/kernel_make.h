/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of a kernel for guests, made of a distribution's. For qvm-fill only. */
#ifndef QVM_TEMPLATES_KERNEL_MAKE_H
#define QVM_TEMPLATES_KERNEL_MAKE_H

#include "core/err.h"

/*
 * An initial file system in OUT: INIT as first program, and those modules of MODULES (a folder
 * /lib/modules/VERSION with its modules.dep) that a guest needs to reach its root.
 */
int initramfs_make(const char *modules, const char *init, int out, struct qvm_err *err)
	must_check;

/* Of the package (.deb) open at FD its boot and lib/modules, into the current folder. */
int deb_unpack(int fd, struct qvm_err *err) must_check;

#endif

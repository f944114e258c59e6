/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a boot would unpack again each time. For qvm-fill only: links libarchive. */
#ifndef QVM_TEMPLATES_UNPACK_H
#define QVM_TEMPLATES_UNPACK_H

#include "core/err.h"

/* Reads the image from IN and writes what it unpacks to into OUT, both from their start. */
int kernel_unpack(int in, int out, struct qvm_err *err) must_check;

/* The same for an initramfs of which initramfs_size says that it is worth it. */
int initramfs_unpack(int in, int out, struct qvm_err *err) must_check;

#endif

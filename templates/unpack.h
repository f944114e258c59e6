/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel's compressed image into an ELF file. For qvm-fill only: links libarchive. */
#ifndef QVM_TEMPLATES_UNPACK_H
#define QVM_TEMPLATES_UNPACK_H

#include "core/err.h"

/* Reads the image from IN and writes what it unpacks to into OUT, both from their start. */
int kernel_unpack(int in, int out, struct qvm_err *err) must_check;

#endif

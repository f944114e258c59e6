/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A template as one file: a tar (zstd) of
 *
 *	qvm-template.txt	lines "KEY VALUE"; `size` is that of root.img in bytes
 *	root.img		its root volume, byte for byte
 *
 * The volume is not looked into, for a guest has written it. For qvm-fill only.
 */
#ifndef QVM_TEMPLATES_PACK_H
#define QVM_TEMPLATES_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "lib/buf.h"

/* Is the tar open at FD one of those? Then FACTS gets its lines, and *ret_size. */
int pack_look(int fd, bool *ret, struct buf *facts, uint64_t *ret_size,
	      struct qvm_err *err) must_check;

int pack_read(int fd, int device, struct qvm_err *err) must_check;
int pack_write(int device, uint64_t size, const char *facts, int fd, struct qvm_err *err)
	must_check;

/* Writes LEN bytes at AT of a blank volume, leaving out what is zero. Negative errno. */
int put_sparse(int to, const void *data, size_t len, uint64_t at) must_check;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Storage without devices: pools keep volumes as sparse files below
 * <state_dir>/fake-pool/POOL/, the scratch store below <run_dir>/fake-scratch/. A device is
 * the file's path, with the numbers 0:0. Snapshots are copies.
 *
 * The text file <state_dir>/fake-storage, which a test may write, makes them misbehave:
 *
 *	fail snapshot no such luck	every call of that operation fails with this text:
 *					create, snapshot, remove, resize, extend, device,
 *					stat, usage, list, scratch-open, scratch-create,
 *					scratch-remove
 *	usage 100GiB 99GiB		size and use of every pool (else: 100 GiB, and what
 *					the files take; without the second number: that)
 *	scratch-usage 8GiB 7GiB		the same for the scratch store (else 8 GiB)
 */
#ifndef QVM_TESTS_FAKE_STORE_FAKE_H
#define QVM_TESTS_FAKE_STORE_FAKE_H

#include "core/pool.h"

extern const struct pool_ops pool_fake;
extern const struct scratch_ops scratch_fake;

/* The rest is for pool_fake.c and scratch_fake.c. */

/* Fails when the test wants OP to fail. */
int fake_may(struct qvm_ctx *ctx, const char *op, struct qvm_err *err) must_check;

/* Makes FILE of SIZE bytes: blank, or with the content of FROM, holes kept. */
int fake_file_make(const char *file, const char *from, uint64_t size, bool readonly)
	must_check;
int fake_file_device(const char *file, struct block_dev *ret, struct qvm_err *err)
	must_check;

/* What the files of FOLDER take, or what the line KEY says. */
void fake_usage(struct qvm_ctx *ctx, const char *key, const char *folder, uint64_t size,
		struct pool_usage *ret);
int fake_list(const char *folder, struct strv *ret, struct qvm_err *err) must_check;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the ephemeral layer share: a device-mapper in memory and a store. */
#ifndef QVM_TESTS_STORAGE_FIXTURE_H
#define QVM_TESTS_STORAGE_FIXTURE_H

#include <errno.h>
#include <string.h>

#include "lib/size.h"
#include "storage/dm.h"
#include "storage/scratch_store.h"
#include "storage/storage.h"
#include "tests/fake/dm_fake.h"
#include "tests/unit/test.h"

#define LV_UUID "LVM-0123456789012345678901234567890101234567890123456789012345678901"
#define TINY_UUID "LVM-0123456789012345678901234567890101234567890123456789012345678902"
#define FLAGS "0x2f"
#define LV_SECTORS (64 * MIB / SECTOR)

struct fixture {
	struct qvm_ctx ctx;
	struct qvm_err err;
	void *scratch;
	int lv, origin;
	char *origin_path; /* a file stands for it: 4 MiB */
};

#define ORIGIN_SIZE (4 * MIB)

static inline int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	void *dir = NULL;

	assert_int_equal(folder_setup(&dir), 0);
	f->ctx.run_dir = dir;
	dm_fake_reset(dir);
	f->lv = dm_fake_add("vg-qvm--scratch", LV_UUID, LV_SECTORS);
	f->origin = dm_fake_add("vg-qvm--v1--r1", LV_UUID "x", ORIGIN_SIZE / SECTOR);
	f->origin_path = xasprintf("%s/dm-%d", f->ctx.run_dir, f->origin);
	assert_int_equal(file_replace(f->origin_path, "", 0, 0600, 0), 0);
	assert_int_equal(truncate(f->origin_path, ORIGIN_SIZE), 0);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	void *dir = f->ctx.run_dir;

	if (f->scratch)
		scratch_thin.close(f->scratch);
	assert_false(dm_fake_open());
	free(f->origin_path);
	free(f);
	dm_fake_dispose();
	return folder_teardown(&dir);
}

static inline void open_store(struct fixture *f)
{
	assert_int_equal(
		scratch_thin.open(&f->ctx, "vg/qvm-scratch", &f->scratch, &f->err), 0);
}

static inline int open_setup(void **state)
{
	assert_int_equal(setup(state), 0);
	open_store(*state);
	dm_fake_log_clear();
	return 0;
}

static inline void assert_log(const char *const *want)
{
	const struct strv *log = dm_fake_log();
	size_t n = 0;

	for (; want[n]; n++) {
		assert_true(n < log->n);
		assert_string_equal(log->v[n], want[n]);
	}
	assert_int_equal(log->n, n);
}

static inline void zeroed_start(const struct fixture *f, int minor, size_t len)
{
	cleanup_free char *path = xasprintf("%s/dm-%d", f->ctx.run_dir, minor);
	cleanup_buf struct buf got = BUF_INIT;
	size_t i = 0;

	assert_int_equal(file_read(path, 2 * MIB, &got), 0);
	while (i < got.len && got.data[i] == 0)
		i++;
	assert_int_equal(i, len);
}

#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define test_open(fn) cmocka_unit_test_setup_teardown(fn, open_setup, teardown)

#endif

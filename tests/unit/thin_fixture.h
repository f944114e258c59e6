/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A blank device, "vg/own", of a device-mapper in memory, and what tests make of it. */
#ifndef QVM_TESTS_UNIT_THIN_FIXTURE_H
#define QVM_TESTS_UNIT_THIN_FIXTURE_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/storage.h"
#include "storage/thinpool.h"
#include "tests/fake/dm_fake.c"
#include "tests/unit/test.h"

#define LV_UUID "LVM-0123456789012345678901234567890101234567890123456789012345678901"

struct fixture {
	struct qvm_ctx ctx;
	struct qvm_err err;
	struct dmap dm;
	char *disk; /* a file stands for the device */
	void *pool, *scratch;
	char *location; /* of a store */
};

static const struct pool_config config = {"own", "thin", "vg/own"};

static int fixture_setup(void **state, sectors len)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	void *dir = NULL;

	assert_int_equal(folder_setup(&dir), 0);
	f->ctx.run_dir = f->ctx.state_dir = dir;
	dm_fake_reset(dir);
	f->disk = xasprintf("%s/dm-%d", f->ctx.run_dir,
			    dm_fake_add("vg-own", LV_UUID, len));
	assert_int_equal(file_replace(f->disk, "", 0, 0600, 0), 0);
	assert_int_equal(truncate(f->disk, (off_t)(len * SECTOR)), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	void *dir = f->ctx.run_dir;

	if (f->scratch)
		scratch_thin.close(f->scratch);
	if (f->pool)
		pool_thin.close(f->pool);
	assert_false(dm_fake_open());
	free(f->location);
	free(f->disk);
	free(f);
	dm_fake_dispose();
	return folder_teardown(&dir);
}

/* The device becomes the pool. */
static void make_pool(struct fixture *f)
{
	assert_int_equal(pool_thin.make(&f->ctx, &config, false, &f->err), 0);
	assert_int_equal(pool_thin.open(&f->ctx, &config, &f->pool, &f->err), 0);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ephemeral store against a device-mapper in memory: which requests, in which order,
 * and what is left after each of them has failed. */
#include "tests/fake/dm_fake.c"
#include "tests/unit/storage_fixture.h"

static void makes_store(void **state)
{
	struct fixture *f = *state;
	static const char *const want[] = {
		"info QVM-store-pool",
		"info QVM-store-pool",
		"status vg-qvm--scratch",
		"remove QVM-store-pool",
		"remove QVM-store-data",
		"remove QVM-store-meta",
		"create qvm-store-meta QVM-store-meta",
		"reload QVM-store-meta 8192 linear 253:0 0",
		"resume QVM-store-meta " FLAGS,
		"create qvm-store-data QVM-store-data",
		"reload QVM-store-data 122880 linear 253:0 8192",
		"resume QVM-store-data " FLAGS,
		"create qvm-store-pool QVM-store-pool",
		"reload QVM-store-pool 122880 thin-pool 253:2 253:3 512 0 2 "
		"skip_block_zeroing error_if_no_space",
		"resume QVM-store-pool " FLAGS,
		NULL,
	};

	open_store(f);
	assert_log(want);
	zeroed_start(f, 2, 512 * SECTOR);
	assert_int_equal(dm_fake_keys(), 0);
	assert_int_equal(dm_fake_sync_used(), 0);
}

static void reopens_with_one_request(void **state)
{
	struct fixture *f = *state;
	static const char *const want[] = {"info QVM-store-pool", NULL};

	scratch_thin.close(f->scratch);
	open_store(f);
	assert_log(want);
}

/* A maker was killed somewhere in between: the next one starts anew. */
static void store_recovers(void **state)
{
	struct fixture *f = *state;

	dm_fake_add("qvm-store-meta", "QVM-store-meta", 8192);
	dm_fake_add("qvm-store-data", "QVM-store-data", 8192);
	dm_fake_add("qvm-store-pool", "QVM-store-pool", 8192);
	dev_of("qvm-store-pool", NULL)->live.set = false;
	open_store(f);
	assert_int_equal(dm_fake_count(), 5);
	assert_non_null(strstr(dev_of("qvm-store-pool", NULL)->live.params, "skip"));
}

static void store_undoes(void **state)
{
	struct fixture *f = *state;
	int n = 1;

	for (;; n++) {
		dm_fake_fail(n, EIO);
		if (scratch_thin.open(&f->ctx, "vg/qvm-scratch", &f->scratch, &f->err) ==
		    0)
			break;
		assert_int_equal(f->err.kind, QVM_E_STORAGE);
		assert_non_null(strstr(f->err.text, "Input/output error"));
		assert_int_equal(dm_fake_count(), 2);
		assert_int_equal(dm_fake_thin_ids(), 0);
	}
	dm_fake_fail(0, 0);
	assert_int_equal(n, 16); /* each of the 15 requests has failed once */
}

static void store_refuses(void **state)
{
	static const struct {
		const char *location;
		int kind;
		const char *text;
	} rows[] = {
		{"vg", QVM_E_VALUE, "it takes the path of a block device"},
		{"../vg/x", QVM_E_VALUE, "it takes the path"},
		{"vg/-x", QVM_E_VALUE, "it takes the path"},
		{"vg/other", QVM_E_NOT_FOUND, "no active logical volume"},
		{"no/qvm-scratch", QVM_E_NOT_FOUND, "no active logical volume"},
		{"pool/qvm-scratch", QVM_E_STORAGE, "is not a plain"},
		{"alien/qvm-scratch", QVM_E_STORAGE, "is not a plain"},
		{"tiny/qvm-scratch", QVM_E_NO_SPACE, "at least 16 MiB"},
	};
	struct fixture *f = *state;

	dm_fake_add("pool-qvm--scratch", LV_UUID "-pool", LV_SECTORS);
	dm_fake_add("alien-qvm--scratch", "CRYPT-PLAIN-x", LV_SECTORS);
	dm_fake_add("tiny-qvm--scratch", TINY_UUID, 64);
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_int_equal(scratch_thin.open(&f->ctx, rows[i].location, &f->scratch,
						   &f->err),
				 -rows[i].kind);
		assert_non_null(strstr(f->err.text, rows[i].text));
	}
	assert_int_equal(dm_fake_count(), 5);
}

static void without_device_mapper(void **state)
{
	struct fixture *f = *state;

	dm_fake_absent(true);
	assert_true(scratch_thin.open(&f->ctx, "vg/qvm-scratch", &f->scratch, &f->err) <
		    0);
	assert_non_null(strstr(f->err.text, "/dev/mapper/control: open failed"));
	assert_null(strstr(f->err.text, "Incompatible"));
}

static void layouts(void **state)
{
	static const sectors sizes[] = {32768,	    32769,	65537,	   20971520,
					2147483648, 2147483649, 1ull << 40};

	(void)state;
	for (size_t i = 0; i < array_len(sizes); i++) {
		struct store_layout l;

		assert_int_equal(store_layout(sizes[i], &l), 0);
		assert_true(l.data_start >= l.meta_len);
		assert_true(l.data_start + l.data_len <= sizes[i]);
		assert_true(l.data_len > 0 && l.data_len % l.block == 0);
		assert_true(l.meta_len <= THIN_META_MAX);
		assert_true(l.meta_len * SECTOR >= 48 * (l.data_len / l.block) ||
			    l.meta_len == THIN_META_MAX);
	}
	assert_int_equal(store_layout(32767, &(struct store_layout){0}), -ENOSPC);
}

static void limits_names(void **state)
{
	char name[140];
	struct dmap d = {0};
	struct dmap_dev dev;
	dmap_scope(&d);

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(dmap_find_own(&d, name, &dev), -EINVAL);
	assert_int_equal(dmap_find_own(&d, "", &dev), -EINVAL);
	name[124] = '\0';
	assert_int_equal(dmap_find_own(&d, name, &dev), -EINVAL);
	name[123] = '\0';
	assert_int_equal(dmap_find_own(&d, name, &dev), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(makes_store),	   test_open(reopens_with_one_request),
		test(store_recovers),	   test(store_undoes),
		test(store_refuses),	   test(without_device_mapper),
		cmocka_unit_test(layouts), test(limits_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

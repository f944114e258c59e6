/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the ephemeral store may lie: what is taken for it, what is not, and how a pool makes
 * room for it. Against a device-mapper in memory. */
#include "storage/store_place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "storage/thinpool.h"
#include "tests/unit/thin_fixture.h"

#define LEN (512 * MIB / SECTOR)

static int setup(void **state)
{
	return fixture_setup(state, LEN);
}

static int pool_setup(void **state)
{
	assert_int_equal(setup(state), 0);
	make_pool(*state);
	return 0;
}

static int find(struct fixture *f, const char *location, struct store_place *ret)
{
	dmap_scope(&f->dm);

	return store_place(&f->ctx, &f->dm, location, ret, &f->err);
}

static int reserve(struct fixture *f, uint64_t size)
{
	free(f->location);
	f->location = NULL;
	return pool_thin.reserve(f->pool, size, &f->location, &f->err);
}

static int create(struct fixture *f, const char *id)
{
	struct pool_step step = {.kind = POOL_CREATE, .size = 8 * MIB};

	snprintf(step.to, sizeof(step.to), "%s", id);
	return pool_thin.apply(f->pool, &step, 1, &f->err);
}

static void sizes(void **state)
{
	static const struct {
		uint64_t want, space, size;
		int kind;
		const char *text;
	} rows[] = {
		{0, GIB, GIB / 2, 0, NULL},
		{0, 100 * GIB, 8 * GIB, 0, NULL},
		{9 * GIB, 100 * GIB, 9 * GIB, 0, NULL},
		{64 * MIB + 512, GIB, 64 * MIB, 0, NULL},
		{0, 127 * MIB, 0, QVM_E_NO_SPACE, "the group 'vg' has 127"},
		{GIB + MIB, GIB, 0, QVM_E_NO_SPACE, "no room"},
		{MIB, GIB, 0, QVM_E_VALUE, "at least 64 MiB"},
	};
	struct qvm_err err;

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		uint64_t size = 0;

		assert_int_equal(store_size(rows[i].want, rows[i].space, "the group 'vg'",
					    &size, &err),
				 -rows[i].kind);
		assert_int_equal(size, rows[i].size);
		if (rows[i].kind)
			assert_non_null(strstr(err.text, rows[i].text));
	}
}

static void takes_nothing_that_was_not_made_for_it(void **state)
{
	struct fixture *f = *state;
	struct store_place at;

	assert_int_equal(find(f, "vg/own", &at), -QVM_E_VALUE); /* blank */
	assert_non_null(strstr(f->err.text, "would overwrite it"));
	assert_int_equal(file_replace(f->disk, "data", 4, 0600, 0), 0);
	assert_int_equal(truncate(f->disk, LEN * SECTOR), 0);
	assert_int_equal(find(f, "vg/own", &at), -QVM_E_VALUE);
	assert_non_null(strstr(f->err.text, "would overwrite it"));
	assert_non_null(strstr(f->err.text, "cannot be at 'vg/own'"));
}

static void asks_for_a_file_of_its_own(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *other = xasprintf("%s/scratch", f->ctx.run_dir);
	cleanup_free char *open_to_all = xasprintf("%s/qvm-scratch", f->ctx.run_dir);
	struct store_place at;

	assert_int_equal(file_replace(other, "", 0, 0600, 0), 0);
	assert_int_equal(find(f, other, &at), -QVM_E_VALUE);
	assert_int_equal(find(f, open_to_all, &at), -QVM_E_NOT_FOUND);
	assert_int_equal(file_replace(open_to_all, "", 0, 0644, 0), 0);
	assert_int_equal(find(f, open_to_all, &at), -QVM_E_PERMISSION);
}

static void a_pool_keeps_no_room_unasked(void **state)
{
	struct fixture *f = *state;
	struct store_place at;

	assert_int_equal(find(f, "vg/own", &at), -QVM_E_NOT_FOUND);
	assert_non_null(strstr(f->err.text, "keeps no room"));
}

static void a_pool_makes_room(void **state)
{
	struct fixture *f = *state;
	struct pool_usage before, after;
	struct store_place at;

	assert_int_equal(pool_thin.usage(f->pool, &before, &f->err), 0);
	assert_int_equal(reserve(f, 128 * MIB), 0);
	assert_string_equal(f->location, "vg/own");
	assert_int_equal(find(f, f->location, &at), 0);
	assert_int_equal(at.start, TP_HEAD_LEN);
	assert_int_equal(at.len, 128 * MIB / SECTOR);
	assert_false(at.keep);
	assert_int_equal(pool_thin.usage(f->pool, &after, &f->err), 0);
	assert_int_equal(before.size - after.size, 128 * MIB);

	assert_int_equal(reserve(f, 64 * MIB), 0); /* it is there already */
	assert_int_equal(find(f, f->location, &at), 0);
	assert_int_equal(at.len, 128 * MIB / SECTOR);
	assert_int_equal(create(f, "v1-g1"), 0);
}

static void half_of_it_where_no_size_is_named(void **state)
{
	struct fixture *f = *state;
	struct store_place at;

	assert_int_equal(reserve(f, 0), 0);
	assert_int_equal(find(f, f->location, &at), 0);
	assert_int_equal(at.len, (LEN - TP_HEAD_LEN) / 2);
}

static void a_pool_in_use_keeps_what_it_has(void **state)
{
	struct fixture *f = *state;
	struct store_place at;

	assert_int_equal(reserve(f, GIB), -QVM_E_NO_SPACE);
	assert_int_equal(reserve(f, LEN * SECTOR - 9 * MIB), -QVM_E_NO_SPACE);
	assert_int_equal(create(f, "v1-g1"), 0);
	assert_int_equal(reserve(f, 128 * MIB), -QVM_E_IN_USE);
	assert_non_null(strstr(f->err.text, "--scratch"));
	assert_int_equal(find(f, "vg/own", &at), -QVM_E_NOT_FOUND);
	assert_int_equal(create(f, "v2-g1"), 0);
}

/* Registered again, it is made anew; the store that is beside it need not be. */
static void a_pool_made_anew_keeps_the_store(void **state)
{
	struct fixture *f = *state;
	struct store_place at;

	assert_int_equal(reserve(f, 128 * MIB), 0);
	assert_int_equal(pool_thin.stop(f->pool, &f->err), 0);
	assert_int_equal(pool_thin.make(&f->ctx, &config, false, &f->err), 0);
	assert_int_equal(find(f, "vg/own", &at), 0);
	assert_int_equal(at.len, 128 * MIB / SECTOR);
}

/* The tables of both lie side by side. */
static void the_store_works_there(void **state)
{
	struct fixture *f = *state;
	struct pool_usage u;
	const struct strv *log = dm_fake_log();
	bool found = false;

	assert_int_equal(reserve(f, 128 * MIB), 0);
	dm_fake_log_clear();
	assert_int_equal(scratch_thin.open(&f->ctx, f->location, &f->scratch, &f->err),
			 0);
	for (size_t i = 0; i < log->n; i++)
		found |= strcmp(log->v[i], "reload QVM-store-data 253952 linear 253:0 "
					   "24576") == 0;
	assert_true(found);
	assert_int_equal(pool_thin.usage(f->pool, &u, &f->err), 0);
	assert_int_equal(scratch_thin.stop(f->scratch, &f->err), 0);
}

/* At whatever request it ends: the pool as it was, or with the room. */
static void each_end_leaves_a_pool(void **state)
{
	struct fixture *f = *state;
	struct store_place at;
	int r = -1;

	for (int n = 1; r < 0; n++) {
		dm_fake_fail(n, EIO);
		r = reserve(f, 128 * MIB);
		dm_fake_fail(0, 0);
		assert_true(n < 40);
		assert_int_equal(create(f, "v1-g1"), 0);
		if (r < 0) {
			struct pool_step step = {.kind = POOL_REMOVE, .to = "v1-g1"};

			assert_int_equal(find(f, "vg/own", &at), -QVM_E_NOT_FOUND);
			assert_int_equal(pool_thin.apply(f->pool, &step, 1, &f->err), 0);
		}
	}
	assert_int_equal(find(f, "vg/own", &at), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test_setup_teardown(takes_nothing_that_was_not_made_for_it,
						setup, teardown),
		cmocka_unit_test_setup_teardown(asks_for_a_file_of_its_own, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_pool_keeps_no_room_unasked, pool_setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_pool_makes_room, pool_setup, teardown),
		cmocka_unit_test_setup_teardown(half_of_it_where_no_size_is_named,
						pool_setup, teardown),
		cmocka_unit_test_setup_teardown(a_pool_in_use_keeps_what_it_has,
						pool_setup, teardown),
		cmocka_unit_test_setup_teardown(a_pool_made_anew_keeps_the_store,
						pool_setup, teardown),
		cmocka_unit_test_setup_teardown(the_store_works_there, pool_setup,
						teardown),
		cmocka_unit_test_setup_teardown(each_end_leaves_a_pool, pool_setup,
						teardown),
	};

	return cmocka_run_group_tests_name("storage_place", tests, NULL, NULL);
}

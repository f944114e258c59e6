/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The volumes of a run against a device-mapper in memory: which requests, in which order,
 * and what is left after each of them has failed. */
#include "storage/scratch_run.h"

#include "tests/fake/dm_fake.c"
#include "tests/unit/storage_fixture.h"

static void start_requests(struct fixture *f, struct block_dev *origin,
			   struct scratch_request req[static 2])
{
	*origin = (struct block_dev){.major = 253, .minor = (uint32_t)f->origin};
	snprintf(origin->path, sizeof(origin->path), "%s", f->origin_path);
	req[0] = (struct scratch_request){
		.name = "r12-root", .origin = origin, .size = 4 * MIB};
	req[1] = (struct scratch_request){.name = "r12-volatile", .size = 8 * MIB};
}

static void creates(void **state)
{
	struct fixture *f = *state;
	struct block_dev origin, dev[2];
	struct scratch_request req[2];
	static const char *const want[] = {
		"status QVM-store-pool",
		"list",
		"message QVM-store-pool create_thin 0",
		"create qvm-store-slice.0 QVM-store-slice.0",
		"reload QVM-store-slice.0 24576 thin 253:4 0",
		"resume QVM-store-slice.0 " FLAGS,
		"create qvm-store-key.0 QVM-store-key.0",
		"reload-secret QVM-store-key.0 24576 crypt aes-xts-plain64 KEY 0 253:5 0 "
		"3 allow_discards no_read_workqueue no_write_workqueue",
		"resume QVM-store-key.0 " FLAGS,
		"create qvm-r12-root.0 QVM-r12-root.0",
		"reload QVM-r12-root.0 8192 snapshot 253:1 253:6 N 128",
		"resume QVM-r12-root.0 " FLAGS,
		"create qvm-r12-volatile.0 QVM-r12-volatile.0",
		"reload QVM-r12-volatile.0 16384 linear 253:6 8192",
		"resume QVM-r12-volatile.0 " FLAGS,
		NULL,
	};

	start_requests(f, &origin, req);
	assert_int_equal(scratch_thin.create(f->scratch, req, 2, dev, &f->err), 0);
	assert_log(want);
	assert_int_equal(dev[1].major, 253);
	assert_int_equal(dev[1].minor, 8);
	assert_non_null(strstr(dev[1].path, "/dm-8"));
	zeroed_start(f, 8, 65536);
	/* All of a key is random: both digits of its bytes. */
	assert_int_equal(dm_fake_keys(), 1);
	for (int half = 0; half < 2; half++) {
		int same = 0;

		for (int i = half; i < 128; i += 2)
			same += dm_fake.keys[0][i] == dm_fake.keys[0][half];
		assert_true(same < 40);
	}
	assert_int_equal(dm_fake_sync_used(), 0);
}

/* A disposable: two volumes over origins, one of them grown, and one that is blank. */
static void creates_all_of_a_disposable(void **state)
{
	struct fixture *f = *state;
	struct block_dev origin, dev[3];
	struct scratch_request req[3];
	static const char *const want[] = {
		"reload-secret QVM-store-key.0 26624 crypt aes-xts-plain64 KEY 0 253:5 0 "
		"3 allow_discards no_read_workqueue no_write_workqueue",
		"reload QVM-d1-volatile.0 1024 linear 253:6 17408",
		"reload QVM-d1-private.0 17408 snapshot 253:1 253:6 N 128 then 9216 "
		"linear "
		"253:6 8192",
		"reload QVM-store-cow2.0 8192 linear 253:6 18432",
		"reload QVM-d1-root.0 8192 snapshot 253:1 253:9 N 128",
	};
	size_t found = 0;

	start_requests(f, &origin, req);
	req[0] = (struct scratch_request){.name = "d1-volatile", .size = 512 * KIB};
	req[1] = (struct scratch_request){
		.name = "d1-private", .origin = &origin, .size = 8 * MIB + 512 * KIB};
	req[2] = (struct scratch_request){
		.name = "d1-root", .origin = &origin, .size = ORIGIN_SIZE};
	assert_int_equal(scratch_thin.create(f->scratch, req, 3, dev, &f->err), 0);
	for (size_t i = 0; i < dm_fake_log()->n; i++)
		if (found < array_len(want) &&
		    strcmp(dm_fake_log()->v[i], want[found]) == 0)
			found++;
	assert_int_equal(found, array_len(want));
	assert_int_equal(dm_fake_log()->n, 2 + 7 + 3 * 4);
}

/* Each run has a key of its own. */
static void keys_differ(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	struct scratch_request req = {.size = MIB};

	for (int i = 0; i < 5; i++) {
		snprintf(req.name, sizeof(req.name), "r%d", i);
		assert_int_equal(scratch_thin.create(f->scratch, &req, 1, &dev, &f->err),
				 0);
		assert_int_equal(dm_fake_keys(), i + 1);
	}
}

static void removes(void **state)
{
	struct fixture *f = *state;
	struct block_dev origin, dev[2];
	struct scratch_request req[2];
	const char *const names[] = {"r12-root", "absent", "r12-volatile"};
	static const char *const want[] = {
		"list",
		"remove QVM-r12-root.0",
		"remove QVM-r12-volatile.0",
		"remove QVM-store-key.0",
		"remove QVM-store-slice.0",
		"message QVM-store-pool delete 0",
		NULL,
	};

	start_requests(f, &origin, req);
	assert_int_equal(scratch_thin.create(f->scratch, req, 2, dev, &f->err), 0);
	dm_fake_log_clear();
	assert_int_equal(scratch_thin.remove(f->scratch, names, 3, &f->err), 0);
	assert_log(want);
	assert_int_equal(dm_fake_thin_ids(), 0);
	dm_fake_log_clear();
	assert_int_equal(scratch_thin.remove(f->scratch, names, 3, &f->err), 0);
	assert_int_equal(dm_fake_log()->n, 1);
}

/* All or none, whichever request fails; and nothing that was there before is touched. */
static void create_undoes(void **state)
{
	struct fixture *f = *state;
	struct block_dev origin, dev[2];
	struct scratch_request req[2], other = {.name = "r1-root", .size = MIB};
	int n = 1;

	assert_int_equal(scratch_thin.create(f->scratch, &other, 1, dev, &f->err), 0);
	start_requests(f, &origin, req);
	for (;; n++) {
		dm_fake_fail(n, EIO);
		if (scratch_thin.create(f->scratch, req, 2, dev, &f->err) == 0)
			break;
		assert_int_equal(f->err.kind, QVM_E_STORAGE);
		assert_non_null(strstr(f->err.text, "Input/output error"));
		assert_int_equal(dm_fake_count(), 8);
		assert_int_equal(dm_fake_thin_ids(), 1);
		assert_true(dm_fake_has("qvm-r1-root.0"));
	}
	assert_int_equal(n, 16); /* each of the 15 requests has failed once */
}

/* A kernel that does not know the newer options of the crypt target. */
static void old_kernels(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	struct scratch_request req = {.name = "a", .size = MIB};

	dm_fake_fail(8, EINVAL);
	assert_int_equal(scratch_thin.create(f->scratch, &req, 1, &dev, &f->err), 0);
	assert_string_equal(
		dm_fake_log()->v[10],
		"reload-secret QVM-store-key.0 2048 crypt aes-xts-plain64 KEY "
		"0 253:5 0 1 allow_discards");
}

static void replaces_what_a_dead_run_left(void **state)
{
	struct fixture *f = *state;
	struct block_dev origin, dev[2];
	struct scratch_request req[2];

	start_requests(f, &origin, req);
	assert_int_equal(scratch_thin.create(f->scratch, req, 2, dev, &f->err), 0);
	dm_fake_log_clear();
	/* Its root is replaced; what the rest of that run has, stays with its number. */
	assert_int_equal(scratch_thin.create(f->scratch, req, 1, dev, &f->err), 0);
	assert_string_equal(dm_fake_log()->v[3], "remove QVM-r12-root.0");
	assert_true(dm_fake_has("qvm-r12-root.1"));
	assert_true(dm_fake_has("qvm-r12-volatile.0"));
	assert_int_equal(dm_fake_thin_ids(), 2);
	assert_int_equal(dm_fake_count(), 5 + 3 + 3);
	/* All of it: nothing of either run is left. */
	assert_int_equal(scratch_thin.create(f->scratch, req, 2, dev, &f->err), 0);
	assert_int_equal(dm_fake_thin_ids(), 1);
	assert_int_equal(dm_fake_count(), 5 + 4);
	assert_true(dm_fake_has("qvm-r12-root.0"));
}

/* A maker or remover was killed after each of its requests: the next one clears it away. */
static void sweeps_dead_runs(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	struct scratch_request req = {.name = "b", .size = MIB};
	const char *const names[] = {"b"};
	static const char *const parts[] = {"qvm-store-slice.0", "qvm-store-key.0",
					    "qvm-store-cow1.0"};

	for (size_t n = 1; n <= array_len(parts); n++)
		for (int way = 0; way < 3; way++) {
			char uuid[64];

			dm_fake_leak_thin(0);
			for (size_t i = 0; i < n; i++) {
				snprintf(uuid, sizeof(uuid), "QVM-%s",
					 parts[i] + strlen("qvm-"));
				dm_fake_add(parts[i], uuid, 2048);
			}
			if (way == 0)
				assert_int_equal(scratch_thin.create(f->scratch, &req, 1,
								     &dev, &f->err),
						 0);
			if (way == 2)
				assert_int_equal(scratch_thin.stop(f->scratch, &f->err),
						 0);
			assert_int_equal(
				scratch_thin.remove(f->scratch, names, 1, &f->err), 0);
			assert_int_equal(dm_fake_count(), way == 2 ? 2 : 5);
			assert_int_equal(dm_fake_thin_ids(), 0);
			if (way < 2)
				continue;
			scratch_thin.close(f->scratch);
			open_store(f);
		}
}

static void reclaims_leaked_ids(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	struct scratch_request req = {.name = "r1-root", .size = MIB};

	dm_fake_leak_thin(0);
	assert_int_equal(scratch_thin.create(f->scratch, &req, 1, &dev, &f->err), 0);
	assert_string_equal(dm_fake_log()->v[3], "message QVM-store-pool delete 0");
	assert_int_equal(dm_fake_thin_ids(), 1);
	assert_true(dm_fake_has("qvm-r1-root.0"));
}

static void reuses_lowest_ids(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev[3];
	struct scratch_request req[] = {{.name = "a", .size = MIB},
					{.name = "b", .size = MIB},
					{.name = "c", .size = MIB}};
	const char *const names[] = {"b"};

	for (int i = 0; i < 3; i++)
		assert_int_equal(
			scratch_thin.create(f->scratch, &req[i], 1, dev, &f->err), 0);
	assert_int_equal(scratch_thin.remove(f->scratch, names, 1, &f->err), 0);
	strcpy(req[0].name, "d");
	assert_int_equal(scratch_thin.create(f->scratch, req, 1, dev, &f->err), 0);
	assert_true(dm_fake_has("qvm-d.1"));
}

static void refuses_requests(void **state)
{
	static const struct scratch_request rows[] = {
		{.name = "", .size = MIB},	{.name = "store-key", .size = MIB},
		{.name = "a/b", .size = MIB},	{.name = "a.1", .size = MIB},
		{.name = "-a", .size = MIB},	{.name = "a", .size = 0},
		{.name = "a", .size = MIB + 1},
	};
	struct scratch_request twice[] = {{.name = "a", .size = MIB},
					  {.name = "a", .size = MIB}};
	struct fixture *f = *state;
	struct block_dev dev[2];

	for (size_t i = 0; i < array_len(rows); i++)
		assert_int_equal(
			scratch_thin.create(f->scratch, &rows[i], 1, dev, &f->err),
			-QVM_E_VALUE);
	assert_int_equal(scratch_thin.create(f->scratch, twice, 2, dev, &f->err),
			 -QVM_E_EXISTS);
	assert_int_equal(dm_fake_log()->n, 0);
}

static void guards_a_full_store(void **state)
{
	static const struct {
		const char *status;
		int kind;
		const char *text;
	} rows[] = {
		{"1 10/1000 950/1000 - rw discard_passdown error_if_no_space - 1024",
		 QVM_E_NO_SPACE, "56.9 MiB of 60 MiB for data"},
		{"1 900/1000 5/1000 - rw discard_passdown error_if_no_space - 1024",
		 QVM_E_NO_SPACE, "for metadata"},
		{"1 1000/1000 5/1000 - ro discard_passdown error_if_no_space - 1024",
		 QVM_E_NO_SPACE, "for metadata"},
		{"1 10/1000 5/1000 - ro discard_passdown error_if_no_space needs_check "
		 "1024",
		 QVM_E_STORAGE, "is damaged"},
		{"Fail", QVM_E_STORAGE, "has failed"},
		{"garbage", QVM_E_STORAGE, "'garbage'"},
		{"1 10/1000 5/", QVM_E_STORAGE, "not understood"},
		{"1 1/10 50/10 - rw x y - 1", QVM_E_STORAGE, "not understood"},
		{"1 1000/10 5/10 - rw x y - 1", QVM_E_STORAGE, "not understood"},
		{"1 949/1000 949/1000 - rw discard_passdown error_if_no_space - 1024",
		 QVM_E_NO_SPACE, "for metadata"},
		{"1 899/1000 949/1000 - rw discard_passdown error_if_no_space - 1024", 0,
		 ""},
	};
	struct scratch_request req = {.name = "a", .size = MIB};
	struct scratch_request other = {.name = "other", .size = MIB};
	const char *const names[] = {"a"};
	struct fixture *f = *state;
	struct block_dev dev;

	assert_int_equal(scratch_thin.create(f->scratch, &other, 1, &dev, &f->err), 0);
	for (size_t i = 0; i < array_len(rows); i++) {
		dm_fake_status("qvm-store-pool", "thin-pool", rows[i].status);
		f->err = (struct qvm_err){0};
		assert_int_equal(scratch_thin.create(f->scratch, &req, 1, &dev, &f->err),
				 -rows[i].kind);
		assert_non_null(strstr(f->err.text, rows[i].text));
	}
	dm_fake_status("qvm-store-pool", "thin-pool", rows[0].status);
	assert_int_equal(scratch_thin.remove(f->scratch, names, 1, &f->err), 0);
}

/* Only when no run is in it, what is left of dead ones aside. */
static void renews_a_failed_store(void **state)
{
	static const char *const states[] = {
		"Fail",
		"1 10/1000 5/1000 - ro discard_passdown error_if_no_space needs_check "
		"1024",
		"1 1000/1000 5/1000 - ro discard_passdown error_if_no_space - 1024",
	};
	struct scratch_request req[] = {{.name = "a", .size = MIB},
					{.name = "b", .size = MIB}};
	const char *const a[] = {"a"}, *const b[] = {"b"};
	struct fixture *f = *state;
	struct block_dev dev;

	for (size_t i = 0; i < array_len(states); i++) {
		assert_int_equal(
			scratch_thin.create(f->scratch, &req[0], 1, &dev, &f->err), 0);
		dm_fake_status("qvm-store-pool", "thin-pool", states[i]);
		assert_true(scratch_thin.create(f->scratch, &req[1], 1, &dev, &f->err) <
			    0);
		assert_true(dm_fake_has("qvm-a.0"));
		dm_fake_fail(4, EIO); /* the pool does not forget the number */
		assert_int_equal(scratch_thin.remove(f->scratch, a, 1, &f->err), 0);
		assert_int_equal(
			scratch_thin.create(f->scratch, &req[1], 1, &dev, &f->err), 0);
		assert_int_equal(scratch_thin.remove(f->scratch, b, 1, &f->err), 0);
	}
}

static void retries_busy(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	struct scratch_request req = {.name = "a", .size = MIB};
	const char *const names[] = {"a"};

	assert_int_equal(scratch_thin.create(f->scratch, &req, 1, &dev, &f->err), 0);
	dm_fake_busy("qvm-a.0", 3);
	assert_int_equal(scratch_thin.remove(f->scratch, names, 1, &f->err), 0);
	assert_int_equal(dm_fake_thin_ids(), 0);
	assert_int_equal(scratch_thin.create(f->scratch, &req, 1, &dev, &f->err), 0);
	dm_fake_busy("qvm-a.0", 1000000);
	assert_int_equal(scratch_thin.remove(f->scratch, names, 1, &f->err), -QVM_E_BUSY);
	assert_string_equal(dm_fake_log()->v[dm_fake_log()->n - 1],
			    "remove-deferred QVM-a.0");
	assert_non_null(strstr(f->err.text, "'a'"));
	/* The kernel has done it by now: what is left of that run goes, number and all. */
	dev_of("qvm-a.0", NULL)->used = false;
	assert_int_equal(dm_fake_thin_ids(), 1);
	assert_int_equal(scratch_thin.remove(f->scratch, names, 1, &f->err), 0);
	assert_int_equal(dm_fake_thin_ids(), 0);
	assert_int_equal(dm_fake_count(), 5);
}

/* Names alone mean nothing: without our UUID a device is not ours. */
static void leaves_foreign_devices(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	struct scratch_request req = {.name = "a", .size = MIB};
	const char *const names[] = {"a", "b"};
	cleanup_strv struct strv list = STRV_INIT;

	dm_fake_add("qvm-a.0", LV_UUID "z", 2048);
	dm_fake_add("qvm-b.7", "", 2048);
	dm_fake_add("qvm-pool", LV_UUID "-pool", 2048);
	assert_int_equal(scratch_thin.create(f->scratch, &req, 1, &dev, &f->err), 0);
	assert_true(dm_fake_has("qvm-a.1"));
	assert_int_equal(scratch_thin.list(f->scratch, &list, &f->err), 0);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.v[0], "a");
	assert_int_equal(scratch_thin.remove(f->scratch, names, 2, &f->err), 0);
	assert_true(dm_fake_has("qvm-a.0"));
	assert_true(dm_fake_has("qvm-b.7"));
	assert_true(dm_fake_has("qvm-pool"));
	assert_int_equal(dm_fake_thin_ids(), 0);
}

static void reports_usage(void **state)
{
	struct fixture *f = *state;
	struct pool_usage u;

	assert_int_equal(scratch_thin.usage(f->scratch, &u, &f->err), 0);
	assert_int_equal(u.size, 122880 * SECTOR);
	assert_int_equal(u.used, 122880 * SECTOR / 1000 * 5);
	assert_int_equal(u.meta_size, 1000 * 4096);
	assert_int_equal(u.meta_used, 10 * 4096);
}

static void stops(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	struct scratch_request req = {.name = "a", .size = MIB};
	const char *const names[] = {"a"};

	assert_int_equal(scratch_thin.create(f->scratch, &req, 1, &dev, &f->err), 0);
	assert_int_equal(scratch_thin.stop(f->scratch, &f->err), -QVM_E_IN_USE);
	assert_non_null(strstr(f->err.text, "'a'"));
	assert_int_equal(scratch_thin.remove(f->scratch, names, 1, &f->err), 0);
	assert_int_equal(scratch_thin.stop(f->scratch, &f->err), 0);
	assert_int_equal(dm_fake_count(), 2);
}

static void maps_errors(void **state)
{
	static const struct {
		int err, kind;
	} rows[] = {{EPERM, QVM_E_PERMISSION},
		    {EBUSY, QVM_E_BUSY},
		    {ENOSPC, QVM_E_NO_SPACE},
		    {ENOMEM, QVM_E_STORAGE}};
	struct scratch_request req = {.name = "a", .size = MIB};
	struct fixture *f = *state;
	struct block_dev dev;

	for (size_t i = 0; i < array_len(rows); i++) {
		dm_fake_fail(11, rows[i].err);
		assert_int_equal(scratch_thin.create(f->scratch, &req, 1, &dev, &f->err),
				 -rows[i].kind);
		assert_non_null(strstr(f->err.text,
				       "cannot make the ephemeral volume 'a': "
				       "device-mapper: ioctl on QVM-a.0"));
		assert_null(strstr(f->err.text, "backtrace"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_open(creates),
		test_open(creates_all_of_a_disposable),
		test_open(keys_differ),
		test_open(old_kernels),
		test_open(sweeps_dead_runs),
		test_open(removes),
		test_open(create_undoes),
		test_open(replaces_what_a_dead_run_left),
		test_open(reclaims_leaked_ids),
		test_open(reuses_lowest_ids),
		test_open(refuses_requests),
		test_open(guards_a_full_store),
		test_open(renews_a_failed_store),
		test_open(retries_busy),
		test_open(leaves_foreign_devices),
		test_open(reports_usage),
		test_open(stops),
		test_open(maps_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

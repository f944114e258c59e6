/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ephemeral layer against a device-mapper in memory: which requests, in which order,
 * and what is left after each of them has failed. */
#include "storage/dm.h"

#include <errno.h>

#include "lib/size.h"
#include "storage/scratch_store.h"
#include "storage/storage.h"
#include "tests/fake/dm_fake.c"
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
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	void *dir = NULL;

	assert_int_equal(folder_setup(&dir), 0);
	f->ctx.run_dir = dir;
	dm_fake_reset(dir);
	f->lv = dm_fake_add("vg-qvm--scratch", LV_UUID, LV_SECTORS);
	f->origin = dm_fake_add("vg-qvm--v1--r1", LV_UUID "x", 2048);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	void *dir = f->ctx.run_dir;

	if (f->scratch)
		scratch_thin.close(f->scratch);
	assert_false(dm_fake_open());
	free(f);
	dm_fake_dispose();
	return folder_teardown(&dir);
}

static void open_store(struct fixture *f)
{
	assert_int_equal(
		scratch_thin.open(&f->ctx, "vg/qvm-scratch", &f->scratch, &f->err), 0);
}

static int open_setup(void **state)
{
	assert_int_equal(setup(state), 0);
	open_store(*state);
	dm_fake_log_clear();
	return 0;
}

static void assert_log(const char *const *want)
{
	const struct strv *log = dm_fake_log();
	size_t n = 0;

	for (; want[n]; n++) {
		assert_true(n < log->n);
		assert_string_equal(log->v[n], want[n]);
	}
	assert_int_equal(log->n, n);
}

static void zeroed_start(const struct fixture *f, int minor)
{
	cleanup_free char *path = xasprintf("%s/dm-%d", f->ctx.run_dir, minor);
	cleanup_buf struct buf got = BUF_INIT;
	size_t i = 0;

	assert_int_equal(file_read(path, MIB, &got), 0);
	while (i < got.len && got.data[i] == 0)
		i++;
	assert_int_equal(i, 65536);
}

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
		"reload-secret QVM-store-meta 8192 crypt aes-xts-plain64 KEY 0 253:0 0 1 "
		"allow_discards",
		"resume QVM-store-meta " FLAGS,
		"create qvm-store-data QVM-store-data",
		"reload-secret QVM-store-data 122880 crypt aes-xts-plain64 KEY 0 253:0 "
		"8192 1 "
		"allow_discards",
		"resume QVM-store-data " FLAGS,
		"create qvm-store-pool QVM-store-pool",
		"reload QVM-store-pool 122880 thin-pool 253:2 253:3 128 0 1 "
		"error_if_no_space",
		"resume QVM-store-pool " FLAGS,
		NULL,
	};

	open_store(f);
	assert_log(want);
	zeroed_start(f, 2);
	assert_int_equal(dm_fake_keys(), 2);
	/* All of a key is random: both digits of its bytes. */
	for (int half = 0; half < 2; half++) {
		int same = 0;

		for (int i = half; i < 128; i += 2)
			same += fake.keys[0][i] == fake.keys[0][half];
		assert_true(same < 40);
	}
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
	assert_int_equal(dm_fake_keys(), 2);
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
		{"vg", QVM_E_VALUE, "'vg' is no place"},
		{"../vg/x", QVM_E_VALUE, "is no place"},
		{"vg/-x", QVM_E_VALUE, "is no place"},
		{"vg/other", QVM_E_VALUE, "has to be called"},
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
		assert_int_equal(l.block, sizes[i] > 2147483648 ? 256 : 128);
	}
	assert_int_equal(store_layout(32767, &(struct store_layout){0}), -ENOSPC);
}

static void start_requests(struct fixture *f, struct block_dev *origin,
			   struct scratch_request req[static 2])
{
	*origin = (struct block_dev){.major = 253, .minor = (uint32_t)f->origin};
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
		"create qvm-r12-root.0 QVM-r12-root.0",
		"reload QVM-r12-root.0 8192 thin 253:4 0 253:1",
		"resume QVM-r12-root.0 " FLAGS,
		"message QVM-store-pool create_thin 1",
		"create qvm-r12-volatile.1 QVM-r12-volatile.1",
		"reload QVM-r12-volatile.1 16384 thin 253:4 1",
		"resume QVM-r12-volatile.1 " FLAGS,
		NULL,
	};

	start_requests(f, &origin, req);
	assert_int_equal(scratch_thin.create(f->scratch, req, 2, dev, &f->err), 0);
	assert_log(want);
	assert_int_equal(dev[1].major, 253);
	assert_int_equal(dev[1].minor, 6);
	assert_non_null(strstr(dev[1].path, "/dm-6"));
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
		"message QVM-store-pool delete 0",
		"remove QVM-r12-volatile.1",
		"message QVM-store-pool delete 1",
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
		assert_int_equal(dm_fake_count(), 6);
		assert_int_equal(dm_fake_thin_ids(), 1);
		assert_true(dm_fake_has("qvm-r1-root.0"));
	}
	assert_int_equal(n, 11);
}

static void replaces_what_a_dead_run_left(void **state)
{
	struct fixture *f = *state;
	struct block_dev origin, dev[2];
	struct scratch_request req[2];

	start_requests(f, &origin, req);
	assert_int_equal(scratch_thin.create(f->scratch, req, 2, dev, &f->err), 0);
	dm_fake_log_clear();
	assert_int_equal(scratch_thin.create(f->scratch, req, 1, dev, &f->err), 0);
	assert_string_equal(dm_fake_log()->v[2], "remove QVM-r12-root.0");
	assert_string_equal(dm_fake_log()->v[3], "message QVM-store-pool delete 0");
	assert_int_equal(dm_fake_thin_ids(), 2);
	assert_int_equal(dm_fake_count(), 7);
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

	assert_int_equal(scratch_thin.create(f->scratch, req, 3, dev, &f->err), 0);
	assert_int_equal(scratch_thin.remove(f->scratch, names, 1, &f->err), 0);
	strcpy(req[0].name, "d");
	assert_int_equal(scratch_thin.create(f->scratch, req, 1, dev, &f->err), 0);
	assert_true(dm_fake_has("qvm-d.1"));
}

static void refuses_requests(void **state)
{
	static const struct scratch_request rows[] = {
		{.name = "", .size = MIB},	{.name = "store-pool", .size = MIB},
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
	const char *const names[] = {"a"};
	struct fixture *f = *state;
	struct block_dev dev;

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
		dm_fake_fail(5, rows[i].err);
		assert_int_equal(scratch_thin.create(f->scratch, &req, 1, &dev, &f->err),
				 -rows[i].kind);
		assert_non_null(strstr(f->err.text,
				       "cannot make the ephemeral volume 'a': "
				       "device-mapper: ioctl on QVM-a.0"));
		assert_null(strstr(f->err.text, "backtrace"));
	}
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

#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define test_open(fn) cmocka_unit_test_setup_teardown(fn, open_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(makes_store),
		test_open(reopens_with_one_request),
		test(store_recovers),
		test(store_undoes),
		test(store_refuses),
		test(without_device_mapper),
		cmocka_unit_test(layouts),
		test_open(creates),
		test_open(removes),
		test_open(create_undoes),
		test_open(replaces_what_a_dead_run_left),
		test_open(reclaims_leaked_ids),
		test_open(reuses_lowest_ids),
		test_open(refuses_requests),
		test_open(guards_a_full_store),
		test_open(retries_busy),
		test_open(leaves_foreign_devices),
		test_open(reports_usage),
		test_open(stops),
		test_open(maps_errors),
		test(limits_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver `thin` against a device-mapper in memory: its list on the device, what the
 * kernel is asked for, and what is left after each request that fails or a sudden end. */
#include "storage/thinpool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "tests/unit/thin_fixture.h"

#define OTHER_UUID "LVM-0123456789012345678901234567890101234567890123456789012345678902"
#define FLAGS "0x2f"
#define LEN (256 * MIB / SECTOR)

/* As the kernel knows the device of ROLE. */
static void kernel_name(const struct thinpool *p, const char *role, char *ret)
{
	char name[TP_ROLE_MAX];

	tp_name(p, role, name);
	dmap_kernel_name(name, ret);
}

static int setup(void **state)
{
	return fixture_setup(state, LEN);
}

static int open_setup(void **state)
{
	struct fixture *f;
	struct pool_usage u;

	assert_int_equal(setup(state), 0);
	f = *state;
	make_pool(f);
	assert_int_equal(pool_thin.usage(f->pool, &u, &f->err), 0);
	dm_fake_log_clear();
	return 0;
}

static void poke(const struct fixture *f, off_t at, const void *bytes, size_t len)
{
	cleanup_close int fd = open(f->disk, O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, bytes, len, at), len);
}

static void damage(const struct fixture *f, int copy)
{
	poke(f, (off_t)TP_STATE_AT(copy) + 20, "x", 1);
}

/* All that dom0 had of it is gone, as after a boot. */
static void reboot(struct fixture *f)
{
	pool_thin.close(f->pool);
	f->pool = NULL;
	for (int i = 0; i < DEVS_MAX; i++)
		if (dm_fake.devs[i].used && strncmp(dm_fake.devs[i].uuid, "QVM-", 4) == 0)
			memset(&dm_fake.devs[i], 0, sizeof(dm_fake.devs[i]));
	assert_int_equal(pool_thin.open(&f->ctx, &config, &f->pool, &f->err), 0);
}

/* "v1-g1 v1-r1", in the list's order. */
static void assert_listed(struct fixture *f, const char *want)
{
	cleanup_strv struct strv ids = STRV_INIT;
	cleanup_buf struct buf text = BUF_INIT;

	assert_int_equal(pool_thin.list(f->pool, &ids, &f->err), 0);
	for (size_t i = 0; i < ids.n; i++)
		buf_addf(&text, "%s%s", i ? " " : "", ids.v[i]);
	assert_string_equal(buf_str(&text), want);
}

/* There are those, in the kernel as well, once what somebody had begun is taken back. */
static void assert_volumes(struct fixture *f, const char *want)
{
	bool needed;
	int n = *want != '\0';

	assert_int_equal(pool_thin.mend(f->pool, false, &needed, &f->err), 0);
	assert_listed(f, want);
	for (const char *c = want; *c; c++)
		n += *c == ' ';
	assert_int_equal(dm_fake_thin_ids(), n);
}

/* In the log, in that order, by their beginnings behind the name of the pool. */
static void assert_asked(const char *const *want)
{
	const struct strv *log = dm_fake_log();
	size_t found = 0;

	for (size_t i = 0; want[found] && i < log->n; i++)
		if (strstr(log->v[i], want[found]))
			found++;
	if (want[found])
		fail_msg("not asked for: %s", want[found]);
}

static const struct pool_step base[] = {
	{POOL_CREATE, "", "v1-g1", 64 * MIB, false},
	{POOL_SNAPSHOT, "v1-g1", "v1-r1", 0, true},
};

static int apply(struct fixture *f, const struct pool_step *steps, size_t n)
{
	return pool_thin.apply(f->pool, steps, n, &f->err);
}

static int one(struct fixture *f, enum pool_step_kind kind, const char *from,
	       const char *to, uint64_t size)
{
	struct pool_step step = {.kind = kind, .size = size};

	snprintf(step.from, sizeof(step.from), "%s", from);
	snprintf(step.to, sizeof(step.to), "%s", to);
	return apply(f, &step, 1);
}

/* --- the device --- */

static void makes_of_blank_only(void **state)
{
	struct fixture *f = *state;
	struct pool_config other = config;
	void *pool;

	assert_int_equal(pool_thin.open(&f->ctx, &config, &pool, &f->err),
			 -QVM_E_NOT_FOUND);
	assert_int_equal(pool_thin.make(&f->ctx, &config, true, &f->err), 0);
	assert_int_equal(pool_thin.open(&f->ctx, &config, &pool, &f->err),
			 -QVM_E_NOT_FOUND);
	poke(f, 1080, "\x53\xef", 2); /* the mark of ext4 */
	assert_int_equal(pool_thin.make(&f->ctx, &config, false, &f->err), -QVM_E_IN_USE);
	poke(f, 1080, "\0\0", 2);
	other.location = "vg/absent";
	assert_int_equal(pool_thin.make(&f->ctx, &other, false, &f->err),
			 -QVM_E_NOT_FOUND);
	other.location = "/dev/null";
	assert_int_equal(pool_thin.make(&f->ctx, &other, false, &f->err), -QVM_E_VALUE);
	other.location = "own";
	assert_int_equal(pool_thin.make(&f->ctx, &other, false, &f->err), -QVM_E_VALUE);
	assert_int_equal(truncate(f->disk, 8 * MIB), 0);
	assert_int_equal(pool_thin.make(&f->ctx, &config, false, &f->err),
			 -QVM_E_NO_SPACE);
	assert_int_equal(truncate(f->disk, LEN * SECTOR), 0);
	assert_int_equal(pool_thin.make(&f->ctx, &config, false, &f->err), 0);
}

/* What holds volumes is never made anew, and one pool is not taken for another. */
static void is_known_by_its_name(void **state)
{
	struct fixture *f = *state;
	struct pool_config other = config;
	void *pool;

	other.name = "other";
	assert_int_equal(apply(f, base, 2), 0);
	assert_int_equal(pool_thin.make(&f->ctx, &config, false, &f->err), -QVM_E_IN_USE);
	assert_non_null(strstr(f->err.text, "it is the pool 'own', with 2 volumes"));
	assert_int_equal(pool_thin.open(&f->ctx, &other, &pool, &f->err), -QVM_E_STORAGE);
	assert_non_null(strstr(f->err.text, "it is the pool 'own'"));
	assert_volumes(f, "v1-g1 v1-r1");
	assert_int_equal(one(f, POOL_REMOVE, "", "v1-g1", 0), 0);
	assert_int_equal(one(f, POOL_REMOVE, "", "v1-r1", 0), 0);
	assert_int_equal(pool_thin.make(&f->ctx, &other, false, &f->err), 0);
	assert_int_equal(pool_thin.open(&f->ctx, &other, &pool, &f->err), 0);
	pool_thin.close(pool);
}

/* A copy of the device bears the same name; while the one is in use the other is not. */
static void a_copy_is_not_taken_for_it(void **state)
{
	struct fixture *f = *state;
	struct pool_config other = config;
	cleanup_free char *copy = xasprintf("%s/dm-%d", f->ctx.run_dir,
					    dm_fake_add("vg-copy", OTHER_UUID, LEN));
	cleanup_buf struct buf data = BUF_INIT;
	struct pool_usage u;
	cleanup_strv struct strv ids = STRV_INIT;
	void *pool;

	assert_int_equal(file_read(f->disk, LEN * SECTOR, &data), 0);
	assert_int_equal(file_replace(copy, data.data, data.len, 0600, 0), 0);
	other.location = "vg/copy";
	assert_int_equal(pool_thin.open(&f->ctx, &other, &pool, &f->err), 0);
	assert_int_equal(pool_thin.list(pool, &ids, &f->err), -QVM_E_IN_USE);
	pool_thin.close(pool);
	assert_int_equal(pool_thin.usage(f->pool, &u, &f->err), 0);
}

static void says_that_no_change_is_taken(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(apply(f, base, 2), 0);
	for (int n = 1; !strstr(f->err.text, "takes no more changes"); n++) {
		assert_true(n < 30);
		dm_fake_fail(n, EOPNOTSUPP);
		(void)!one(f, POOL_REMOVE, "", "v1-r1", 0);
	}
	assert_non_null(strstr(f->err.text, "damaged or full, see qvm-pool(1)"));
	dm_fake_fail(0, 0);
}

/* The kernel says yes to a message, and could not write it down. */
static void is_not_deceived_by_the_kernel(void **state)
{
	struct fixture *f = *state;
	char name[DMAP_NAME_MAX];

	assert_int_equal(apply(f, base, 2), 0);
	kernel_name(f->pool, "pool", name);
	dm_fake_status(name, "thin-pool",
		       "1 10/1000 5/1000 - ro discard_passdown queue_if_no_space "
		       "needs_check 1024");
	assert_int_equal(one(f, POOL_REMOVE, "", "v1-r1", 0), -QVM_E_STORAGE);
	assert_non_null(strstr(f->err.text, "damaged"));
	dm_fake_leak_thin(1); /* as it would be: the kernel has it still */
	dm_fake_status(name, "", "");
	assert_volumes(f, "v1-g1");
}

static void outlasts_a_boot(void **state)
{
	struct fixture *f = *state;
	struct vol_stat st;
	struct block_dev dev;
	static const char *const want[] = {
		"-meta 8192 linear 253:0 16384", "-data 499712 linear 253:0 24576",
		"-pool 499712 thin-pool 253:",	 "create qvm-pool-",
		"reload-readonly QVM-pool-",	 NULL,
	};

	assert_int_equal(apply(f, base, 2), 0);
	reboot(f);
	dm_fake_log_clear();
	assert_volumes(f, "v1-g1 v1-r1");
	assert_int_equal(pool_thin.device(f->pool, "v1-r1", &dev, &f->err), 0);
	assert_asked(want);
	assert_int_equal(pool_thin.stat(f->pool, "v1-g1", &st, &f->err), 0);
	assert_int_equal(st.size, 64 * MIB);
	assert_int_equal(st.used, MIB);
	assert_int_equal(dm_fake_sync_used(), 0);
}

static void uses_the_copy_that_is_whole(void **state)
{
	struct fixture *f = *state;
	cleanup_strv struct strv ids = STRV_INIT;

	/* Two writes: the mark, and its end. Without the second the volume is not there. */
	assert_int_equal(one(f, POOL_CREATE, "", "v1-g1", MIB), 0);
	damage(f, 1);
	assert_volumes(f, "");
	assert_int_equal(one(f, POOL_CREATE, "", "v2-g1", MIB), 0);
	reboot(f);
	assert_volumes(f, "v2-g1");
	damage(f, 0);
	damage(f, 1);
	assert_int_equal(pool_thin.list(f->pool, &ids, &f->err), -QVM_E_STORAGE);
	assert_non_null(strstr(f->err.text, "neither copy"));
}

/* --- steps --- */

static void refuses(void **state)
{
	struct fixture *f = *state;
	struct vol_stat st;

	assert_int_equal(apply(f, base, 2), 0);
	assert_int_equal(apply(f, base, 1), -QVM_E_EXISTS);
	assert_string_equal(f->err.text, "cannot create the volume 'v1-g1': the volume "
					 "'v1-g1' exists");
	assert_int_equal(one(f, POOL_SNAPSHOT, "v9-g1", "v9-r1", 0), -QVM_E_NOT_FOUND);
	assert_non_null(strstr(f->err.text, "there is no volume 'v9-g1'"));
	assert_int_equal(one(f, POOL_RESIZE, "", "v9-g1", MIB), -QVM_E_NOT_FOUND);
	assert_int_equal(one(f, POOL_CREATE, "", "v3-g1", 100), -QVM_E_VALUE);
	assert_int_equal(one(f, POOL_REMOVE, "", "v9-g1", 0), 0);
	assert_int_equal(pool_thin.stat(f->pool, "v9-g1", &st, &f->err),
			 -QVM_E_NOT_FOUND);
	assert_int_equal(pool_thin.release(f->pool, "v9-g1", &f->err), 0);
	assert_volumes(f, "v1-g1 v1-r1");
}

/* What came before the step that fails stays. */
static void stops_at_the_first_that_fails(void **state)
{
	struct fixture *f = *state;
	const struct pool_step steps[] = {
		{POOL_CREATE, "", "v1-g1", MIB, false},
		{POOL_SNAPSHOT, "absent", "v2-g1", 0, false},
		{POOL_CREATE, "", "v3-g1", MIB, false},
	};

	assert_int_equal(apply(f, steps, 3), -QVM_E_NOT_FOUND);
	assert_volumes(f, "v1-g1");
}

static void holds_back_what_it_takes_a_snapshot_of(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	static const char *const want[] = {"suspend", "create_snap 1 0", "resume", NULL};

	assert_int_equal(one(f, POOL_CREATE, "", "v1-g1", MIB), 0);
	assert_int_equal(pool_thin.device(f->pool, "v1-g1", &dev, &f->err), 0);
	dm_fake_log_clear();
	assert_int_equal(one(f, POOL_SNAPSHOT, "v1-g1", "v1-r1", 0), 0);
	assert_asked(want);
	assert_volumes(f, "v1-g1 v1-r1");
	/* Nobody writes to it: nothing to hold back. */
	assert_int_equal(pool_thin.release(f->pool, "v1-g1", &f->err), 0);
	dm_fake_log_clear();
	assert_int_equal(one(f, POOL_SNAPSHOT, "v1-g1", "v1-r2", 0), 0);
	for (size_t i = 0; i < dm_fake_log()->n; i++)
		assert_null(strstr(dm_fake_log()->v[i], "suspend"));
}

static void grows_under_its_user(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	struct vol_stat st;
	static const char *const want[] = {"-v1-g1 4096 thin", "resume", NULL};

	assert_int_equal(one(f, POOL_CREATE, "", "v1-g1", MIB), 0);
	assert_int_equal(pool_thin.device(f->pool, "v1-g1", &dev, &f->err), 0);
	dm_fake_log_clear();
	assert_int_equal(one(f, POOL_RESIZE, "", "v1-g1", 2 * MIB), 0);
	assert_asked(want);
	assert_int_equal(pool_thin.stat(f->pool, "v1-g1", &st, &f->err), 0);
	assert_int_equal(st.size, 2 * MIB);
}

/* The kernel may hold a device back for a table that it then refuses. */
static void is_awake_after_a_refusal(void **state)
{
	struct fixture *f = *state;
	const struct strv *log = dm_fake_log();
	struct block_dev dev;
	size_t n = 0;

	assert_int_equal(one(f, POOL_CREATE, "", "v1-g1", MIB), 0);
	assert_int_equal(pool_thin.device(f->pool, "v1-g1", &dev, &f->err), 0);
	do {
		assert_true(++n < 20);
		dm_fake_log_clear();
		dm_fake_fail((int)n, EIO);
		assert_true(one(f, POOL_RESIZE, "", "v1-g1", n * 2 * MIB) < 0);
		dm_fake_fail(0, 0);
	} while (strncmp(log->v[n - 1], "resume", 6) != 0);
	assert_true(log->n > n);
	assert_string_equal(log->v[n], log->v[n - 1]);
}

static void is_busy_while_somebody_has_it(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	cleanup_strv struct strv ids = STRV_INIT;
	char name[DMAP_NAME_MAX];

	assert_int_equal(apply(f, base, 2), 0);
	assert_int_equal(pool_thin.device(f->pool, "v1-g1", &dev, &f->err), 0);
	kernel_name(f->pool, "v1-g1", name);
	dm_fake_busy(name, 3);
	assert_int_equal(pool_thin.release(f->pool, "v1-g1", &f->err), 0);
	assert_true(dm_fake_has(name));
	assert_int_equal(one(f, POOL_REMOVE, "", "v1-g1", 0), 0); /* it waits */
	assert_volumes(f, "v1-r1");
}

static void is_guarded(void **state)
{
	struct fixture *f = *state;
	char name[DMAP_NAME_MAX];

	assert_int_equal(apply(f, base, 2), 0);
	kernel_name(f->pool, "pool", name);
	dm_fake_status(
		name, "thin-pool",
		"1 10/1000 990/1000 - rw discard_passdown queue_if_no_space - 1024");
	assert_int_equal(one(f, POOL_CREATE, "", "v2-g1", MIB), -QVM_E_NO_SPACE);
	assert_int_equal(one(f, POOL_REMOVE, "", "v1-r1", 0), 0);
	assert_volumes(f, "v1-g1");
}

/* --- failures and ends --- */

static const struct pool_step many[] = {
	{POOL_CREATE, "", "v2-g1", MIB, false},
	{POOL_SNAPSHOT, "v1-g1", "v3-g1", 0, false},
	{POOL_RESIZE, "", "v1-g1", 128 * MIB, false},
	{POOL_REMOVE, "", "v1-r1", 0, false},
};

/* Whichever request fails: what the list has and what the kernel has is the same. */
static void agrees_after_each_failure(void **state)
{
	struct fixture *f = *state;
	int n, r = -1;

	for (n = 1; r < 0; n++) {
		struct block_dev dev;

		assert_true(n < 100);
		assert_int_equal(apply(f, base, 2), 0);
		assert_int_equal(pool_thin.device(f->pool, "v1-g1", &dev, &f->err), 0);
		dm_fake_fail(n, EIO);
		r = apply(f, many, array_len(many));
		dm_fake_fail(0, 0);
		for (size_t i = 0; r < 0 && i < 3; i++) {
			static const char *const ids[] = {"v2-g1", "v3-g1", "v1-r1"};

			assert_int_equal(one(f, POOL_REMOVE, "", ids[i], 0), 0);
		}
		if (r < 0)
			assert_volumes(f, "v1-g1");
		for (int i = 0; i < DEVS_MAX; i++)
			assert_false(dm_fake.devs[i].suspended);
		if (r < 0)
			assert_int_equal(one(f, POOL_REMOVE, "", "v1-g1", 0), 0);
	}
	assert_true(n > 12);
	assert_volumes(f, "v1-g1 v3-g1 v2-g1");
}

/* A removal that has been written down is not taken back when the kernel fails at it. */
static void what_was_going_goes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(apply(f, base, 2), 0);
	for (int n = 1; n < 20; n++) {
		dm_fake_log_clear();
		dm_fake_fail(n, EIO);
		assert_true(one(f, POOL_REMOVE, "", "v1-r1", 0) < 0);
		dm_fake_fail(0, 0);
		if (strstr(dm_fake_log()->v[dm_fake_log()->n - 1], "delete"))
			break;
		assert_volumes(f, "v1-g1 v1-r1");
	}
	assert_volumes(f, "v1-g1");
}

/* Somebody ended between the mark and its end, with all of it done or nothing. */
static void ends_what_the_dead_began(void **state)
{
	struct fixture *f = *state;
	struct thinpool *p = f->pool;
	struct block_dev dev;
	char name[TP_ROLE_MAX];
	bool needed = true;

	assert_int_equal(apply(f, base, 2), 0);
	assert_int_equal(pool_thin.device(f->pool, "v1-g1", &dev, &f->err), 0);
	assert_int_equal(pool_thin.mend(f->pool, false, &needed, &f->err), 0);
	assert_false(needed);
	{
		cleanup_tp_hold struct tp_hold h;

		assert_int_equal(tp_hold(p, &h, &f->err), 0);
		tp_add(&h.state, "v2-g1")->flags = TP_MAKING;
		dm_fake_leak_thin(tp_find(&h.state, "v2-g1")->thin);
		tp_add(&h.state, "v3-g1")->flags = TP_MAKING;
		tp_find(&h.state, "v1-r1")->flags |= TP_GOING;
		assert_int_equal(tp_save(&h, &f->err), 0);
		tp_name(p, "v1-g1", name);
		assert_int_equal(dmap_suspend(&p->dm, name), 0);
		dmap_release(&p->dm);
	}
	/* Who only looks does not see them, and changes nothing. */
	assert_listed(f, "v1-g1");
	assert_int_equal(pool_thin.mend(f->pool, true, &needed, &f->err), 0);
	assert_true(needed);
	assert_int_equal(pool_thin.mend(f->pool, false, &needed, &f->err), 0);
	assert_true(needed);
	for (int i = 0; i < DEVS_MAX; i++)
		assert_false(dm_fake.devs[i].suspended);
	assert_volumes(f, "v1-g1");
}

/* The kernel takes no changes any more: what is whole can be used all the same. */
static void a_damaged_one_is_still_read(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	bool refused = false;

	assert_int_equal(apply(f, base, 2), 0);
	for (int n = 1; n < 20 && !refused; n++) {
		cleanup_tp_hold struct tp_hold h;

		assert_int_equal(tp_hold(f->pool, &h, &f->err), 0);
		if (!tp_find(&h.state, "v2-g1"))
			tp_add(&h.state, "v2-g1")->flags = TP_MAKING;
		assert_int_equal(tp_save(&h, &f->err), 0);
		tp_hold_end(&h);
		dm_fake_log_clear();
		dm_fake_fail(n, EIO);
		if (pool_thin.device(f->pool, "v1-g1", &dev, &f->err) == 0)
			for (size_t i = 0; i < dm_fake_log()->n; i++)
				refused |= strstr(dm_fake_log()->v[i], "delete") != NULL;
		dm_fake_fail(0, 0);
	}
	assert_true(refused);
	assert_int_equal(pool_thin.device(f->pool, "v2-g1", &dev, &f->err),
			 -QVM_E_NOT_FOUND);
	assert_volumes(f, "v1-g1 v1-r1");
}

static void a_pool_half_made_is_made(void **state)
{
	struct fixture *f = *state;
	struct thinpool *p = f->pool;
	struct pool_usage u;
	char name[DMAP_NAME_MAX];

	assert_int_equal(apply(f, base, 2), 0);
	assert_int_equal(pool_thin.stop(f->pool, &f->err), 0);
	kernel_name(p, "pool", name);
	assert_false(dm_fake_has(name));
	for (int n = 1; n < 14; n++) {
		dm_fake_fail(n, EIO);
		(void)!pool_thin.usage(f->pool, &u, &f->err);
		dm_fake_fail(0, 0);
		assert_int_equal(pool_thin.usage(f->pool, &u, &f->err), 0);
		assert_int_equal(pool_thin.stop(f->pool, &f->err), 0);
	}
	assert_volumes(f, "v1-g1 v1-r1");
}

static void takes_in_what_the_device_has_gained(void **state)
{
	struct fixture *f = *state;
	static const char *const want[] = {
		"-meta 16384 linear 253:0 16384 then 8192 linear 253:0 524288",
		"-data 630784 linear 253:0 24576 then 131072 linear 253:0 532480",
		"-pool 630784 thin-pool",
		NULL,
	};
	struct pool_usage u;

	assert_int_equal(pool_thin.extend(f->pool, 64 * MIB, &f->err), -QVM_E_NO_SPACE);
	assert_non_null(strstr(f->err.text, "enlarge the device first"));
	assert_int_equal(truncate(f->disk, 2 * LEN * SECTOR), 0);
	dm_fake_log_clear();
	assert_int_equal(pool_thin.extend(f->pool, 64 * MIB, &f->err), 0);
	assert_asked(want);
	/* Ended before the devices had it: the next one does it. */
	dm_fake_fail(6, EIO);
	assert_true(pool_thin.extend(f->pool, 64 * MIB, &f->err) < 0);
	dm_fake_fail(0, 0);
	dm_fake_log_clear();
	assert_volumes(f, "");
	assert_asked((const char *const[]){"-pool 761856 thin-pool", NULL});
	dm_fake_log_clear();
	reboot(f);
	assert_int_equal(pool_thin.usage(f->pool, &u, &f->err), 0);
	assert_asked((const char *const[]){"-pool 761856 thin-pool", NULL});
	assert_volumes(f, "");
}

#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define test_open(fn) cmocka_unit_test_setup_teardown(fn, open_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(makes_of_blank_only),
		test_open(is_known_by_its_name),
		test_open(a_copy_is_not_taken_for_it),
		test_open(says_that_no_change_is_taken),
		test_open(is_not_deceived_by_the_kernel),
		test_open(outlasts_a_boot),
		test_open(uses_the_copy_that_is_whole),
		test_open(refuses),
		test_open(stops_at_the_first_that_fails),
		test_open(holds_back_what_it_takes_a_snapshot_of),
		test_open(grows_under_its_user),
		test_open(is_awake_after_a_refusal),
		test_open(is_busy_while_somebody_has_it),
		test_open(is_guarded),
		test_open(agrees_after_each_failure),
		test_open(what_was_going_goes),
		test_open(ends_what_the_dead_began),
		test_open(a_damaged_one_is_still_read),
		test_open(a_pool_half_made_is_made),
		test_open(takes_in_what_the_device_has_gained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

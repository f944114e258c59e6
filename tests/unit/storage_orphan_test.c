/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What LVM leaves to others: a volume of the pool that it does not know, and the flush. */
#include "storage/lvm.h"

#include <errno.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/proc.h"
#include "lib/size.h"
#include "storage/storage.h"
#include "tests/fake/dm_fake.c"
#include "tests/unit/test.h"

#define ORPHAN 7
#define REFUSED                                                                          \
	"  device-mapper: message ioctl on  (253:2) failed: File exists\n"               \
	"  Failed to process message \"create_snap 7 5\".\n"                             \
	"  Failed to suspend v-g/pool with queued messages.\n"

/* What `lvs` lists: a number, and the transaction that it was made in. */
static const char *listed;
static const char *locks;
static int refusals; /* so many changes are refused, whatever the pool has */
static struct strv ran;

/* As LVM does it: what has been done of a script is marked. */
static int change(const struct proc_request *req)
{
	bool script = strcmp(req->argv[1], "/proc/self/fd/0") == 0;

	if (script)
		buf_add(req->out, LVM_MARK "\n");
	if (refusals-- > 0 || dm_fake_has_thin(ORPHAN)) {
		buf_add(req->err, REFUSED);
		return 5;
	}
	return 0;
}

int proc_run(const struct proc_request *req, int *ret_status)
{
	const char *verb = req->argv[1];

	assert_false(dm_fake_open());
	strv_add(&ran, verb);
	*ret_status = 0;
	if (strcmp(verb, "lvmconfig") == 0)
		buf_addf(req->out, "locking_dir=\"%s\"\n", locks);
	else if (strcmp(verb, "lvs") == 0)
		buf_add(req->out, listed);
	else
		*ret_status = change(req);
	return 0;
}

/* Of what was flushed, in order. */
static char flushed[64];

int fsync(int fd)
{
	cleanup_free char *link = xasprintf("/proc/self/fd/%d", fd);
	char path[256] = "";

	assert_true(readlink(link, path, sizeof(path) - 1) > 0);
	snprintf(flushed + strlen(flushed), sizeof(flushed) - strlen(flushed), "%s ",
		 basename(path));
	return 0;
}

struct fixture {
	struct qvm_ctx ctx;
	struct qvm_err err;
	void *pool;
	int pool_minor;
};

static int setup(void **state)
{
	static const struct pool_config config = {"main", "lvm", "v-g/pool"};
	struct fixture *f = xcalloc(1, sizeof(*f));
	void *dir = NULL;

	assert_int_equal(folder_setup(&dir), 0);
	locks = f->ctx.run_dir = dir;
	listed = "    1     0\n    5     8\n";
	refusals = 0;
	dm_fake_reset(dir);
	f->pool_minor = dm_fake_add("v--g-pool-tpool", "LVM-x-tpool", 122880);
	dm_fake_status("v--g-pool-tpool", "thin-pool",
		       "9 10/1000 5/1000 - rw discard_passdown queue_if_no_space - 1024");
	dm_fake_leak_thin(ORPHAN);
	assert_int_equal(pool_lvm.open(&f->ctx, &config, &f->pool, &f->err), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	void *dir = f->ctx.run_dir;

	pool_lvm.close(f->pool);
	assert_false(dm_fake_open());
	free(f);
	dm_fake_dispose();
	strv_dispose(&ran);
	return folder_teardown(&dir);
}

static const struct pool_step snapshots[] = {
	{.kind = POOL_SNAPSHOT, .from = "v1-g1", .to = "v1-r2", .readonly = true},
	{.kind = POOL_SNAPSHOT, .from = "v2-g1", .to = "v2-r2", .readonly = true},
};

static void assert_ran(const char *want)
{
	cleanup_buf struct buf all = BUF_INIT;

	for (size_t i = 0; i < ran.n; i++)
		buf_addf(&all, "%s%s", i ? " " : "", ran.v[i]);
	assert_string_equal(buf_str(&all), want);
}

static void it_goes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pool_lvm.apply(f->pool, snapshots, 1, &f->err), 0);
	assert_false(dm_fake_has_thin(ORPHAN));
	assert_ran("lvcreate lvmconfig lvs lvcreate");
}

/* Of a script only what was not done is done again. */
static void within_a_script(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pool_lvm.apply(f->pool, snapshots, 2, &f->err), 0);
	assert_false(dm_fake_has_thin(ORPHAN));
	assert_ran("/proc/self/fd/0 lvmconfig lvs lvcreate");
}

/* LVM has it, but only as a plan: of the transaction that the pool has not seen. */
static void planned(void **state)
{
	struct fixture *f = *state;

	listed = "    1     0\n    7     9\n";
	assert_int_equal(pool_lvm.apply(f->pool, snapshots, 1, &f->err), 0);
	assert_false(dm_fake_has_thin(ORPHAN));
}

/* Somebody else has put it right meanwhile: then it is a volume like any other. */
static void made_meanwhile(void **state)
{
	struct fixture *f = *state;

	listed = "    1     0\n    7     8\n";
	assert_int_equal(pool_lvm.apply(f->pool, snapshots, 1, &f->err), -QVM_E_STORAGE);
	assert_true(dm_fake_has_thin(ORPHAN));
	assert_non_null(strstr(f->err.text, "File exists"));
}

/* What cannot be removed is an error, and nothing goes on for ever. */
static void stays(void **state)
{
	struct fixture *f = *state;

	locks = "/nonexistent";
	assert_int_equal(pool_lvm.apply(f->pool, snapshots, 1, &f->err), -QVM_E_STORAGE);
	assert_true(dm_fake_has_thin(ORPHAN));
	assert_ran("lvcreate lvmconfig");
	strv_dispose(&ran);
	locks = f->ctx.run_dir;
	refusals = 100;
	assert_int_equal(pool_lvm.apply(f->pool, snapshots, 2, &f->err), -QVM_E_STORAGE);
	assert_true(ran.n < 12);
}

/* The disks of data and metadata, once for all steps, whatever became of them. */
static void flushes(void **state)
{
	static const char *const of[] = {"tpool", "tmeta"};
	struct fixture *f = *state;
	cleanup_buf struct buf want = BUF_INIT;

	for (size_t i = 0; i < array_len(of); i++) {
		cleanup_free char *name =
			xasprintf("v--g-pool%s%s", i ? "_" : "-", of[i]);
		int minor = i ? dm_fake_add(name, "LVM-y-tmeta", 8192) : f->pool_minor;
		cleanup_free char *node = xasprintf("%s/dm-%d", f->ctx.run_dir, minor);

		assert_int_equal(file_replace(node, "", 0, 0600, 0), 0);
		buf_addf(&want, "dm-%d ", minor);
	}
	flushed[0] = '\0';
	assert_int_equal(pool_lvm.apply(f->pool, snapshots, 2, &f->err), 0);
	assert_string_equal(flushed, buf_str(&want));
	flushed[0] = '\0';
	refusals = 100;
	assert_true(pool_lvm.apply(f->pool, snapshots, 1, &f->err) < 0);
	assert_string_equal(flushed, buf_str(&want));
}

static void other_failures(void **state unused)
{
	static const char *const none[] = {
		"",
		"  Failed to process message \"create_snap 7 5\".\n",
		"  message ioctl failed: File exists\n",
		"  File exists\n  Failed to process message \"delete 7\".\n",
		"  File exists\n  Failed to process message \"create_snap x\".\n",
		"  File exists\n  Failed to process message \"create_snap 16777216 "
		"1\".\n",
	};

	for (size_t i = 0; i < array_len(none); i++)
		assert_int_equal(lvm_orphan_named(none[i]), 0);
	assert_int_equal(lvm_orphan_named(REFUSED), ORPHAN);
	assert_int_equal(
		lvm_orphan_named(
			"File exists\nFailed to process message \"create_thin 12\"."),
		12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(within_a_script, setup, teardown),
		cmocka_unit_test_setup_teardown(planned, setup, teardown),
		cmocka_unit_test_setup_teardown(made_meanwhile, setup, teardown),
		cmocka_unit_test_setup_teardown(stays, setup, teardown),
		cmocka_unit_test_setup_teardown(flushes, setup, teardown),
		cmocka_unit_test(other_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

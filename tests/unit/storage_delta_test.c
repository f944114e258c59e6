/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where volumes differ: what the tools of thin pools say, and what extents tell. */
#include "storage/lvm.h"
#include "storage/thin_delta.h"

#include <errno.h>

#include "lib/proc.h"
#include "storage/reflink.h"
#include "storage/storage.h"
#include "tests/fake/dm_fake.c"
#include "tests/unit/test.h"

static struct {
	const char *out;
	int status;
} answers[4];
static size_t n_runs;
static char argv_seen[4][256];

int proc_run(const struct proc_request *req, int *ret_status)
{
	cleanup_buf struct buf line = BUF_INIT;

	assert_true(n_runs < array_len(answers));
	assert_false(dm_fake_open());
	for (size_t i = 0; req->argv[i]; i++)
		buf_addf(&line, "%s%s", i ? " " : "", req->argv[i]);
	snprintf(argv_seen[n_runs], sizeof(argv_seen[0]), "%s", buf_str(&line));
	if (answers[n_runs].out)
		buf_add(req->out, answers[n_runs].out);
	*ret_status = answers[n_runs++].status;
	return 0;
}

/* --- where there are data --- */

#define TOP                                                                              \
	"<superblock uuid=\"\" time=\"2\" transaction=\"3\" data_block_size=\"128\" "    \
	"nr_data_blocks=\"9\">\n"
#define DUMP                                                                             \
	TOP "  <device dev_id=\"2\" mapped_blocks=\"6\" transaction=\"1\">\n"            \
	    "    <range_mapping origin_begin=\"0\" data_begin=\"0\" length=\"2\" "       \
	    "time=\"0\"/>\n"                                                             \
	    "    <single_mapping origin_block=\"2\" data_block=\"30\" time=\"1\"/>\n"    \
	    "    <range_mapping origin_begin=\"12\" data_begin=\"40\" length=\"2\" "     \
	    "time=\"1\"/>\n"                                                             \
	    "  </device>\n</superblock>\n"
#define DELTA                                                                            \
	TOP "  <diff left=\"1\" right=\"2\">\n    <same begin=\"0\" length=\"2\"/>\n"    \
	    "    <different begin=\"2\" length=\"1\"/>\n    <same begin=\"3\" "          \
	    "length=\"1\"/>\n"                                                           \
	    "    <left_only begin=\"9\" length=\"1\"/>\n"                                \
	    "    <right_only begin=\"12\" length=\"2\"/>\n  </diff>\n</superblock>\n"

static void maps(void **state unused)
{
	static const char *const bad[] = {
		"",
		"<superblock data_block_size=\"128\">\n",
		"<superblock>\n<device >\n</superblock>\n",
		"<superblock data_block_size=\"0\">\n<device >\n</superblock>\n",
		/* no such device */
		TOP "</superblock>\n",
		TOP "<diff >\n<different begin=\"1\"/>\n</diff>\n</superblock>\n",
		TOP "<diff >\n<different begin=\"x\" "
		    "length=\"1\"/>\n</diff>\n</superblock>\n",
		TOP "<diff >\n<different begin=\"9223372036854775807\" length=\"1\"/>\n"
		    "</diff>\n</superblock>\n",
		TOP "<diff >\n<different begin=\"5\" length=\"1\"/>\n"
		    "<different begin=\"5\" length=\"1\"/>\n</diff>\n</superblock>\n",
	};
	struct pool_range *v = NULL;
	size_t n = 0;

	assert_int_equal(thin_maps_parse(DUMP, &v, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(v[0].at, 0);
	assert_int_equal(v[0].len, 3 * 65536);
	assert_int_equal(v[1].at, 12 * 65536);
	assert_int_equal(v[1].len, 2 * 65536);
	free(v);
	assert_int_equal(thin_maps_parse(DELTA, &v, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(v[0].at, 2 * 65536);
	assert_int_equal(v[2].len, 2 * 65536);
	free(v);
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(thin_maps_parse(bad[i], &v, &n), -EINVAL);
}

static void set_table(const char *name, const char *type, const char *params)
{
	struct table *live = &dev_of(name, NULL)->live;

	snprintf(live->type, sizeof(live->type), "%s", type);
	snprintf(live->params, sizeof(live->params), "%s", params);
}

#define UUID(c)                                                                          \
	"LVM-"                                                                           \
	"abcdefghijklmnopqrstuvwxyz01234" c "abcdefghijklmnopqrstuvwxyz01234" c

/* The snapshot of the metadata is let go, whatever the tool says; a stale one, too. */
static void differences(void **state)
{
	static const struct pool_config config = {"main", "lvm", "v-g/pool"};
	char *folder = *state, *path;
	struct qvm_ctx ctx = {.run_dir = folder, .state_dir = folder};
	struct qvm_err err = QVM_ERR_INIT;
	void *pool;
	struct pool_range *v = NULL;
	size_t n = 0;

	dm_fake_reset("/nonexistent/dev");
	dm_fake_add("v--g-pool-tpool", "LVM-x-tpool", 122880);
	dm_fake_add("v--g-qvm--v1--r1", UUID("1"), 8);
	dm_fake_add("v--g-qvm--v1--r2", UUID("2"), 8);
	set_table("v--g-qvm--v1--r1", "thin", "253:2 1");
	set_table("v--g-qvm--v1--r2", "thin", "253:2 2 253:9");
	assert_int_equal(pool_lvm.open(&ctx, &config, &pool, &err), 0);
	answers[0].out = DELTA;
	assert_int_equal(pool_lvm.delta(pool, "v1-r1", "v1-r2", &v, &n, &err), 0);
	assert_int_equal(n, 3);
	free(v);
	assert_string_equal(argv_seen[0], "thin_delta -m --snap1 1 --snap2 2 "
					  "/dev/mapper/v--g-pool_tmeta");
	assert_int_equal(dm_fake.aside, 0);
	n_runs = 0;
	answers[0].out = DUMP;
	assert_int_equal(pool_lvm.ranges(pool, "v1-r2", &v, &n, &err), 0);
	assert_int_equal(n, 2);
	free(v);
	assert_string_equal(argv_seen[0],
			    "thin_dump -m --dev-id 2 /dev/mapper/v--g-pool_tmeta");
	/* One that a killed run has left, with its mark. */
	path = xasprintf("%s/thin-v-g-pool.aside", folder);
	assert_int_equal(access(path, F_OK), -1);
	dm_fake.aside = 1;
	assert_int_equal(file_replace(path, "", 0, 0600, 0), 0);
	n_runs = 0;
	answers[0].status = 1;
	assert_int_equal(pool_lvm.ranges(pool, "v1-r2", &v, &n, &err), -QVM_E_STORAGE);
	assert_int_equal(dm_fake.aside, 0);
	assert_int_equal(access(path, F_OK), -1);
	/* One that somebody else has is let alone. */
	dm_fake.aside = 1;
	n_runs = 0;
	assert_true(pool_lvm.ranges(pool, "v1-r2", &v, &n, &err) < 0);
	assert_int_equal(n_runs, 0);
	assert_int_not_equal(dm_fake.aside, 0);
	assert_int_equal(access(path, F_OK), -1);
	dm_fake.aside = 0;
	/* And a volume of another kind is none of a thin pool. */
	set_table("v--g-qvm--v1--r2", "linear", "8:0 2");
	assert_true(pool_lvm.ranges(pool, "v1-r2", &v, &n, &err) < 0);
	assert_int_equal(n_runs, 0);
	pool_lvm.close(pool);
	dm_fake_dispose();
	free(path);
}

/* Holes, blocks without a place, room that was never written to. */
static void extents(void **state unused)
{
	const struct reflink_extent a[] = {{0, 8, 100, false, false},
					   {10, 4, 200, false, false},
					   {20, 4, 0, true, false},
					   {30, 4, 300, false, true}};
	const struct reflink_extent b[] = {{2, 4, 102, false, false},
					   {6, 2, 900, false, false},
					   {10, 4, 201, false, false},
					   {20, 4, 0, true, false},
					   {36, 4, 400, false, false}};
	static const struct pool_range want[] = {
		{0, 2}, {6, 2}, {10, 4}, {20, 4}, {36, 2}};
	struct pool_range *v;
	size_t n;

	reflink_differ(a, array_len(a), b, array_len(b), 38, &v, &n);
	assert_int_equal(n, array_len(want));
	assert_memory_equal(v, want, sizeof(want));
	free(v);
	reflink_differ(a, array_len(a), a, 2, 20, &v, &n);
	assert_int_equal(n, 0);
	free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps),
		in_folder(differences),
		cmocka_unit_test(extents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver `lvm` against a program that is not run, and a device-mapper in memory. */
#include "storage/lvm.h"

#include <errno.h>

#include "lib/proc.h"
#include "lib/size.h"
#include "storage/storage.h"
#include "tests/fake/dm_fake.c"
#include "tests/unit/test.h"

#define UUID_OF(c) "LVM-012345678901234567890123456789010123456789012345678901234567890" c
#define BLIND "devices{filter=[\"a|^/dev/mapper/|\",\"r|^/dev/dm-|\"]}"
#define CONFIG "--config backup{archive=0}activation{monitoring=0}" BLIND

/* --- `lvm`: what it was asked, and what it answers --- */

static struct run {
	const char *out, *err;
	int status;
	void (*effect)(void);
} answers[4];
static size_t n_runs;
static char argv_seen[4][1024], input_seen[4][4096];

int proc_run(const struct proc_request *req, int *ret_status)
{
	const struct run *a;
	cleanup_buf struct buf line = BUF_INIT;

	assert_true(n_runs < array_len(answers));
	assert_false(dm_fake_open());
	a = &answers[n_runs];
	for (size_t i = 0; req->argv[i]; i++)
		buf_addf(&line, "%s%s", i ? " " : "", req->argv[i]);
	snprintf(argv_seen[n_runs], sizeof(argv_seen[0]), "%s", buf_str(&line));
	snprintf(input_seen[n_runs], sizeof(input_seen[0]), "%.*s", (int)req->input_len,
		 req->input ? (const char *)req->input : "");
	n_runs++;
	if (a->status < 0)
		return a->status;
	if (a->out)
		buf_add(req->out, a->out);
	if (a->err)
		buf_add(req->err, a->err);
	if (a->effect)
		a->effect();
	*ret_status = a->status;
	return 0;
}

struct fixture {
	struct qvm_ctx ctx;
	struct qvm_err err;
	void *pool;
};

static int setup(void **state)
{
	static const struct pool_config config = {"main", "lvm", "v-g/pool"};
	struct fixture *f = xcalloc(1, sizeof(*f));

	memset(answers, 0, sizeof(answers));
	n_runs = 0;
	dm_fake_reset("/nonexistent/dev");
	dm_fake_add("v--g-pool-tpool", UUID_OF("0") "-tpool", 122880);
	dm_fake_status("v--g-pool-tpool", "thin-pool",
		       "1 10/1000 5/1000 - rw discard_passdown queue_if_no_space - 1024");
	dm_fake_add("v--g-qvm--v12--g1", UUID_OF("1"), 8192);
	dm_fake_status("v--g-qvm--v12--g1", "thin", "2048 8191");
	assert_int_equal(pool_lvm.open(&f->ctx, &config, &f->pool, &f->err), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	pool_lvm.close(f->pool);
	assert_false(dm_fake_open());
	free(f);
	dm_fake_dispose();
	return 0;
}

static void opens(void **state)
{
	static const char *const bad[] = {"",	     "vg",    "/pool", "vg/",	 "vg/a/b",
					  "-v/pool", "vg/-p", "v g/p", "vg/p;q", "../p"};
	struct fixture *f = *state;
	struct qvm_err err;
	void *pool;

	for (size_t i = 0; i < array_len(bad); i++) {
		struct pool_config config = {"main", "lvm", bad[i]};

		assert_int_equal(pool_lvm.open(&f->ctx, &config, &pool, &err),
				 -QVM_E_VALUE);
		assert_non_null(strstr(err.text, "'main'"));
	}
	assert_int_equal(dm_fake_log()->n, 0);
}

static void one_step_is_one_command(void **state)
{
	static const struct {
		struct pool_step step;
		const char *argv;
	} rows[] = {
		{{.kind = POOL_CREATE, .to = "v1-g1", .size = GIB},
		 "lvm lvcreate -y -qq " CONFIG " -kn --addtag qvm -n qvm-v1-g1 -Wn "
		 "-V 1073741824b -T v-g/pool"},
		{{.kind = POOL_SNAPSHOT,
		  .from = "v1-g1",
		  .to = "v1-r1",
		  .readonly = true},
		 "lvm lvcreate -y -qq " CONFIG " -kn --addtag qvm -n qvm-v1-r1 -pr -s "
		 "v-g/qvm-v1-g1"},
		{{.kind = POOL_SNAPSHOT, .from = "v1-r1", .to = "v2-g1"},
		 "lvm lvcreate -y -qq " CONFIG " -kn --addtag qvm -n qvm-v2-g1 -s "
		 "v-g/qvm-v1-r1"},
		{{.kind = POOL_RESIZE, .to = "v1-g1", .size = 2 * GIB},
		 "lvm lvresize -y -qq " CONFIG " -f -L 2147483648b v-g/qvm-v1-g1"},
		{{.kind = POOL_REMOVE, .to = "v1-g1"},
		 "lvm lvremove -y -qq " CONFIG
		 " -f -S lv_tags=qvm&&pool_lv=pool&&(lv_name=qvm-v1-g1) v-g"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < array_len(rows); i++) {
		n_runs = 0;
		assert_int_equal(pool_lvm.apply(f->pool, &rows[i].step, 1, &f->err), 0);
		assert_int_equal(n_runs, 1);
		assert_string_equal(argv_seen[0], rows[i].argv);
		assert_string_equal(input_seen[0], "");
	}
}

static const struct pool_step several[] = {
	{.kind = POOL_SNAPSHOT, .from = "v1-g1", .to = "v1-r2", .readonly = true},
	{.kind = POOL_REMOVE, .to = "v1-r1"},
	{.kind = POOL_REMOVE, .to = "v1-r0"},
	{.kind = POOL_RESIZE, .to = "v2-g1", .size = MIB},
	{.kind = POOL_CREATE, .to = "v3-g1", .size = MIB},
};

static void several_steps_are_one_process(void **state)
{
	struct fixture *f = *state;

	answers[0].out = "archive=0\narchive=0\nnoise archive=0\narchive=0\narchive=0\n";
	assert_int_equal(pool_lvm.apply(f->pool, several, array_len(several), &f->err),
			 0);
	assert_int_equal(n_runs, 1);
	assert_string_equal(argv_seen[0], "lvm /proc/self/fd/0");
	assert_string_equal(
		input_seen[0],
		"#!lvm\n"
		"lvcreate -y -qq " CONFIG " -kn --addtag qvm -n qvm-v1-r2 -pr -s "
		"v-g/qvm-v1-g1\n"
		"lvmconfig -qq --config backup{archive=0} backup/archive\n"
		"lvremove -y -qq " CONFIG " -f -S "
		"lv_tags=qvm&&pool_lv=pool&&(lv_name=qvm-v1-r1||lv_name=qvm-v1-r0) v-g\n"
		"lvmconfig -qq --config backup{archive=0} backup/archive\n"
		"lvresize -y -qq " CONFIG " -f -L 1048576b v-g/qvm-v2-g1\n"
		"lvmconfig -qq --config backup{archive=0} backup/archive\n"
		"lvcreate -y -qq " CONFIG
		" -kn --addtag qvm -n qvm-v3-g1 -Wn -V 1048576b "
		"-T v-g/pool\n"
		"lvmconfig -qq --config backup{archive=0} backup/archive\n");
}

static void failing_step_is_named(void **state)
{
	static const struct {
		const char *out, *err;
		int kind;
		const char *text;
	} rows[] = {
		{"",
		 "  WARNING: something.\n\n  Logical Volume \"qvm-v1-r2\" already exists "
		 "in "
		 "volume group \"v-g\"\n  more\n",
		 QVM_E_EXISTS,
		 "cannot make the volume 'v1-r2' from 'v1-g1': LVM says: Logical Volume "
		 "\"qvm-v1-r2\" already exists in volume group \"v-g\""},
		{"", "  Failed to find logical volume \"v-g/qvm-v1-g1\"", QVM_E_NOT_FOUND,
		 "cannot make the volume 'v1-r2'"},
		{"archive=0\n", "  Logical volume v-g/qvm-v1-r0 in use.\n", QVM_E_BUSY,
		 "cannot remove the volume 'v1-r0': LVM says: Logical volume "
		 "v-g/qvm-v1-r0 "
		 "in use"},
		{"archive=0\narchive=0\nno archive=0\n", "  strange\n", QVM_E_STORAGE,
		 "cannot resize the volume 'v2-g1': LVM says: strange"},
		{"archive=0\narchive=0\narchive=0\n", "", QVM_E_STORAGE,
		 "cannot create the volume 'v3-g1': LVM says: it gave no reason"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < array_len(rows); i++) {
		n_runs = 0;
		answers[0] =
			(struct run){.out = rows[i].out, .err = rows[i].err, .status = 5};
		assert_int_equal(pool_lvm.apply(f->pool, several, 5, &f->err),
				 -rows[i].kind);
		assert_non_null(strstr(f->err.text, rows[i].text));
		assert_int_equal(n_runs, 1);
	}
}

/* LVM calls it a failure when nothing is to be resized; the rest is done then. */
static void same_size_is_fine(void **state)
{
	struct fixture *f = *state;

	answers[0] = (struct run){
		.out = "archive=0\narchive=0\n",
		.err = "  New size (1 extents) matches existing size (1 extents).\n",
		.status = 5,
	};
	assert_int_equal(pool_lvm.apply(f->pool, several, 5, &f->err), 0);
	assert_int_equal(n_runs, 2);
	assert_non_null(strstr(argv_seen[1], "lvm lvcreate"));
	assert_non_null(strstr(argv_seen[1], "qvm-v3-g1"));
}

static void trouble_with_the_program(void **state)
{
	struct fixture *f = *state;

	answers[0].status = -ENOENT;
	assert_int_equal(pool_lvm.apply(f->pool, several, 1, &f->err), -ENOENT);
	assert_non_null(strstr(f->err.text, "cannot run 'lvm'"));
	/* Success without a sign that anything was done does not loop. */
	answers[1].out = "";
	assert_int_equal(pool_lvm.apply(f->pool, several, 5, &f->err), -QVM_E_STORAGE);
	assert_int_equal(n_runs, 2);
}

static void long_batches(void **state)
{
	struct pool_step steps[40] = {0};
	struct lv_location at = {"vg", "pool"};
	cleanup_commands struct lvm_commands cmds = {0};
	cleanup_buf struct buf script = BUF_INIT;
	size_t done = 0, line = 0;

	(void)state;
	for (size_t i = 0; i < array_len(steps); i++) {
		steps[i].kind = POOL_REMOVE;
		snprintf(steps[i].to, sizeof(steps[i].to), "v1000000000000000000000-r%zu",
			 i);
	}
	lvm_commands(&at, steps, array_len(steps), &cmds);
	for (size_t i = 0; i < cmds.n; i++) {
		assert_int_equal(cmds.v[i].step, done);
		done += cmds.v[i].n_steps;
	}
	assert_int_equal(done, array_len(steps));
	assert_true(lvm_script(&cmds, 0, &script));
	for (const char *c = script.data; *c; c++) {
		line = *c == '\n' ? 0 : line + 1;
		assert_true(line < 250);
	}
}

static void too_long_for_a_script(void **state)
{
	static const struct pool_step steps[] = {
		{.kind = POOL_REMOVE, .to = "v100000-g100000"},
		{.kind = POOL_SNAPSHOT, .from = "v100000-g100000", .to = "v100001-g1"},
	};
	struct lv_location at = {.lv = "pool"};
	cleanup_commands struct lvm_commands cmds = {0};
	cleanup_buf struct buf script = BUF_INIT;

	(void)state;
	memset(at.vg, 'v', sizeof(at.vg) - 1);
	lvm_commands(&at, steps, 2, &cmds);
	assert_false(lvm_script(&cmds, 0, &script));
}

static void checks_steps(void **state)
{
	static const struct pool_step bad[] = {
		{.kind = POOL_REMOVE, .to = ""},
		{.kind = POOL_REMOVE, .to = "a b"},
		{.kind = POOL_REMOVE, .to = "a||lv_name=root"},
		{.kind = POOL_SNAPSHOT, .to = "a", .from = "../x"},
		{.kind = POOL_CREATE, .to = "-rf", .size = MIB},
		{.kind = POOL_CREATE, .to = "a", .size = 0},
		{.kind = POOL_CREATE, .to = "a", .size = 1000},
		{.kind = POOL_RESIZE, .to = "a", .size = 1},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(pool_lvm.apply(f->pool, &bad[i], 1, &f->err),
				 -QVM_E_VALUE);
	assert_int_equal(n_runs, 0);
}

static void guards_a_full_pool(void **state)
{
	struct fixture *f = *state;

	dm_fake_status(
		"v--g-pool-tpool", "thin-pool",
		"1 10/1000 970/1000 - rw discard_passdown queue_if_no_space - 1024");
	assert_int_equal(pool_lvm.apply(f->pool, several, 1, &f->err), -QVM_E_NO_SPACE);
	assert_non_null(
		strstr(f->err.text, "the pool 'v-g/pool' is nearly full: 58.1 MiB"));
	assert_int_equal(pool_lvm.apply(f->pool, &several[4], 1, &f->err),
			 -QVM_E_NO_SPACE);
	assert_int_equal(n_runs, 0);
	assert_int_equal(pool_lvm.apply(f->pool, &several[1], 1, &f->err), 0);
	assert_int_equal(pool_lvm.apply(f->pool, &several[3], 1, &f->err), 0);
}

static void activate_it(void)
{
	dm_fake_add("v--g-qvm--v2--r1", UUID_OF("2"), 8192);
}

static void devices(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;

	assert_int_equal(pool_lvm.device(f->pool, "v12-g1", &dev, &f->err), 0);
	assert_int_equal(dev.major, 253);
	assert_int_equal(dev.minor, 1);
	assert_string_equal(dev.path, "/nonexistent/dev/dm-1");
	assert_int_equal(n_runs, 0);
	assert_int_equal(dm_fake_log()->n, 1);

	answers[0].effect = activate_it;
	assert_int_equal(pool_lvm.device(f->pool, "v2-r1", &dev, &f->err), 0);
	assert_int_equal(dev.minor, 2);
	assert_string_equal(
		argv_seen[0],
		"lvm lvchange -qq -ay -K --config activation{monitoring=0}" BLIND " "
		"v-g/qvm-v2-r1");

	answers[1] = (struct run){
		.err = "  Failed to find logical volume \"v-g/qvm-v9\"\n", .status = 5};
	assert_int_equal(pool_lvm.device(f->pool, "v9", &dev, &f->err), -QVM_E_NOT_FOUND);
	assert_non_null(strstr(f->err.text, "'v9'"));
	/* A device of that name that LVM did not make. */
	dm_fake_add("v--g-qvm--v7", "QVM-x", 8);
	assert_int_equal(pool_lvm.device(f->pool, "v7", &dev, &f->err), -QVM_E_STORAGE);
	assert_int_equal(pool_lvm.device(f->pool, "a/b", &dev, &f->err), -QVM_E_VALUE);
}

#define ROW(name, tags, pool, size, data)                                                \
	"{\"lv_name\":\"" name "\",\"lv_tags\":\"" tags "\",\"pool_lv\":\"" pool         \
	"\",\"lv_size\":\"" size "\",\"data_percent\":\"" data                           \
	"\",\"lv_metadata_size\":\"\",\"metadata_percent\":\"\"}"
#define REPORT(rows) "  {\n \"report\": [ { \"lv\": [ " rows " ] } ]\n }\n"

static void stats(void **state)
{
	struct fixture *f = *state;
	struct vol_stat st;

	assert_int_equal(pool_lvm.stat(f->pool, "v12-g1", &st, &f->err), 0);
	assert_int_equal(st.size, 8192 * SECTOR);
	assert_int_equal(st.used, 2048 * SECTOR);
	assert_int_equal(n_runs, 0);

	answers[0].out = REPORT(ROW("qvm-v3", "qvm", "pool", "1073741824", "12.50"));
	assert_int_equal(pool_lvm.stat(f->pool, "v3", &st, &f->err), 0);
	assert_int_equal(st.size, GIB);
	assert_int_equal(st.used, GIB / 8);
	answers[1] = (struct run){
		.err = "  Failed to find logical volume \"v-g/qvm-v9\"\n", .status = 5};
	assert_int_equal(pool_lvm.stat(f->pool, "v9", &st, &f->err), -QVM_E_NOT_FOUND);
	answers[2].out = REPORT("");
	assert_int_equal(pool_lvm.stat(f->pool, "v9", &st, &f->err), -QVM_E_NOT_FOUND);
}

static void usage(void **state)
{
	static const struct pool_config config = {"other", "lvm", "vg2/tp"};
	struct fixture *f = *state;
	struct pool_usage u;
	void *other;

	assert_int_equal(pool_lvm.usage(f->pool, &u, &f->err), 0);
	assert_int_equal(u.size, 122880 * SECTOR);
	assert_int_equal(u.meta_used, 10 * 4096);
	assert_int_equal(n_runs, 0);

	assert_int_equal(pool_lvm.open(&f->ctx, &config, &other, &f->err), 0);
	answers[0].out =
		REPORT("{\"lv_name\":\"tp\",\"lv_size\":1000000,\"data_percent\":"
		       "\"50,00\",\"lv_metadata_size\":4096,"
		       "\"metadata_percent\":\"25\"}");
	assert_int_equal(pool_lvm.usage(other, &u, &f->err), 0);
	assert_int_equal(u.used, 500000);
	assert_int_equal(u.meta_used, 1024);
	answers[1].out = REPORT(ROW("tp", "", "", "4096", ""));
	assert_int_equal(pool_lvm.usage(other, &u, &f->err), -QVM_E_VALUE);
	assert_non_null(strstr(f->err.text, "'vg2/tp' is not a thin pool"));
	pool_lvm.close(other);
}

static void lists(void **state)
{
	struct fixture *f = *state;
	cleanup_strv struct strv ids = STRV_INIT;

	answers[0].out = REPORT(ROW("qvm-v1-g1", "qvm", "pool", "4096", "0.00") "," ROW(
		"qvm-v2-g1", "a,qvm,b", "pool", "4096",
		"100.00") "," ROW("qvm-v3", "", "pool", "1",
				  "1.00") "," ROW("qvm-v4", "qvm", "pool2", "1",
						  "1.00") "," ROW("root", "qvm", "pool",
								  "1",
								  "") "," ROW("qvm-",
									      "qvm",
									      "pool", "1",
									      "") "," ROW("pool",
											  "",
											  "",
											  "9",
											  "3.21"));
	assert_int_equal(pool_lvm.list(f->pool, &ids, &f->err), 0);
	assert_int_equal(ids.n, 2);
	assert_string_equal(ids.v[0], "v1-g1");
	assert_string_equal(ids.v[1], "v2-g1");
	assert_string_equal(
		argv_seen[0],
		"lvm lvs -qq --config " BLIND
		" --reportformat json --units b --nosuffix -o "
		"lv_name,lv_tags,pool_lv,lv_size,data_percent,lv_metadata_size,"
		"metadata_percent v-g");
	answers[1].out = "{\"report\":[{\"lv\":[";
	assert_int_equal(pool_lvm.list(f->pool, &ids, &f->err), -QVM_E_STORAGE);
	assert_non_null(strstr(f->err.text, "'v-g/pool'"));
}

/* The administrator's own settings stay; a filter that is there is not doubled. */
static void hides_volumes(void **state)
{
	struct fixture *f = *state;
	cleanup_buf struct buf conf = BUF_INIT;
	cleanup_free char *path = NULL;
	void *dir = NULL;

	assert_int_equal(folder_setup(&dir), 0);
	path = xasprintf("%s/lvmlocal.conf", (char *)dir);
	assert_int_equal(file_replace(path, "local {}\n", 9, 0644, 0), 0);
	answers[0].status = 5;
	answers[0].err = "  Configuration node devices/global_filter not found\n";
	assert_int_equal(lvm_hide(f->pool, dir, &f->err), 0);
	assert_int_equal(file_read(path, MIB, &conf), 0);
	assert_int_equal(strncmp(buf_str(&conf), "local {}\n", 9), 0);
	assert_non_null(strstr(buf_str(&conf), "\"r|^/dev/dm-|\""));
	answers[1].out = "global_filter=[\"a|^/dev/mapper/|\",\"r|^/dev/dm-|\"]\n";
	answers[2].out = "global_filter=[\"a|.*|\"]\n";
	for (int i = 0; i < 2; i++) {
		cleanup_buf struct buf now = BUF_INIT;

		assert_int_equal(lvm_hide(f->pool, dir, &f->err), 0);
		assert_int_equal(file_read(path, MIB, &now), 0);
		assert_int_equal(now.len, conf.len);
	}
	answers[3].status = -ENOENT;
	assert_true(lvm_hide(f->pool, dir, &f->err) < 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(folder_teardown(&dir), 0);
}

static void hostile_reports(void **state)
{
	static const char good[] =
		REPORT("{\"lv_name\":\"qvm-a\",\"lv_tags\":[\"x\",\"qvm\",7],\"pool_lv\":"
		       "\"pool\",\"lv_size\":4096,\"data_percent\":\"99.99\"}");
	static const char *const bad[] = {
		"",
		"null",
		"[]",
		"\"report\"",
		"{}",
		"{\"report\":7}",
		"{\"report\":[7]}",
		"{\"report\":[{}]}",
		"{\"report\":[{\"lv\":{}}]}",
		"{\"report\":[{\"lv\":[null]}]}",
		"{\"report\":[{\"lv\":[[]]}]}",
		REPORT("{}"),
		REPORT("{\"lv_name\":null}"),
		REPORT("{\"lv_name\":[\"a\"]}"),
		REPORT(ROW("a", "", "", "-1", "")),
		REPORT(ROW("a", "", "", "1B", "")),
		REPORT(ROW("a", "", "", "99999999999999999999", "")),
		REPORT(ROW("a", "", "", "1", "x")),
		REPORT(ROW("a", "", "", "1", "101")),
		REPORT(ROW("a", "", "", "1", "-1")),
		REPORT(ROW("a", "", "", "1", "1.2.3")),
		REPORT(ROW(
			"0123456789012345678901234567890123456789012345678901234567890123"
			"456789012345678901234567890123456789012345678901234567890123456"
			"7",
			"", "", "1", "")),
	};
	cleanup_report struct lvm_report report = {0};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(lvm_report_parse(bad[i], strlen(bad[i]), &report),
				 -EINVAL);
	for (size_t len = 0; len + 3 < sizeof(good) - 1; len++) {
		cleanup_free char *part = xstrndup(good, len);

		assert_int_equal(lvm_report_parse(part, len, &report), -EINVAL);
	}
	assert_int_equal(report.n, 0);
	assert_int_equal(lvm_report_parse(good, sizeof(good) - 1, &report), 0);
	assert_int_equal(report.n, 1);
	assert_true(report.v[0].tagged);
	assert_int_equal(report.v[0].used, 4095);
}

static void names(void **state)
{
	char name[LV_DM_MAX], part[LVNAME_MAX];

	(void)state;
	assert_int_equal(lv_dm_name("a-b", "c--d", NULL, name), 0);
	assert_string_equal(name, "a--b-c----d");
	assert_int_equal(lv_dm_name("vg", "pool", "tpool", name), 0);
	assert_string_equal(name, "vg-pool-tpool");
	memset(part, 'x', sizeof(part));
	part[124] = '\0';
	assert_int_equal(lv_dm_name("vg", part, NULL, name), 0);
	part[124] = 'x';
	part[125] = '\0';
	assert_int_equal(lv_dm_name("vg", part, NULL, name), -ENAMETOOLONG);
	assert_int_equal(lv_dm_name("v", part, "t", name), -ENAMETOOLONG);
	assert_true(lv_uuid_is_plain(UUID_OF("1")));
	assert_false(lv_uuid_is_plain(UUID_OF("1") "-pool"));
	assert_false(lv_uuid_is_plain("LVM-"));
}

#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(opens),
		test(one_step_is_one_command),
		test(several_steps_are_one_process),
		test(failing_step_is_named),
		test(same_size_is_fine),
		test(trouble_with_the_program),
		cmocka_unit_test(long_batches),
		cmocka_unit_test(too_long_for_a_script),
		test(checks_steps),
		test(guards_a_full_pool),
		test(devices),
		test(stats),
		test(usage),
		test(lists),
		test(hides_volumes),
		cmocka_unit_test(hostile_reports),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Volumes on the fake pool: the pure parts, copying, and failures at every step. */
#include "ops/volume.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/size.h"
#include "tests/unit/domain_fixture.h"

/* ---- pure ---- */

static void levels_of_a_pool(void **state)
{
	(void)state;
	assert_int_equal(pool_level(1000, 800, 0, 0, 0), POOL_OK);
	assert_int_equal(pool_level(1000, 801, 0, 0, 0), POOL_WARN);
	assert_int_equal(pool_level(1000, 950, 0, 0, 0), POOL_WARN);
	assert_int_equal(pool_level(1000, 951, 0, 0, 0), POOL_FULL);
	assert_int_equal(pool_level(1000, 500, 0, 0, 451), POOL_FULL);
	assert_int_equal(pool_level(1000, 500, 0, 0, UINT64_MAX), POOL_FULL);
	assert_int_equal(pool_level(1000, 0, 100, 80, 0), POOL_OK);
	assert_int_equal(pool_level(1000, 0, 100, 81, 0), POOL_WARN);
	assert_int_equal(pool_level(1000, 0, 100, 91, 0), POOL_FULL);
	assert_int_equal(pool_level(UINT64_C(1) << 60, UINT64_C(1) << 59, 0, 0, 0),
			 POOL_OK);
	assert_int_equal(pool_level(0, 0, 0, 0, 0), POOL_OK);
}

static void names_of_revisions(void **state)
{
	static const char *const bad[] = {"",	 "1a",	 "-a",	"a b", "a/b",
					  "a\n", "\xc3", "a:b", "."};
	cleanup_free char *longest = xcalloc(1, 65);
	struct qvm_err err;

	(void)state;
	memset(longest, 'a', 63);
	assert_int_equal(vol_revision_name_check("before-update_1.2", &err), 0);
	assert_int_equal(vol_revision_name_check(longest, &err), 0);
	longest[63] = 'a';
	assert_int_equal(vol_revision_name_check(longest, &err), -QVM_E_VALUE);
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(vol_revision_name_check(bad[i], &err), -QVM_E_VALUE);
}

static void numbers_of_intents_count(void **state)
{
	struct vm_revision revisions[] = {{.serial = 4}, {.serial = 9, .live = true}};
	struct vm_volume vol = {.id = 5, .revisions = revisions, .revision_count = 2};
	cleanup(intent_dispose) struct intent in = {0};

	(void)state;
	assert_int_equal(vol_next_serial(&vol, NULL, 0), 10);
	assert_int_equal(vol_newest(&vol)->serial, 4);
	intent_item_add(&in, "volume", "p", "v5-r12");
	intent_item_add(&in, "volume", "p", "v55-r40");
	intent_item_add(&in, "volume", "p", "v5-g90");
	intent_item_add(&in, "scratch", NULL, "r5-root");
	assert_int_equal(vol_next_serial(&vol, &in, 1), 13);
	assert_false(vol_is_read(&in, 1, "p", "v5-r12"));
	intent_item_add(&in, "origin", "p", "v5-r4");
	assert_true(vol_is_read(&in, 1, "p", "v5-r4"));
	assert_false(vol_is_read(&in, 1, "q", "v5-r4"));
}

static void finds_revisions(void **state)
{
	char name[] = "before";
	struct vm_revision revisions[] = {{.serial = 4}, {.serial = 9, .label = name}};
	struct vm_volume vol = {.revisions = revisions, .revision_count = 2};
	struct vm_revision *found = NULL;
	struct qvm_err err;

	(void)state;
	assert_int_equal(vol_revision_find(&vol, "4", &found, &err), 0);
	assert_ptr_equal(found, &revisions[0]);
	assert_int_equal(vol_revision_find(&vol, "before", &found, &err), 0);
	assert_ptr_equal(found, &revisions[1]);
	assert_int_equal(vol_revision_find(&vol, "9", &found, &err), 0);
	assert_int_equal(vol_revision_find(&vol, "5", &found, &err), -QVM_E_NOT_FOUND);
	assert_int_equal(vol_revision_find(&vol, "", &found, &err), -QVM_E_NOT_FOUND);
	assert_int_equal(vol_revision_find(&vol, "0", &found, &err), -QVM_E_NOT_FOUND);
}

/* ---- copying ---- */

static int file_of(const char *folder, const char *name, const char *data, size_t len,
		   off_t at)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, name);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, at), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void assert_same_files(int a, int b, size_t size)
{
	cleanup_free char *x = xcalloc(2, size), *y = xcalloc(2, size);

	assert_int_equal(pread(a, x, 2 * size, 0), size);
	assert_int_equal(pread(b, y, 2 * size, 0), size);
	assert_memory_equal(x, y, size);
}

#define BIG (5 * MIB + 4711)

static void copies_what_is_there(void **state)
{
	struct qvm_ctx ctx = {0};
	cleanup_close int from = file_of(*state, "from", "end", 3, BIG - 3);
	cleanup_close int to = file_of(*state, "to", "", 0, 0);
	struct vol_copy copy = {.what = "x", .from = from, .to = to, .sparse = true};
	uint64_t copied = 0;
	struct qvm_err err;
	struct stat st;

	assert_int_equal(pwrite(from, "begin", 5, 2 * MIB - 2), 5);
	assert_int_equal(vol_copy(&ctx, &copy, &copied, &err), 0);
	assert_int_equal(copied, BIG);
	assert_same_files(from, to, BIG);
	assert_int_equal(fstat(to, &st), 0);
	assert_true(st.st_blocks * 512 < (off_t)MIB); /* the holes are there, too */
	assert_int_equal(ftruncate(from, 2 * BIG), 0);
	assert_int_equal(lseek(from, 0, SEEK_SET), 0);
	assert_int_equal(vol_copy(&ctx, &copy, &copied, &err), 0);
	assert_same_files(from, to, 2 * BIG); /* and the one at the end */
}

/* Zeros in the new state overwrite what the old one had there. */
static void compares_and_writes_what_differs(void **state)
{
	struct qvm_ctx ctx = {0};
	cleanup_close int from = file_of(*state, "from", "end", 3, BIG - 3);
	cleanup_close int to = file_of(*state, "to", "old", 3, MIB);
	struct vol_copy copy = {
		.what = "x", .from = from, .to = to, .size = BIG, .compare = true};
	struct qvm_err err;

	assert_int_equal(ftruncate(to, BIG), 0);
	assert_int_equal(vol_copy(&ctx, &copy, NULL, &err), 0);
	assert_same_files(from, to, BIG);
}

static void holds_to_sizes_and_limits(void **state)
{
	struct qvm_ctx ctx = {0};
	cleanup_close int from = file_of(*state, "from", "abcdef", 6, 0);
	cleanup_close int to = file_of(*state, "to", "", 0, 0);
	struct vol_copy copy = {.what = "x", .from = from, .to = to, .limit = 5};
	uint64_t copied = 0;
	struct qvm_err err;

	assert_int_equal(vol_copy(&ctx, &copy, NULL, &err), -QVM_E_VALUE);
	assert_int_equal(lseek(from, 0, SEEK_SET), 0);
	copy.limit = 0;
	copy.size = 7;
	assert_int_equal(vol_copy(&ctx, &copy, NULL, &err), -QVM_E_VALUE);
	assert_int_equal(lseek(from, 0, SEEK_SET), 0);
	copy.size = 4;
	copy.sparse = true;
	assert_int_equal(vol_copy(&ctx, &copy, &copied, &err), 0);
	assert_int_equal(copied, 4);
}

/* ---- operations that fail ---- */

static int view_nobody(void *view unused, struct hv_dom **ret, size_t *n,
		       struct qvm_err *err unused)
{
	*ret = NULL;
	*n = 0;
	return 0;
}

static const struct hv_view_ops nobody_runs = {.name = "nobody", .list = view_nobody};

/* A registry with one pool and one domain that has a private volume of 1 MiB. */
struct bench {
	struct qvm_ctx ctx;
	char *folder;
};

static int bench_setup(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	cleanup_store struct store *s = NULL;
	void *folder = NULL;
	struct qvm_err err;

	assert_int_equal(folder_setup(&folder), 0);
	b->folder = folder;
	b->ctx.state_dir = xasprintf("%s/state", b->folder);
	b->ctx.run_dir = xasprintf("%s/run", b->folder);
	b->ctx.log_dir = xasprintf("%s/log", b->folder);
	b->ctx.load_pool = load_fake;
	b->ctx.view = &nobody_runs;
	b->ctx.view_handle = b;
	assert_int_equal(store_open(&b->ctx, STORE_CREATE, &s, &err), 0);
	domain_make(&b->ctx, s);
	*state = b;
	return 0;
}

static int bench_teardown(void **state)
{
	struct bench *b = *state;
	void *folder = b->folder;

	b->ctx.view = NULL;
	b->ctx.view_handle = NULL;
	ctx_dispose(&b->ctx);
	free(b);
	return folder_teardown(&folder);
}

static void misbehave(const struct bench *b, const char *op)
{
	cleanup_free char *path = xasprintf("%s/fake-storage", b->ctx.state_dir);
	cleanup_free char *line =
		xasprintf("fail %s as the test wants it\n", op ? op : "nothing");

	if (op)
		assert_int_equal(file_replace(path, line, strlen(line), 0644, 0), 0);
	else
		unlink(path);
}

static const struct op_volume private = {.vm = "work", .role = VOL_PRIVATE};

/* The files of the pools, the size in MiB, what a reader gets: "one/v1-g1 one/v1-r1 1 =x". */
static char *seen(struct bench *b)
{
	cleanup_buf struct buf all = BUF_INIT;
	cleanup_free char *out = xasprintf("%s/out", b->folder);
	cleanup_close int fd = open(out, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct volume_info info;
	char data[32] = "";
	struct qvm_err err;

	for (int i = 0; i < 2; i++) {
		const char *pool = i ? "two" : "one";
		cleanup_free char *path =
			xasprintf("%s/fake-pool/%s", b->ctx.state_dir, pool);
		cleanup_strv struct strv ids = STRV_INIT;

		if (fake_list(path, &ids, &err) < 0)
			continue;
		for (size_t k = 0; k < ids.n; k++)
			buf_addf(&all, "%s/%s ", pool, ids.v[k]);
	}
	assert_int_equal(op_volume_info(&b->ctx, &private, &info, &err), 0);
	buf_addf(&all, "%llu ", (unsigned long long)info.volume->size / MIB);
	volume_info_dispose(&info);
	if (op_volume_export(&b->ctx, &private, NULL, fd, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(pread(fd, data, sizeof(data) - 1, 0) >= 0);
	buf_addf(&all, "=%s", data);
	return buf_steal(&all);
}

static int import_text(struct bench *b, const char *text)
{
	cleanup_close int fd = file_of(b->folder, "in", text, strlen(text), 0);
	const struct volume_import from = {.fd = fd, .known = strlen(text)};
	struct qvm_err err;
	int r = op_volume_import(&b->ctx, &private, &from, &err);

	if (r < 0 && !strstr(err.text, "as the test wants it"))
		fail_msg("%s", err.text);
	return r;
}

static int act_import(struct bench *b)
{
	return import_text(b, "new");
}

static int act_revert(struct bench *b)
{
	struct qvm_err err;

	return op_volume_revert(&b->ctx, &private, "1", &err);
}

static int act_clear(struct bench *b)
{
	struct qvm_err err;

	return op_volume_clear(&b->ctx, &private, &err);
}

static int act_shrink(struct bench *b)
{
	struct qvm_err err;

	return op_volume_resize(&b->ctx, &private, MIB, true, &err);
}

static int act_grow(struct bench *b)
{
	struct qvm_err err;

	return op_volume_resize(&b->ctx, &private, 4 * MIB, false, &err);
}

static int act_move(struct bench *b)
{
	struct qvm_err err;

	return op_volume_move(&b->ctx, &private, "two", &err);
}

/* Whatever step fails: content, revisions and files are as before. */
static void a_failure_changes_nothing(void **state)
{
	static int (*const acts[])(struct bench *) = {act_import, act_revert, act_clear,
						      act_shrink, act_move,   act_grow};
	static const char *const ops[] = {"snapshot", "create", "device", "stat",
					  "resize"};
	struct bench *b = *state;
	struct qvm_err err;
	int failed = 0;

	assert_int_equal(import_text(b, "old"), 0);
	assert_int_equal(op_volume_resize(&b->ctx, &private, 2 * MIB, false, &err), 0);
	for (size_t i = 0; i < array_len(acts); i++) {
		for (size_t k = 0; k < array_len(ops); k++) {
			cleanup_free char *before = seen(b);
			cleanup_free char *after = NULL;
			int r;

			/* Growing in place needs no new volume: there is one way to fail. */
			if (acts[i] == act_grow && strcmp(ops[k], "resize") != 0)
				continue;
			misbehave(b, ops[k]);
			r = acts[i](b);
			misbehave(b, NULL);
			after = seen(b);
			if (r == 0)
				break;
			failed++;
			assert_string_equal(before, after);
		}
	}
	assert_true(failed > 10);
}

static void going_back_loses_nothing(void **state)
{
	struct bench *b = *state;
	cleanup_free char *back = NULL, *forth = NULL;
	struct qvm_err err;

	assert_int_equal(import_text(b, "first"), 0);
	assert_int_equal(op_volume_snapshot(&b->ctx, &private, "name", &err), 0);
	assert_int_equal(import_text(b, "second"), 0);
	assert_int_equal(op_volume_revert(&b->ctx, &private, "name", &err), 0);
	back = seen(b);
	assert_non_null(strstr(back, "=first"));
	assert_int_equal(op_volume_revert(&b->ctx, &private, NULL, &err), 0);
	forth = seen(b);
	assert_non_null(strstr(forth, "=second"));
}

/* What was written since the newest revision is the older state, too. */
static void what_has_no_revision_yet_is_kept(void **state)
{
	struct bench *b = *state;
	cleanup_free char *live = xasprintf("%s/fake-pool/one/v1-g1", b->ctx.state_dir);
	cleanup_close int fd = open(live, O_WRONLY | O_CLOEXEC);
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	cleanup_free char *back = NULL;
	struct qvm_err err;

	assert_int_equal(pwrite(fd, "written", 7, 0), 7);
	assert_int_equal(store_open(&b->ctx, STORE_WRITE, &s, &err), 0);
	assert_int_equal(store_load(s, &w, &err), 0);
	world_vm(w, "work")->volumes[VOL_PRIVATE].dirty = true;
	assert_int_equal(
		store_volume_update(s, &world_vm(w, "work")->volumes[VOL_PRIVATE], &err),
		0);
	store_close(steal(s));
	assert_int_equal(import_text(b, "new"), 0);
	assert_int_equal(op_volume_revert(&b->ctx, &private, NULL, &err), 0);
	back = seen(b);
	assert_non_null(strstr(back, "=written"));
}

/* An intent without an owner is left by a process that died before it could finish. */
static void abandon(struct bench *b, struct intent *in)
{
	cleanup_store struct store *s = NULL;
	struct qvm_err err;

	assert_int_equal(store_open(&b->ctx, STORE_WRITE, &s, &err), 0);
	assert_int_equal(intent_begin(s, in, &err), 0);
	in->owner_pid = 1;
	in->owner_start = 1;
	assert_int_equal(intent_resolve(&b->ctx, s, in, &err), 0);
}

static void what_a_crash_left_in_another_pool_goes(void **state)
{
	struct bench *b = *state;
	cleanup_free char *before = seen(b);
	cleanup_free char *other = xasprintf("%s/fake-pool/two", b->ctx.state_dir);
	cleanup_free char *same_id = xasprintf("%s/v1-r1", other);
	cleanup_free char *after = NULL;
	cleanup(intent_dispose) struct intent in = {.vm_id = 1, .op = INTENT_REVISE};

	assert_int_equal(dir_make(other, 0755), 0);
	assert_int_equal(file_replace(same_id, "x", 1, 0644, 0), 0);
	intent_item_add(&in, "volume", "two", "v1-r1");
	intent_item_add(&in, "volume", "one", "v1-r1");
	abandon(b, &in);
	after = seen(b);
	assert_string_equal(before, after);
}

static void a_resize_cut_short_is_finished(void **state)
{
	struct bench *b = *state;
	cleanup_free char *path = xasprintf("%s/fake-pool/one/v1-g1", b->ctx.state_dir);
	cleanup(intent_dispose) struct intent in = {.vm_id = 1, .op = INTENT_REVISE};
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	struct qvm_err err;
	struct stat st;

	assert_int_equal(store_open(&b->ctx, STORE_WRITE, &s, &err), 0);
	assert_int_equal(store_load(s, &w, &err), 0);
	world_vm(w, "work")->volumes[VOL_PRIVATE].size = 3 * MIB;
	assert_int_equal(
		store_volume_update(s, &world_vm(w, "work")->volumes[VOL_PRIVATE], &err),
		0);
	store_close(steal(s));
	intent_item_add(&in, "resize", "one", "v1-g1");
	abandon(b, &in);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 3 * MIB);
}

static void named_ones_do_not_count(void **state)
{
	struct bench *b = *state;
	cleanup_free char *files = NULL;
	struct qvm_err err;

	assert_int_equal(op_volume_snapshot(&b->ctx, &private, "kept", &err), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(import_text(b, "x"), 0);
	files = seen(b);
	/* the named one, one older state, the current one, and the live generation */
	assert_string_equal(files, "one/v1-g5 one/v1-r1 one/v1-r4 one/v1-r5 1 =x");
	assert_int_equal(op_volume_drop(&b->ctx, &private, "5", &err), -QVM_E_IN_USE);
	assert_int_equal(op_volume_pin(&b->ctx, &private, "4", true, &err), 0);
	assert_int_equal(op_volume_drop(&b->ctx, &private, "4", &err), -QVM_E_IN_USE);
	assert_int_equal(op_volume_drop(&b->ctx, &private, "kept", &err), 0);
	assert_int_equal(op_volume_pin(&b->ctx, &private, "4", false, &err), 0);
	assert_int_equal(
		op_volume_config(&b->ctx, &private, "revisions_to_keep", "-1", &err), 0);
	assert_int_equal(op_volume_snapshot(&b->ctx, &private, "x", &err), -QVM_E_VALUE);
	assert_int_equal(
		op_volume_config(&b->ctx, &private, "revisions_to_keep", "0", &err), 0);
	free(files);
	files = seen(b);
	assert_string_equal(files, "one/v1-g5 one/v1-r1 1 =x");
}

#define on_bench(fn) cmocka_unit_test_setup_teardown(fn, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_of_a_pool),
		cmocka_unit_test(names_of_revisions),
		cmocka_unit_test(numbers_of_intents_count),
		cmocka_unit_test(finds_revisions),
		in_folder(copies_what_is_there),
		in_folder(compares_and_writes_what_differs),
		in_folder(holds_to_sizes_and_limits),
		on_bench(a_failure_changes_nothing),
		on_bench(going_back_loses_nothing),
		on_bench(what_has_no_revision_yet_is_kept),
		on_bench(what_a_crash_left_in_another_pool_goes),
		on_bench(a_resize_cut_short_is_finished),
		on_bench(named_ones_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

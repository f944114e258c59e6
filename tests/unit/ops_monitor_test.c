/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qvm-stats and qvm-events do all day: looks at all domains, ten thousand of them. */
#include "tests/unit/leak.h"

#include <errno.h>
#include <sys/inotify.h>
#include <sys/syscall.h>

#include "core/store.h"
#include "lib/size.h"
#include "ops/internal.h"
#include "ops/monitor.h"

static const struct uuid uuids[] = {{{1}}, {{2}}, {{3}}};
static uint64_t looks; /* so that each of them differs */

static int three_run(void *view unused, struct hv_dom **ret, size_t *n,
		     struct qvm_err *err unused)
{
	*n = array_len(uuids) - looks % 2; /* one comes and goes */
	*ret = xcalloc(*n, sizeof(**ret));
	for (size_t i = 0; i < *n; i++)
		(*ret)[i] = (struct hv_dom){.id = {(uint32_t)i + 1, uuids[i]},
					    .memory = 100 * MIB,
					    .cpu_ns = looks * 1000,
					    .vcpus = 1};
	looks++;
	return 0;
}

static int one_host(void *view unused, struct hv_host *ret, struct qvm_err *err unused)
{
	*ret = (struct hv_host){.memory = GIB, .cpus = 1};
	return 0;
}

static int find_none(void *view unused, const struct hv_id *id unused,
		     struct hv_dom *ret unused, struct qvm_err *err unused)
{
	return -QVM_E_NOT_RUNNING;
}

static int count_all(void *view unused, const struct hv_id *ids unused, size_t n,
		     struct hv_io *ret, struct qvm_err *err unused)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = (struct hv_io){.known = true, .read_bytes = looks};
	return 0;
}

static const struct hv_view_ops three = {.name = "three",
					 .host = one_host,
					 .list = three_run,
					 .find = find_none,
					 .io = count_all};

/* In place of the library's. */
static bool refuse_inotify;

int inotify_init1(int flags)
{
	if (refuse_inotify) {
		errno = EMFILE;
		return -1;
	}
	return (int)syscall(SYS_inotify_init1, flags);
}

static void make_domains(struct qvm_ctx *ctx)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	struct qvm_err err;

	assert_int_equal(store_open(ctx, STORE_CREATE, &s, &err), 0);
	assert_int_equal(store_load(s, &w, &err), 0);
	for (size_t i = 0; i < array_len(uuids); i++) {
		struct vm vm = {.klass = CLASS_STANDALONE, .uuid = uuids[i]};

		snprintf(vm.name, sizeof(vm.name), "vm%zu", i);
		if (vm_make(ctx, s, w, &vm, NULL, &err) < 0)
			fail_msg("%s", err.text);
	}
}

/* Every tenth look finds the registry changed, and reads all of it again. */
static void change(struct qvm_ctx *ctx, int i)
{
	cleanup_store struct store *s = NULL;
	struct qvm_err err;

	if (i % 10)
		return;
	assert_int_equal(store_open(ctx, STORE_WRITE, &s, &err), 0);
	assert_int_equal(store_begin(s, &err), 0);
	assert_int_equal(store_tag_set(s, 0, "t", i % 20 == 0, &err), 0);
	assert_int_equal(store_commit(s, &err), 0);
}

static void look(struct qvm_ctx *ctx, unsigned flags)
{
	cleanup_monitor struct monitor *m = NULL;
	struct taken before = {0};
	struct qvm_err err;

	assert_int_equal(monitor_open(ctx, flags, &m, &err), 0);
	for (int i = 0; i < LEAK_ROUNDS; i++) {
		if (i == LEAK_WARM)
			before = taken_now();
		change(ctx, i);
		if (monitor_look(m, &err) < 0)
			fail_msg("%s", err.text);
	}
	assert_int_equal(monitor_world(m)->vm_count, array_len(uuids) + 1);
	assert_no_leak(before);
}

static void test_looks(void **state)
{
	struct qvm_ctx ctx = {.view = &three, .view_handle = &looks};

	ctx.state_dir = xasprintf("%s/state", (char *)*state);
	ctx.run_dir = xasprintf("%s/run", (char *)*state);
	make_domains(&ctx);
	look(&ctx, MONITOR_IO);
	look(&ctx, MONITOR_BEFORE);
	ctx.view = NULL;
	ctx.view_handle = NULL;
	ctx_dispose(&ctx);
}

/* Where nothing can tell of changes (others have all of a user's inotify): looking does. */
static void test_not_told(void **state)
{
	struct qvm_ctx ctx = {.view = &three, .view_handle = &looks};
	cleanup_monitor struct monitor *m = NULL;
	struct qvm_err err;
	int r;

	ctx.state_dir = xasprintf("%s/state", (char *)*state);
	ctx.run_dir = xasprintf("%s/run", (char *)*state);
	make_domains(&ctx);
	refuse_inotify = true;
	r = monitor_open(&ctx, MONITOR_BEFORE, &m, &err);
	refuse_inotify = false;
	assert_int_equal(r, 0);
	assert_int_equal(monitor_fd(m), -1);
	looks = 0;
	assert_int_equal(monitor_look(m, &err), 0);
	looks = 0; /* the same three again */
	assert_false(monitor_is_stale(m));
	change(&ctx, 0);
	looks = 0;
	assert_true(monitor_is_stale(m));
	assert_int_equal(monitor_look(m, &err), 0);
	looks = 0;
	assert_false(monitor_is_stale(m));
	ctx.view = NULL;
	ctx.view_handle = NULL;
	monitor_close(steal(m));
	ctx_dispose(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {in_folder(test_looks),
					   in_folder(test_not_told)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

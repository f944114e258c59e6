/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the driver `thin` has on its device: written, read back, and damaged. */
#include "storage/thinpool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "storage/thin.h"
#include "tests/unit/test.h"

static void state_on_disk(void **state unused)
{
	struct tp_state s = {.seq = 7, .next = 3, .growing = true, .segment_count = 2};
	struct tp_state got;
	struct uuid pool = {{1, 2, 3}}, other = {{1, 2, 4}};
	cleanup_buf struct buf data = BUF_INIT;
	struct tp_volume *v = tp_add(&s, "v1-g1");

	v->size = 5 * GIB;
	v->flags = TP_READONLY;
	s.segments[1] = (struct tp_segment){1, 2, 3, 4};
	assert_int_equal(tp_state_encode(&s, &pool, &data), 0);
	assert_int_equal(tp_state_decode((uint8_t *)data.data, data.len, &pool, &got), 0);
	assert_int_equal(got.seq, 7);
	assert_int_equal(got.next, 4);
	assert_true(got.growing);
	assert_memory_equal(got.segments, s.segments, sizeof(s.segments));
	assert_int_equal(got.n, 1);
	assert_memory_equal(got.v, s.v, sizeof(*s.v));
	tp_state_dispose(&got);
	assert_int_equal(tp_state_decode((uint8_t *)data.data, data.len, &other, &got),
			 -EINVAL);
	for (size_t i = 0; i < data.len; i++) {
		assert_int_equal(tp_state_decode((uint8_t *)data.data, i, &pool, &got),
				 -EINVAL);
		data.data[i] ^= 16;
		assert_int_equal(
			tp_state_decode((uint8_t *)data.data, data.len, &pool, &got),
			-EINVAL);
		data.data[i] ^= 16;
	}
	tp_state_dispose(&s);
}

/* A write that fails is tried again at the same place: the other copy is the last whole one. */
static void keeps_the_copy_that_is_whole(void **state)
{
	char *folder = *state;
	cleanup_free char *path = xasprintf("%s/head", folder);
	cleanup_close int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct rlimit before, least = {0};
	struct uuid pool = {{1}};
	struct tp_state s = {0}, got;

	assert_int_equal(tp_state_save(fd, &pool, &s), 0); /* copy 1 */
	assert_int_equal(tp_state_save(fd, &pool, &s), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	least.rlim_cur = TP_STATE_AT(1);
	least.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &least), 0);
	assert_int_equal(tp_state_save(fd, &pool, &s), -EFBIG);
	assert_int_equal(tp_state_save(fd, &pool, &s), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(tp_state_load(fd, &pool, &got), 0);
	assert_int_equal(got.seq, 2);
	tp_state_dispose(&got);
}

/* One that cannot be read may be the newer one: the older is not taken for it. */
static void does_not_guess(void **state)
{
	char *folder = *state;
	cleanup_free char *path = xasprintf("%s/head", folder);
	cleanup_close int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct uuid pool = {{1}};
	struct tp_state s = {0}, got;

	assert_int_equal(tp_state_save(fd, &pool, &s), 0);
	assert_int_equal(tp_state_save(fd, &pool, &s), 0);
	assert_int_equal(tp_state_load(fd, &pool, &got), 0);
	tp_state_dispose(&got);
	assert_int_equal(ftruncate(fd, (off_t)TP_STATE_AT(1) + 10), 0);
	assert_int_equal(tp_state_load(fd, &pool, &got), -ENODATA);
}

static void numbers_come_round(void **state unused)
{
	struct tp_state s = {.next = THIN_ID_MAX};

	assert_int_equal(tp_add(&s, "a")->thin, THIN_ID_MAX);
	assert_int_equal(tp_add(&s, "b")->thin, 0);
	s.next = THIN_ID_MAX;
	assert_int_equal(tp_add(&s, "c")->thin, 1);
	tp_drop(&s, tp_find(&s, "a"));
	assert_null(tp_find(&s, "a"));
	assert_int_equal(tp_find(&s, "c")->thin, 1);
	tp_state_dispose(&s);
}

/* The metadata of a large device stay small. */
static void blocks_grow_with_the_device(void **state unused)
{
	struct tp_segment g;
	sectors len = 4ULL * 1024 * GIB / SECTOR;

	assert_int_equal(tp_block(GIB / SECTOR) * SECTOR, 64 * KIB);
	assert_true(tp_divide(16384, len, tp_block(len), 0, &g));
	assert_true(g.meta_len * SECTOR <= 129 * MIB);
	assert_true(g.data >= g.meta + g.meta_len);
	assert_true(g.data + g.data_len <= 16384 + len);
	assert_int_equal(g.data_len % tp_block(len), 0);
	assert_false(tp_divide(16384, 8192, 128, 0, &g));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_on_disk),
		in_folder(keeps_the_copy_that_is_whole),
		in_folder(does_not_guess),
		cmocka_unit_test(numbers_come_round),
		cmocka_unit_test(blocks_grow_with_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

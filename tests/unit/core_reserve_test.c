/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/reserve.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "lib/size.h"
#include "tests/unit/test.h"

/* In place of the C library's: a disk as full as the test wants it. */
static uint64_t room;

int statvfs(const char *path, struct statvfs *ret)
{
	(void)path;
	*ret = (struct statvfs){.f_frsize = 4096, .f_blocks = GIB / 4096};
	ret->f_bavail = room / 4096;
	return 0;
}

static uint64_t reserve_size(const char *folder)
{
	cleanup_free char *path = xasprintf("%s/reserve", folder);
	struct stat st;

	return stat(path, &st) < 0 ? 0 : (uint64_t)st.st_blocks * 512;
}

static void is_kept_and_given_up(void **state)
{
	struct qvm_ctx ctx = {.state_dir = *state};

	room = 10 * MIB;
	reserve_keep(&ctx);
	assert_int_equal(reserve_size(*state), 0); /* others need that more */
	room = 100 * MIB;
	reserve_keep(&ctx);
	reserve_keep(&ctx);
	assert_true(reserve_size(*state) >= 4 * MIB);
	room = 2 * MIB;
	reserve_use(&ctx);
	assert_true(reserve_size(*state) >= 4 * MIB);
	room = MIB / 2;
	reserve_use(&ctx);
	assert_int_equal(reserve_size(*state), 0);
	reserve_use(&ctx);
}

static void refuses_with_the_figure(void **state)
{
	struct qvm_ctx ctx = {.state_dir = *state};
	struct qvm_err err = QVM_ERR_INIT;

	room = MIB;
	assert_int_equal(reserve_check(&ctx, &err), 0);
	room = MIB / 2;
	assert_int_equal(reserve_check(&ctx, &err), -QVM_E_NO_SPACE);
	assert_non_null(strstr(err.text, "512 KiB of its 1 GiB are free"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(is_kept_and_given_up),
		in_folder(refuses_with_the_figure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

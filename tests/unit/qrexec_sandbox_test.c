/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "lib/proc.h"
#include "tests/unit/test.h"

/* What a kernel without landlock, or without seccomp in this build, cannot show. */
static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

/* In a process of its own, confined to folder INSIDE: its status. */
static int confined(const char *inside, const char *outside)
{
	int in = open(inside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int out = open(outside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct sandbox_folder folder = {in, LANDLOCK_ACCESS_FS_MAKE_REG |
							  LANDLOCK_ACCESS_FS_WRITE_FILE};
	const int new_file = O_WRONLY | O_CREAT | O_EXCL;
	pid_t pid = fork();

	if (pid == 0) {
		int bad = 0;

		if (sandbox_folders(&folder, 1) < 0)
			_exit(64);
		bad |= openat(in, "x", new_file, 0600) < 0 ? 1 : 0;
		bad |= mkdirat(in, "d", 0700) < 0 && errno == EACCES ? 0 : 2;
		bad |= openat(out, "x", new_file, 0600) < 0 && errno == EACCES ? 0 : 4;
		bad |= openat(out, "old", O_RDONLY) < 0 && errno == EACCES ? 0 : 8;
		bad |= openat(in, "../outside/x", new_file, 0600) < 0 && errno == EACCES
			       ? 0
			       : 16;
		_exit(bad);
	}
	close(in);
	close(out);
	return proc_wait(pid);
}

static void test_folders(void **state)
{
	cleanup_free char *inside = xasprintf("%s/inside", (char *)*state);
	cleanup_free char *outside = xasprintf("%s/outside", (char *)*state);
	cleanup_free char *old = xasprintf("%s/old", outside);

	if (!has_landlock())
		skip();
	assert_int_equal(dir_make(inside, 0700), 0);
	assert_int_equal(dir_make(outside, 0700), 0);
	assert_int_equal(file_replace(old, "x", 1, 0600, 0), 0);
	assert_int_equal(confined(inside, outside), 0);
}

/* The address sanitizer makes calls of its own. */
#if !defined(__SANITIZE_ADDRESS__) && defined(__x86_64__)
#define CAN_FILTER
static void test_calls(void **state)
{
	static const struct sandbox_call calls[] = {
		{SYS_exit_group}, {SYS_close}, {SYS_getpid, true}};

	(void)state;
	for (int kill = 0; kill < 2; kill++) {
		pid_t pid = fork();

		if (pid == 0) {
			if (sandbox_folders(NULL, 0) < 0 ||
			    sandbox_calls(calls, array_len(calls)) < 0)
				_exit(64);
			if (syscall(SYS_getpid) >= 0 || errno != EPERM)
				_exit(1);
			if (kill)
				syscall(SYS_getppid);
			_exit(2);
		}
		assert_int_equal(proc_wait(pid), kill ? 128 + SIGSYS : 2);
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(test_folders),
#ifdef CAN_FILTER
		cmocka_unit_test(test_calls),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

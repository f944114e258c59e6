/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/proc.h"
#include "tests/unit/test.h"

static void replaces_whole_files(void **state)
{
	cleanup_free char *path = xasprintf("%s/file", (char *)*state);
	cleanup_free char *tmp = xasprintf("%s.tmp", path);
	cleanup_buf struct buf b = BUF_INIT;
	struct stat st;

	assert_int_equal(file_replace(path, "first", 5, 0600, 1), 0);
	assert_int_equal(file_replace(path, "2nd", 3, 0600, 0), 0);
	assert_int_equal(file_read(path, 100, &b), 0);
	assert_string_equal(buf_str(&b), "2nd");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(access(tmp, F_OK), -1);
}

static void a_left_over_is_no_trap(void **state)
{
	cleanup_free char *path = xasprintf("%s/file", (char *)*state);
	cleanup_free char *tmp = xasprintf("%s.tmp", path);
	cleanup_free char *victim = xasprintf("%s/victim", (char *)*state);
	cleanup_buf struct buf b = BUF_INIT;

	assert_int_equal(file_replace(victim, "whole", 5, 0600, 0), 0);
	assert_int_equal(symlink(victim, tmp), 0);
	assert_true(file_replace(path, "x", 1, 0600, 0) < 0);
	assert_int_equal(file_read(victim, 100, &b), 0);
	assert_string_equal(buf_str(&b), "whole");
}

static void reads_up_to_the_limit(void **state)
{
	cleanup_free char *path = xasprintf("%s/file", (char *)*state);
	cleanup_free char *large = xcalloc(1, 100000);
	cleanup_buf struct buf b = BUF_INIT;

	assert_int_equal(file_read(path, 10, &b), -ENOENT);
	assert_int_equal(file_replace(path, large, 100000, 0600, 0), 0);
	assert_int_equal(file_read(path, 99999, &b), -EFBIG);
	buf_reset(&b);
	assert_int_equal(file_read(path, 100000, &b), 0);
	assert_int_equal(b.len, 100000);
}

static void reads_and_writes_in_pieces(void **state)
{
	const size_t len = 1 << 20; /* more than a pipe holds */
	cleanup_free char *data = xcalloc(1, len);
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		memset(data, 'x', len);
		_exit(fd_write_all(fds[1], data, len) < 0 ||
		      fd_write_all(fds[1], "end", 3) < 0);
	}
	close(fds[1]);
	assert_int_equal(fd_read_exactly(fds[0], data, len), 0);
	assert_int_equal(data[0], 'x');
	assert_int_equal(data[len - 1], 'x');
	assert_int_equal(fd_read_exactly(fds[0], data, 3), 0);
	assert_memory_equal(data, "end", 3);
	assert_int_equal(fd_read_exactly(fds[0], data, 1), -ENODATA);
	close(fds[0]);
	assert_int_equal(fd_read_exactly(fds[0], data, 1), -EBADF);
	assert_int_equal(proc_wait(pid), 0);
}

static void makes_and_removes_trees(void **state)
{
	cleanup_free char *outside = xasprintf("%s/outside", (char *)*state);
	cleanup_free char *top = xasprintf("%s/a", (char *)*state);
	cleanup_free char *deep = xasprintf("%s/a/b/c", (char *)*state);
	cleanup_free char *link = xasprintf("%s/a/b/link", (char *)*state);
	cleanup_free char *file = xasprintf("%s/a/b/file", (char *)*state);

	assert_int_equal(dir_make(outside, 0755), 0);
	assert_int_equal(dir_make(deep, 0755), 0);
	assert_int_equal(dir_make(deep, 0755), 0);
	assert_int_equal(symlink(outside, link), 0);
	assert_int_equal(file_replace(file, "", 0, 0400, 0), 0);
	assert_true(dir_make(file, 0755) == 0 || access(file, F_OK) == 0);
	assert_int_equal(tree_remove(top), 0);
	assert_int_equal(access(top, F_OK), -1);
	assert_int_equal(access(outside, F_OK), 0);
	assert_int_equal(tree_remove(top), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(replaces_whole_files),
		in_folder(a_left_over_is_no_trap),
		in_folder(reads_up_to_the_limit),
		cmocka_unit_test(reads_and_writes_in_pieces),
		in_folder(makes_and_removes_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

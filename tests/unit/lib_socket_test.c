/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tests/unit/test.h"

static void connects_with_who_listens(void **state)
{
	cleanup_free char *path = xasprintf("%s/socket", (char *)*state);
	cleanup_close int listener = unix_listen(path, 0700, 1);
	cleanup_close int ours = unix_connect(path);
	cleanup_close int theirs = -1;
	char byte = 0;

	assert_true(listener >= 0);
	assert_true(ours >= 0);
	assert_true(fcntl(listener, F_GETFL) & O_NONBLOCK);
	assert_false(fcntl(ours, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(listener, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(ours, F_GETFD) & FD_CLOEXEC);
	theirs = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(write(theirs, "x", 1), 1);
	assert_int_equal(read(ours, &byte, 1), 1);
	assert_int_equal(byte, 'x');
}

static void says_why_nobody_answers(void **state)
{
	cleanup_free char *path = xasprintf("%s/socket", (char *)*state);
	int listener;

	assert_int_equal(unix_connect(path), -ENOENT);
	listener = unix_listen(path, 0700, 1);
	assert_true(listener >= 0);
	close(listener);
	assert_int_equal(unix_connect(path), -ECONNREFUSED);
}

static void has_its_mode_and_replaces_what_is_there(void **state)
{
	static const mode_t modes[] = {0777, 0600, 0755};
	cleanup_free char *path = xasprintf("%s/socket", (char *)*state);
	mode_t before = umask(0027);

	for (size_t i = 0; i < array_len(modes); i++) {
		cleanup_close int fd = unix_listen(path, modes[i], 1);
		struct stat st;

		assert_true(fd >= 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, modes[i]);
	}
	assert_int_equal(umask(before), 0027);
}

static void a_path_must_fit(void **state)
{
	struct sockaddr_un at;
	char path[sizeof(at.sun_path) + 1] = {0};

	(void)state;
	memset(path, 'x', sizeof(path) - 2);
	assert_int_equal(unix_address(path, &at), 0);
	assert_string_equal(at.sun_path, path);
	assert_int_equal(at.sun_family, AF_UNIX);
	path[sizeof(path) - 2] = 'x';
	assert_int_equal(unix_address(path, &at), -ENAMETOOLONG);
	assert_int_equal(unix_connect(path), -ENAMETOOLONG);
	assert_int_equal(unix_listen(path, 0600, 1), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(connects_with_who_listens),
		in_folder(says_why_nobody_answers),
		in_folder(has_its_mode_and_replaces_what_is_there),
		cmocka_unit_test(a_path_must_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

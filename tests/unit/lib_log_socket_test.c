/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/log_socket.h"

#include <errno.h>
#include <sys/socket.h>

#include "lib/socket.h"
#include "tests/unit/test.h"

/* Who keeps the log. */
static int reader_at(const char *path)
{
	struct sockaddr_un at;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(unix_address(path, &at), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void sends_a_line(void **state)
{
	cleanup_free char *path = xasprintf("%s/log", (char *)*state);
	cleanup_close int reader = reader_at(path);
	cleanup_close int fd = log_socket_open(path, 0);
	char got[64] = "";

	assert_true(fd >= 0);
	log_socket_line(fd, 13, "who[7]", "what, and more", 4);
	assert_int_equal(recv(reader, got, sizeof(got) - 1, MSG_DONTWAIT), 16);
	assert_string_equal(got, "<13>who[7]: what");
}

static void says_why_there_is_no_log(void **state)
{
	cleanup_free char *path = xasprintf("%s/log", (char *)*state);

	assert_int_equal(log_socket_open(path, 0), -ENOENT);
	close(reader_at(path));
	assert_int_equal(log_socket_open(path, 100), -ECONNREFUSED);
}

/* A reader that has stopped reading keeps nobody for longer than was said. */
static void does_not_wait_for_ever(void **state)
{
	static const struct {
		int wait_ms,
			lines; /* the first fill what the kernel keeps for a reader */
	} cases[] = {{0, 2000}, {20, 5}};
	cleanup_free char *path = xasprintf("%s/log", (char *)*state);
	cleanup_close int reader = reader_at(path);

	for (size_t i = 0; i < array_len(cases); i++) {
		cleanup_close int fd = log_socket_open(path, cases[i].wait_ms);

		assert_true(fd >= 0);
		for (int n = 0; n < cases[i].lines; n++)
			log_socket_line(fd, 13, "who", "x", 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(sends_a_line),
		in_folder(says_why_there_is_no_log),
		in_folder(does_not_wait_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

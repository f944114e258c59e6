/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/test.h"

static const int list[] = {SIGCHLD, SIGTERM, SIGUSR1, 0};

static bool is_blocked(int sig)
{
	sigset_t now;

	sigprocmask(SIG_SETMASK, NULL, &now);
	return sigismember(&now, sig) == 1;
}

static void tells_ends_from_children(void **state)
{
	cleanup_close int fd = signals_open(list);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	pid_t pid;

	(void)state;
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_false(signals_end(fd));
	pid = fork();
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_false(signals_end(fd));
	assert_int_equal(poll(&p, 1, 0), 0); /* it was taken */
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_true(signals_end(fd));
	assert_false(signals_end(fd));
	signals_unblock();
}

static void blocks_and_unblocks(void **state)
{
	(void)state;
	assert_false(is_blocked(SIGUSR1));
	assert_int_equal(signals_block((const int[]){SIGUSR1, 0}), 0);
	assert_int_equal(signals_block((const int[]){SIGUSR2, 0}), 0);
	assert_true(is_blocked(SIGUSR1));
	assert_true(is_blocked(SIGUSR2));
	assert_false(is_blocked(SIGTERM));
	signals_unblock();
	assert_false(is_blocked(SIGUSR1));
	assert_false(is_blocked(SIGUSR2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_ends_from_children),
		cmocka_unit_test(blocks_and_unblocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/test.h"

static int run_shell(const char *script, struct proc_request req, int *ret_status)
{
	const char *const argv[] = {"sh", "-c", script, NULL};

	req.argv = argv;
	return proc_run(&req, ret_status);
}

static void gives_status_and_output(void **state)
{
	cleanup_buf struct buf out = BUF_INIT;
	cleanup_buf struct buf err = BUF_INIT;
	const struct proc_request req = {.out = &out, .err = &err};
	int status = -1;

	(void)state;
	assert_int_equal(run_shell("echo out; echo err >&2; exit 7", req, &status), 0);
	assert_int_equal(status, 7);
	assert_string_equal(buf_str(&out), "out\n");
	assert_string_equal(buf_str(&err), "err\n");
	assert_int_equal(run_shell("kill -TERM $$", req, &status), 0);
	assert_int_equal(status, 128 + SIGTERM);
}

/* More than a pipe holds in both directions: nobody may wait for the other. */
static void feeds_and_reads_at_the_same_time(void **state)
{
	cleanup_free char *input = xcalloc(1, 1 << 20);
	cleanup_buf struct buf out = BUF_INIT;
	const struct proc_request req = {
		.input = input, .input_len = 1 << 20, .out = &out};
	int status = -1;

	(void)state;
	memset(input, 'x', 1 << 20);
	assert_int_equal(run_shell("cat", req, &status), 0);
	assert_int_equal(status, 0);
	assert_int_equal(out.len, 1 << 20);
}

static void survives_a_child_that_does_not_read(void **state)
{
	cleanup_free char *input = xcalloc(1, 1 << 20);
	const struct proc_request req = {.input = input, .input_len = 1 << 20};
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	int status = -1;

	(void)state;
	assert_int_equal(run_shell("exit 3", req, &status), 0);
	assert_int_equal(status, 3);
	signal(SIGPIPE, before);
}

static void keeps_no_more_than_the_limit(void **state)
{
	cleanup_buf struct buf out = BUF_INIT;
	const struct proc_request req = {.out = &out, .limit = 1000};
	int status = -1;

	(void)state;
	assert_int_equal(run_shell("head -c 300000 /dev/zero", req, &status), 0);
	assert_int_equal(status, 0);
	assert_int_equal(out.len, 1000);
}

static void kills_what_takes_too_long(void **state)
{
	cleanup_buf struct buf out = BUF_INIT;
	const struct proc_request with_output = {.out = &out, .timeout_ms = 50};
	const struct proc_request without = {.timeout_ms = 50};
	int status = -1;

	(void)state;
	assert_int_equal(run_shell("exec sleep 60", with_output, &status), -ETIMEDOUT);
	assert_int_equal(run_shell("exec sleep 60", without, &status), -ETIMEDOUT);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void says_when_there_is_no_such_program(void **state)
{
	const char *const argv[] = {"/nonexistent/program", NULL};
	const struct proc_request req = {.argv = argv};
	int status = -1;

	(void)state;
	assert_int_equal(proc_run(&req, &status), -ENOENT);
}

static void passes_on_no_descriptors(void **state)
{
	cleanup_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cleanup_close int fd = fcntl(null, F_DUPFD_CLOEXEC, 100);
	cleanup_buf struct buf out = BUF_INIT;
	const struct proc_request req = {.out = &out};
	int status = -1;

	(void)state;
	assert_int_equal(fd, 100);
	assert_int_equal(run_shell("[ ! -e /proc/$$/fd/100 ]", req, &status), 0);
	assert_int_equal(status, 0);
}

/* A detached process is nobody's child here, and ends with its own work. */
static void detaches(void **state)
{
	const char *const argv[] = {"/bin/sh", "-c", "echo hello >&3", NULL};
	char text[16] = "";
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(proc_spawn_detached(argv, -1, -1, -1, fds[1]), 0);
	close(fds[1]);
	assert_int_equal(read(fds[0], text, sizeof(text)), 6);
	assert_string_equal(text, "hello\n");
	close(fds[0]);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* What can wait runs at the lowest priority, until it says that it is like others. */
static void leaves_the_processor_to_others(void **state)
{
	cleanup_free char *path = xasprintf("%s/fifo", (const char *)*state);
	const char *const argv[] = {"/bin/sh", "-c", "nice >\"$0\"", path, NULL};
	struct pollfd p = {.events = POLLIN};
	int mine = getpriority(PRIO_PROCESS, 0);
	char text[16] = "";

	assert_int_equal(mkfifo(path, 0600), 0);
	p.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(p.fd >= 0);
	assert_int_equal(proc_spawn_last(argv), 0);
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_int_equal(read(p.fd, text, sizeof(text)), 3);
	assert_string_equal(text, "19\n");
	assert_int_equal(getpriority(PRIO_PROCESS, 0), mine);
	close(p.fd);
}

static void tells_processes_apart(void **state)
{
	uint64_t mine = 0, childs = 0, again = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(proc_start_time(getpid(), &mine), 0);
	assert_int_equal(proc_start_time(getpid(), &again), 0);
	assert_int_equal(mine, again);
	nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(proc_start_time(pid, &childs), 0);
	assert_true(childs > mine);
	kill(pid, SIGKILL);
	/* dead already, though nobody has waited for it */
	assert_int_equal(waitid(P_PID, (id_t)pid, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
	assert_int_equal(proc_start_time(pid, &childs), -ESRCH);
	assert_int_equal(proc_wait(pid), 128 + SIGKILL);
	assert_int_equal(proc_start_time(pid, &childs), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_status_and_output),
		cmocka_unit_test(feeds_and_reads_at_the_same_time),
		cmocka_unit_test(survives_a_child_that_does_not_read),
		cmocka_unit_test(keeps_no_more_than_the_limit),
		cmocka_unit_test(kills_what_takes_too_long),
		cmocka_unit_test(says_when_there_is_no_such_program),
		cmocka_unit_test(passes_on_no_descriptors),
		cmocka_unit_test(detaches),
		cmocka_unit_test_setup_teardown(leaves_the_processor_to_others,
						folder_setup, folder_teardown),
		cmocka_unit_test(tells_processes_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

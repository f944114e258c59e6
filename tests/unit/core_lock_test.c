/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/lock.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/test.h"

static struct qvm_ctx context_in(const char *folder)
{
	return (struct qvm_ctx){.run_dir = xasprintf("%s/run", folder)};
}

/* A process that holds the lock until it is killed. */
static pid_t holder(struct qvm_ctx *ctx, enum lock_kind kind, int64_t id)
{
	int fds[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		struct lock lock = LOCK_INIT;
		struct qvm_err err = QVM_ERR_INIT;

		if (lock_take(ctx, kind, id, 0, &lock, &err) == 0 &&
		    write(fds[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void one_process_at_a_time(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_lock struct lock lock = LOCK_INIT;
	cleanup_lock struct lock other = LOCK_INIT;
	struct qvm_err err = QVM_ERR_INIT;
	pid_t pid = holder(&ctx, LOCK_OP, 3);

	assert_true(lock_is_held(&ctx, LOCK_OP, 3));
	assert_false(lock_is_held(&ctx, LOCK_OP, 4));
	assert_false(lock_is_held(&ctx, LOCK_RUNNING, 3));
	assert_int_equal(lock_take(&ctx, LOCK_OP, 3, 0, &lock, &err), -QVM_E_BUSY);
	assert_int_equal(lock_take(&ctx, LOCK_OP, 3, 50, &lock, &err), -QVM_E_BUSY);
	assert_int_equal(lock.fd, -1);
	assert_int_equal(lock_take(&ctx, LOCK_OP, 4, 0, &other, &err), 0);
	lock_release(&other);
	stop(pid);
	assert_int_equal(lock_take(&ctx, LOCK_OP, 3, 0, &lock, &err), 0);
	lock_release(&lock);
	lock_release(&lock);
	assert_false(lock_is_held(&ctx, LOCK_OP, 3));
}

static void a_waiter_gets_it_when_the_holder_ends(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_lock struct lock lock = LOCK_INIT;
	struct qvm_err err = QVM_ERR_INIT;
	pid_t held = holder(&ctx, LOCK_MEMORY, 0);
	pid_t killer = fork();

	if (killer == 0) {
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
		kill(held, SIGKILL);
		_exit(0);
	}
	assert_int_equal(lock_take(&ctx, LOCK_MEMORY, 0, 10000, &lock, &err), 0);
	assert_int_equal(waitpid(held, NULL, 0), held);
	assert_int_equal(waitpid(killer, NULL, 0), killer);
}

/* Whoever waits on a removed file must not believe that it holds anything. */
static void a_vanished_file_guards_nothing(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_lock struct lock lock = LOCK_INIT;
	cleanup_free char *folder = ctx_vm_run_dir(&ctx, 3);
	struct qvm_err err = QVM_ERR_INIT;
	pid_t first = holder(&ctx, LOCK_OP, 3), second;

	assert_int_equal(tree_remove(folder), 0);
	second =
		holder(&ctx, LOCK_OP, 3); /* makes a new file: the old one is free game */
	assert_int_equal(lock_take(&ctx, LOCK_OP, 3, 0, &lock, &err), -QVM_E_BUSY);
	stop(second);
	assert_int_equal(lock_take(&ctx, LOCK_OP, 3, 0, &lock, &err), 0);
	stop(first);
}

static void makes_and_removes_all_the_time(struct qvm_ctx *ctx, const char *folder)
{
	struct lock lock = LOCK_INIT;
	struct qvm_err err = QVM_ERR_INIT;
	int r;

	for (int i = 0; i < 300; i++) {
		if (lock_take(ctx, LOCK_OP, 3, -1, &lock, &err) < 0)
			_exit(1);
		r = tree_remove(folder);
		if (r < 0 && r != -ENOTEMPTY) /* the other has just made its file */
			_exit(2);
		lock_release(&lock);
	}
	_exit(0);
}

static void vanishing_in_between_is_survived(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_free char *folder = ctx_vm_run_dir(&ctx, 3);
	pid_t pids[2];
	int status;

	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			makes_and_removes_all_the_time(&ctx, folder);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
}

/* Takes two locks in a process of its own; true when the order was refused by force. */
static bool refused(struct qvm_ctx *ctx, enum lock_kind a, int64_t id_a, enum lock_kind b,
		    int64_t id_b)
{
	const struct rlimit none = {0, 0};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct lock one = LOCK_INIT, two = LOCK_INIT;
		struct qvm_err err = QVM_ERR_INIT;
		int r;

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(3);
		r = lock_take(ctx, a, id_a, 0, &one, &err);
		if (r == 0)
			r = lock_take(ctx, b, id_b, 0, &two, &err);
		_exit(r < 0 ? 2 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGABRT;
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static void the_order_is_asserted(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);

	assert_false(refused(&ctx, LOCK_OP, 3, LOCK_RUNNING, 3));
	assert_false(refused(&ctx, LOCK_OP, 3, LOCK_MEMORY, 0));
	assert_false(refused(&ctx, LOCK_RUNNING, 3, LOCK_MEMORY, 0));
	assert_false(refused(&ctx, LOCK_OP, 3, LOCK_OP, 4));
	assert_true(refused(&ctx, LOCK_OP, 4, LOCK_OP, 3));
	assert_true(refused(&ctx, LOCK_OP, 3, LOCK_OP, 3));
	assert_true(refused(&ctx, LOCK_RUNNING, 3, LOCK_OP, 3));
	assert_true(refused(&ctx, LOCK_MEMORY, 0, LOCK_OP, 3));
	assert_true(refused(&ctx, LOCK_MEMORY, 0, LOCK_RUNNING, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(one_process_at_a_time),
		in_folder(a_waiter_gets_it_when_the_holder_ends),
		in_folder(a_vanished_file_guards_nothing),
		in_folder(vanishing_in_between_is_survived),
		in_folder(the_order_is_asserted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

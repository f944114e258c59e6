/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/signals.h"

#define DEFAULT_LIMIT (1 << 20)

extern char **environ;

struct pipe_end {
	int ours, theirs;
};

#define PIPE_END_INIT ((struct pipe_end){-1, -1})

static void pipe_end_dispose(struct pipe_end *p)
{
	cleanup_close_at(&p->ours);
	cleanup_close_at(&p->theirs);
}

/* The child has it now: without our copy its end is seen as end of file. */
static void pipe_end_hand_over(struct pipe_end *p)
{
	cleanup_close_at(&p->theirs);
	p->theirs = -1;
}

/* WRITING: our end is the one that writes. */
static int pipe_end_open(struct pipe_end *p, bool writing)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	p->ours = fds[writing ? 1 : 0];
	p->theirs = fds[writing ? 0 : 1];
	if (fcntl(p->ours, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

struct running {
	const struct proc_request *req;
	pid_t pid;
	struct pipe_end in, out, err;
	size_t written;
	uint64_t deadline; /* monotonic ms; 0: none */
};

/* Above the targets first, so that none overwrites a source. */
static int move_up(int fd, int n, int *ret)
{
	*ret = fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, n);
	return fd >= 0 && *ret < 0 ? -errno : 0;
}

static int spawn_at(const char *const *argv, const int *high, int n, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all, none;
	int r;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	for (int i = 0; i < n; i++)
		if (high[i] >= 0)
			posix_spawn_file_actions_adddup2(&actions, high[i], i);
		else if (high[i] != PROC_INHERIT)
			posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR,
							 0);
	posix_spawn_file_actions_addclosefrom_np(&actions, n);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	r = posix_spawnp(ret, argv[0], &actions, &attr, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int proc_spawn(const char *const *argv, const int *fds, int n, pid_t *ret)
{
	int high[PROC_FDS] = {-1, -1, -1, -1};
	int r = 0;

	for (int i = 0; r == 0 && i < n; i++)
		r = move_up(fds[i], n, &high[i]);
	if (r == 0)
		r = spawn_at(argv, high, n, ret);
	for (int i = 0; i < n; i++)
		cleanup_close_at(&high[i]);
	return r;
}

static int spawn(struct running *run)
{
	const int fds[] = {run->in.theirs, run->req->out ? run->out.theirs : PROC_INHERIT,
			   run->req->err ? run->err.theirs : PROC_INHERIT};

	return proc_spawn(run->req->argv, fds, 3, &run->pid);
}

static int open_pipes(struct running *run)
{
	int r = 0;

	if (run->req->input)
		r = pipe_end_open(&run->in, true);
	if (r == 0 && run->req->out)
		r = pipe_end_open(&run->out, false);
	if (r == 0 && run->req->err)
		r = pipe_end_open(&run->err, false);
	return r;
}

static void feed(struct running *run)
{
	const struct proc_request *req = run->req;
	ssize_t n = write(run->in.ours, (const char *)req->input + run->written,
			  req->input_len - run->written);

	if (n > 0)
		run->written += (size_t)n;
	if ((n < 0 && errno != EAGAIN && errno != EINTR) ||
	    run->written == req->input_len) {
		close(run->in.ours);
		run->in.ours = -1;
	}
}

/* Keeps at most the limit and throws away the rest, so that the child never blocks. */
static void drain(struct pipe_end *end, struct buf *into, size_t limit)
{
	char chunk[8192];
	ssize_t n = read(end->ours, chunk, sizeof(chunk));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close(end->ours);
		end->ours = -1;
		return;
	}
	if (into->len < limit)
		buf_add_mem(into, chunk,
			    (size_t)n < limit - into->len ? (size_t)n
							  : limit - into->len);
}

static int converse(struct running *run)
{
	const struct proc_request *req = run->req;
	size_t limit = req->limit ? req->limit : DEFAULT_LIMIT;

	while (run->in.ours >= 0 || run->out.ours >= 0 || run->err.ours >= 0) {
		struct pollfd fds[] = {
			{.fd = run->in.ours, .events = POLLOUT},
			{.fd = run->out.ours, .events = POLLIN},
			{.fd = run->err.ours, .events = POLLIN},
		};
		int n = poll(fds, array_len(fds), clock_left(run->deadline, -1));

		if (n == 0)
			return -ETIMEDOUT;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		if (fds[0].revents)
			feed(run);
		if (fds[1].revents)
			drain(&run->out, req->out, limit);
		if (fds[2].revents)
			drain(&run->err, req->err, limit);
	}
	return 0;
}

/* Without output to read, only the child's end can be waited for: in small steps. */
static int wait_until(struct running *run, int *ret_status)
{
	int status;

	while (run->deadline) {
		pid_t pid = waitpid(run->pid, &status, WNOHANG);

		if (pid == run->pid)
			goto ended;
		if (clock_left(run->deadline, -1) == 0)
			return -ETIMEDOUT;
		(void)poll(NULL, 0, 5);
	}
	while (waitpid(run->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
ended:
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

static void running_dispose(struct running *run)
{
	pipe_end_dispose(&run->in);
	pipe_end_dispose(&run->out);
	pipe_end_dispose(&run->err);
}

int proc_run(const struct proc_request *req, int *ret_status)
{
	cleanup(running_dispose) struct running run = {
		.req = req,
		.in = PIPE_END_INIT,
		.out = PIPE_END_INIT,
		.err = PIPE_END_INIT,
		.deadline = req->timeout_ms ? clock_in((uint64_t)req->timeout_ms) : 0,
	};
	int unused_status;
	int r = open_pipes(&run);

	if (r == 0)
		r = spawn(&run);
	if (r < 0)
		return r;
	pipe_end_hand_over(&run.in);
	pipe_end_hand_over(&run.out);
	pipe_end_hand_over(&run.err);
	r = converse(&run);
	if (r == 0)
		r = wait_until(&run, ret_status);
	if (r < 0) {
		kill(run.pid, SIGKILL);
		run.deadline = 0;
		(void)wait_until(&run, &unused_status); /* it was killed; reaped here */
	}
	return r;
}

/* In the grandchild: only calls that are safe after fork. */
static noreturn void become(const char *const *argv, const int fds[4])
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Above the targets first, so that no dup2 overwrites a source. */
	int high[4];
	for (int i = 0; i < 4; i++)
		high[i] = fds[i] < 0 ? (i < 3 ? fcntl(null, F_DUPFD_CLOEXEC, 10) : -1)
				     : fcntl(fds[i], F_DUPFD_CLOEXEC, 10);
	for (int i = 0; i < 4; i++)
		if (high[i] >= 0)
			dup2(high[i], i);
	/* A detached program must not keep its caller's pipes and files open. */
	close_range(fds[3] < 0 ? 3 : 4, ~0U, CLOSE_RANGE_CLOEXEC);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

/* Returns as fork does; the child is a grandchild in a session of its own. */
static pid_t fork_twice(void)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		setsid();
		signals_unblock();
		pid = fork();
		if (pid != 0)
			_exit(pid < 0);
		return 0;
	}
	status = proc_wait(pid);
	if (status < 0)
		return status;
	return status > 0 ? -EAGAIN : pid;
}

enum { AS_IT_IS, LOWEST = 19 };

static int spawn_apart(const char *const *argv, const int fds[4], int priority)
{
	pid_t pid = fork_twice();

	if (pid == 0) {
		if (priority != AS_IT_IS)
			(void)setpriority(PRIO_PROCESS, 0, priority);
		become(argv, fds);
	}
	return pid < 0 ? pid : 0;
}

int proc_spawn_detached(const char *const *argv, int in, int out, int err, int keep)
{
	return spawn_apart(argv, (const int[4]){in, out, err, keep}, AS_IT_IS);
}

int proc_spawn_last(const char *const *argv)
{
	return spawn_apart(argv, (const int[4]){-1, -1, -1, -1}, LOWEST);
}

void proc_be_usual(void)
{
	(void)setpriority(PRIO_PROCESS, 0, 0);
}

pid_t proc_spawn_bound(const char *const *argv, int keep)
{
	const int fds[4] = {-1, -1, -1, keep};
	pid_t parent = getpid();
	pid_t pid = fork();
	sigset_t none;

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	become(argv, fds);
}

int proc_fork_detached(void)
{
	pid_t pid = fork_twice();
	int null;

	if (pid != 0)
		return pid < 0 ? pid : 1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int i = 0; null >= 0 && i < 3; i++)
		dup2(null, i);
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	return 0;
}

int proc_wait(pid_t pid)
{
	struct running run = {.pid = pid};
	int status, r;

	r = wait_until(&run, &status);
	return r < 0 ? r : status;
}

int proc_start_time(pid_t pid, uint64_t *ret)
{
	cleanup_buf struct buf text = BUF_INIT;
	char path[64];
	const char *at;
	unsigned long long ticks;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (file_read(path, 4096, &text) < 0)
		return -ESRCH;
	/* The second field is a name in brackets that may hold anything. */
	at = strrchr(buf_str(&text), ')');
	/* Dead, and only waiting for its parent to take notice: it does nothing any more. */
	if (at && (strncmp(at, ") Z", 3) == 0 || strncmp(at, ") X", 3) == 0))
		return -ESRCH;
	for (int field = 2; at && field < 22; field++) {
		at = strchr(at, ' ');
		at += at != NULL;
	}
	if (!at || sscanf(at, "%llu", &ticks) != 1)
		return -ESRCH;
	*ret = ticks;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * labd runs in the lab's dom0 and does what the host asks for over the virtio-serial
 * port: one command at a time, with its output, input and exit status. A checkpoint is
 * taken while it waits for the next request.
 */
#include "wire.h"

#include <fcntl.h>
#include <linux/random.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#define PORT_PATH "/dev/virtio-ports/" PORT_NAME
#define MAX_ARGS 1024

struct job {
	pid_t pid;
	int in; /* -1 once closed; with a terminal the same as out */
	int out;
	int err; /* -1 with a terminal */
	int tty;
	char pending[FRAME_MAX]; /* input the command has not taken yet */
	size_t pending_len;
	size_t pending_off;
	int input_ended;
};

static int port;
static int child_ended;

static void die(const char *what)
{
	fprintf(stderr, "labd: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The checkpoint's clock and random pool are those of the moment it was taken. */
static void wake_up(const struct request *req)
{
	struct timespec now = {.tv_sec = req->sec, .tv_nsec = req->nsec};
	struct {
		struct rand_pool_info info;
		uint8_t seed[sizeof(req->seed)];
	} pool = {
		.info.entropy_count = sizeof(req->seed) * 8,
		.info.buf_size = sizeof(req->seed),
	};
	int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);

	(void)clock_settime(CLOCK_REALTIME, &now);
	memcpy(pool.info.buf, req->seed, sizeof(req->seed));
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &pool) || ioctl(fd, RNDRESEEDCRNG))
		fprintf(stderr, "labd: no fresh randomness: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void exec_command(char **argv)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (chdir("/root") < 0)
		(void)chdir("/");
	execvp(argv[0], argv);
	fprintf(stderr, "lab: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int spawn_on_tty(struct job *job, char **argv, struct winsz size)
{
	struct winsize ws = {.ws_row = size.rows, .ws_col = size.cols};

	job->pid = forkpty(&job->out, NULL, NULL, &ws);
	if (job->pid < 0)
		return -errno;
	if (!job->pid)
		exec_command(argv);
	job->in = job->out;
	job->err = -1;
	return 0;
}

static int spawn_on_pipes(struct job *job, char **argv)
{
	int in[2], out[2], err[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		return -errno;
	job->pid = fork();
	if (job->pid < 0)
		return -errno;
	if (!job->pid) {
		setsid();
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		exec_command(argv);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	job->in = in[1];
	job->out = out[0];
	job->err = err[0];
	return 0;
}

static void set_nonblock(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* Splits the NUL-terminated strings behind the request; the first is TERM. */
static int parse_args(char *buf, size_t len, char *argv[static MAX_ARGS])
{
	char *p = buf, *end = buf + len;
	int n = 0;

	if (!len || end[-1])
		return -EPROTO;
	setenv("TERM", p, 1);
	for (p += strlen(p) + 1; p < end && n < MAX_ARGS - 1; p += strlen(p) + 1)
		argv[n++] = p;
	argv[n] = NULL;
	return n ? 0 : -EPROTO;
}

static int job_start(struct job *job, char *buf, size_t len)
{
	char *argv[MAX_ARGS];
	struct request req;
	int r;

	if (len < sizeof(req))
		return -EPROTO;
	memcpy(&req, buf, sizeof(req));
	r = parse_args(buf + sizeof(req), len - sizeof(req), argv);
	if (r < 0)
		return r;
	wake_up(&req);
	job->tty = req.tty;
	r = req.tty ? spawn_on_tty(job, argv, req.size) : spawn_on_pipes(job, argv);
	if (r < 0)
		return r;
	set_nonblock(job->in);
	set_nonblock(job->out);
	set_nonblock(job->err);
	return 0;
}

static void close_input(struct job *job)
{
	if (job->in < 0)
		return;
	if (!job->tty)
		close(job->in);
	job->in = -1;
}

static void push_input(struct job *job)
{
	ssize_t n = write(job->in, job->pending + job->pending_off,
			  job->pending_len - job->pending_off);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		close_input(job);
		job->pending_len = 0;
		return;
	}
	job->pending_off += n;
	if (job->pending_off == job->pending_len) {
		job->pending_len = job->pending_off = 0;
		if (job->input_ended)
			close_input(job);
	}
}

static void take_frame(struct job *job)
{
	struct frame head;
	char buf[FRAME_MAX];
	struct winsz size;

	if (frame_read(port, &head, buf) < 0)
		die("reading " PORT_PATH);
	if (head.type == FRAME_WINSIZE && head.len == sizeof(size)) {
		memcpy(&size, buf, sizeof(size));
		struct winsize ws = {.ws_row = size.rows, .ws_col = size.cols};
		(void)ioctl(job->out, TIOCSWINSZ, &ws);
	}
	if (head.type != FRAME_INPUT || job->in < 0)
		return;
	if (!head.len) {
		job->input_ended = 1;
		close_input(job);
		return;
	}
	memcpy(job->pending, buf, head.len);
	job->pending_len = head.len;
	push_input(job);
}

/* Sends on what there is; returns 0 when there is nothing more for now or for ever. */
static int pull_output(int *fd, int type)
{
	char buf[FRAME_MAX];
	ssize_t n = read(*fd, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return 1;
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0) {
		close(*fd);
		*fd = -1;
		return 0;
	}
	if (frame_write(port, type, buf, n) < 0)
		die("writing " PORT_PATH);
	return 1;
}

/* What a command has left running may hold its output open: do not wait for its end,
 * nor send more than what a pipe can hold since. */
static void drain(struct job *job)
{
	int i;

	for (i = 0; i < 4 && job->out >= 0; i++)
		pull_output(&job->out, FRAME_OUT);
	for (i = 0; i < 4 && job->err >= 0; i++)
		pull_output(&job->err, FRAME_ERR);
}

static int reap(pid_t pid)
{
	struct signalfd_siginfo info;
	int status = 0;

	(void)!read(child_ended, &info, sizeof(info));
	if (waitpid(pid, &status, WNOHANG) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int job_poll(struct job *job)
{
	struct pollfd p[] = {
		{.fd = job->out, .events = POLLIN},
		{.fd = job->err, .events = POLLIN},
		{.fd = job->pending_len ? job->in : -1, .events = POLLOUT},
		{.fd = job->pending_len ? -1 : port, .events = POLLIN},
		{.fd = child_ended, .events = POLLIN},
	};

	if (poll(p, sizeof(p) / sizeof(p[0]), -1) < 0)
		return -1;
	if (p[0].revents)
		pull_output(&job->out, FRAME_OUT);
	if (p[1].revents)
		pull_output(&job->err, FRAME_ERR);
	if (p[2].revents)
		push_input(job);
	if (p[3].revents & POLLIN)
		take_frame(job);
	return p[4].revents ? reap(job->pid) : -1;
}

static void serve(char *buf, size_t len)
{
	struct job job = {.in = -1, .out = -1, .err = -1};
	int code = -1;

	if (job_start(&job, buf, len) < 0)
		code = 125;
	while (code < 0)
		code = job_poll(&job);
	drain(&job);
	close_input(&job);
	if (job.out >= 0)
		close(job.out);
	if (job.err >= 0)
		close(job.err);
	if (frame_write(port, FRAME_EXIT, &code, sizeof(code)) < 0)
		die("writing " PORT_PATH);
}

int main(void)
{
	char buf[FRAME_MAX];
	struct frame head;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	child_ended = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	port = open(PORT_PATH, O_RDWR | O_CLOEXEC);
	if (child_ended < 0 || port < 0)
		die(PORT_PATH);
	for (;;) {
		if (frame_read(port, &head, buf) < 0)
			die("reading " PORT_PATH);
		if (head.type == FRAME_REQUEST)
			serve(buf, head.len);
	}
}

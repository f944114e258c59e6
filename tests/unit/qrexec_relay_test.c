/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qrexec/frame.h"
#include "tests/unit/test.h"

struct pair {
	struct vchan_site server, client;
	struct vchan *ours, *theirs;
};

/* Two ends of a channel in folder DIR: ours is domain 1's, theirs is dom0's. */
static void pair_open(struct pair *p, const char *dir)
{
	const struct vchan_at to_client = {.domid = 1, .port = 513, .ring = 65536};
	const struct vchan_at to_server = {.domid = 0, .port = 513, .ring = 65536};

	assert_int_equal(vchan_site_init(&p->server, dir, "0"), 0);
	assert_int_equal(vchan_site_init(&p->client, dir, "1"), 0);
	assert_int_equal(vchan_server(&p->server, &to_client, &p->theirs), 0);
	assert_int_equal(
		vchan_client(&p->client, &to_server, clock_in(5000), -1, &p->ours), 0);
	assert_int_equal(p->theirs->ops->ready(p->theirs), 0);
}

static void say(struct vchan *v, uint32_t type, const void *body, size_t len)
{
	struct outq q = {0};

	outq_add(&q, type, body, len);
	assert_int_equal(vchan_write_all(v, q.data.data, outq_len(&q), clock_in(5000)),
			 0);
	outq_dispose(&q);
}

/* The other end in a process of its own: the relay runs in this one. */
static pid_t other_end(struct pair *p, void (*play)(struct vchan *v))
{
	pid_t pid = fork();

	if (pid == 0) {
		vchan_close(p->ours);
		play(p->theirs);
		vchan_close(p->theirs);
		_exit(0);
	}
	vchan_close(p->theirs);
	return pid;
}

static void wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void plays_service(struct vchan *v)
{
	const uint32_t code = 7;

	say(v, QREXEC_DATA_STDERR, NULL, 0);
	say(v, QREXEC_DATA_STDOUT, "hello\x1b", 6);
	say(v, QREXEC_DATA_STDOUT, NULL, 0);
	say(v, QREXEC_DATA_EXIT_CODE, &code, sizeof(code));
}

static void test_caller(void **state)
{
	struct pair p;
	int out[2], in[2];
	char text[16];
	int status = -1;
	struct relay r = {.role = RELAY_CALLER, .version = 4, .filter_out = true};
	pid_t pid;

	pair_open(&p, *state);
	pid = other_end(&p, plays_service);
	assert_int_equal(pipe(out), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, in), 0);
	r.v = p.ours;
	r.sink = out[1];
	r.source = in[0];
	r.errors = -1;
	assert_int_equal(relay_run(&r, &status), 0);
	assert_int_equal(status, 7);
	assert_int_equal(read(out[0], text, sizeof(text)), 6);
	assert_memory_equal(text, "hello_", 6);
	assert_int_equal(read(out[0], text, sizeof(text)), 0);
	vchan_close(p.ours);
	wait_for(pid);
	close(out[0]);
	close(in[1]);
}

static void plays_caller(struct vchan *v)
{
	uint8_t head[QREXEC_HEADER], body[16];
	struct qrexec_header h;
	size_t codes = 0;

	say(v, QREXEC_DATA_STDIN, "abc", 3);
	say(v, QREXEC_DATA_STDIN, NULL, 0);
	while (vchan_read_all(v, head, sizeof(head), clock_in(5000)) == 0) {
		h = qrexec_header_get(head);
		if (h.len > sizeof(body) ||
		    vchan_read_all(v, body, h.len, clock_in(5000)) < 0)
			_exit(1);
		if (h.type == QREXEC_DATA_EXIT_CODE)
			codes++;
		else if (codes)
			_exit(2); /* nothing may follow it */
		if (h.type == QREXEC_DATA_STDOUT && h.len && memcmp(body, "abc", 3) != 0)
			_exit(3);
	}
	if (codes != 1)
		_exit(4);
}

/* Its process ends with STATUS. */
static void serve(struct pair *p, struct relay *r, int status)
{
	int unused_code;

	r->v = p->ours;
	assert_int_equal(relay_run(r, &unused_code), 0);
	assert_int_equal(r->local_status, status);
	vchan_close(p->ours);
}

static void test_service(void **state)
{
	struct pair p;
	int in[2], out[2];
	struct relay r = {.role = RELAY_SERVICE, .version = 4, .errors = -1};
	sigset_t mask;
	pid_t pid;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	pair_open(&p, *state);
	pid = other_end(&p, plays_caller);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out), 0);
	r.pid = fork();
	if (r.pid == 0) {
		dup2(in[1], 0);
		dup2(out[1], 1);
		execl("/bin/sh", "sh", "-c", "cat; exit 5", (char *)NULL);
		_exit(127);
	}
	close(in[1]);
	close(out[1]);
	r.sink = in[0];
	r.source = out[0];
	serve(&p, &r, 5);
	wait_for(pid);
}

/* A kernel before 6.4 writes to no pipe without waiting. */
static bool old_kernel;

ssize_t pwritev2(int fd, const struct iovec *iov, int n, off_t at, int flags)
{
	if (old_kernel && (flags & RWF_NOWAIT)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return syscall(SYS_pwritev2, fd, iov, n, at, 0L, flags);
}

enum { BULK_MESSAGES = 60 };

static void bulk_fill(uint8_t *data, unsigned int n)
{
	for (size_t i = 0; i < QREXEC_CHUNK; i++)
		data[i] = (uint8_t)(i * 7 + n);
}

static void plays_bulk(struct vchan *v)
{
	uint8_t head[QREXEC_HEADER], body[16], data[QREXEC_CHUNK];
	struct qrexec_header h = {0};

	for (unsigned int i = 0; i < BULK_MESSAGES; i++) {
		bulk_fill(data, i);
		say(v, QREXEC_DATA_STDIN, data, sizeof(data));
	}
	say(v, QREXEC_DATA_STDIN, NULL, 0);
	while (h.type != QREXEC_DATA_EXIT_CODE) {
		if (vchan_read_all(v, head, sizeof(head), clock_in(20000)) < 0)
			_exit(1);
		h = qrexec_header_get(head);
		if (h.len > sizeof(body) ||
		    vchan_read_all(v, body, h.len, clock_in(5000)))
			_exit(2);
	}
	if (qrexec_u32_get(body) != 0)
		_exit(3);
}

/* Reads slowly at first, so that the pipe is full; 0: all came, and then the end. */
static int takes_bulk(int fd)
{
	uint8_t want[QREXEC_CHUNK], got[QREXEC_CHUNK];

	usleep(100000);
	for (unsigned int i = 0; i < BULK_MESSAGES; i++) {
		bulk_fill(want, i);
		for (size_t done = 0; done < sizeof(got);) {
			ssize_t n = read(fd, got + done, sizeof(got) - done);

			if (n <= 0)
				return 1;
			done += (size_t)n;
		}
		if (memcmp(want, got, sizeof(got)) != 0)
			return 2;
	}
	return read(fd, got, 1) == 0 ? 0 : 3;
}

static void test_bulk(void **state)
{
	struct relay r = {.role = RELAY_SERVICE, .version = 4, .errors = -1};
	struct pair p;
	int in[2], out[2];
	pid_t pid;

	pair_open(&p, *state);
	pid = other_end(&p, plays_bulk);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	r.pid = fork();
	if (r.pid == 0) {
		close(in[1]);
		_exit(takes_bulk(in[0]));
	}
	close(in[0]);
	close(out[1]);
	r.sink = in[1];
	r.source = out[0];
	serve(&p, &r, 0);
	wait_for(pid);
}

static void test_bulk_old_kernel(void **state)
{
	old_kernel = true;
	test_bulk(state);
	old_kernel = false;
}

static void plays_nothing(struct vchan *v)
{
	(void)v;
}

static void plays_noise(struct vchan *v)
{
	say(v, 0x4242, "x", 1);
}

static int caller_against(void (*play)(struct vchan *v), const char *dir, int *status)
{
	struct pair p;
	struct relay r = {.role = RELAY_CALLER, .version = 4};
	pid_t pid;
	int n;

	pair_open(&p, dir);
	pid = other_end(&p, play);
	r.v = p.ours;
	r.sink = r.source = r.errors = -1;
	n = relay_run(&r, status);
	vchan_close(p.ours);
	wait_for(pid);
	return n;
}

static void test_other_side(void **state)
{
	int status = -1;

	assert_int_equal(caller_against(plays_nothing, *state, &status), 0);
	assert_int_equal(status, 255);
	assert_int_equal(caller_against(plays_noise, *state, &status), -EPROTO);
}

static void test_hello(void **state)
{
	struct pair p;
	uint8_t body[4];

	pair_open(&p, *state);
	qrexec_u32_put(body, 3);
	say(p.theirs, QREXEC_HELLO, body, sizeof(body));
	assert_int_equal(relay_hello(p.ours, true, clock_in(1000)), 3);
	assert_int_equal(relay_hello(p.ours, true, clock_in(50)), -ETIMEDOUT);
	qrexec_u32_put(body, 1);
	say(p.theirs, QREXEC_HELLO, body, sizeof(body));
	assert_int_equal(relay_hello(p.ours, true, clock_in(1000)), -EPROTO);
	vchan_close(p.ours);
	vchan_close(p.theirs);
}

static void test_deadline(void **state)
{
	struct vchan_site site;
	const struct vchan_at at = {.domid = 7, .port = 513, .ring = 4096};
	struct vchan *v = NULL;
	int cancel[2];

	assert_int_equal(vchan_site_init(&site, *state, "1"), 0);
	assert_int_equal(vchan_client(&site, &at, clock_in(30), -1, &v), -ETIMEDOUT);
	assert_int_equal(pipe(cancel), 0);
	close(cancel[1]);
	assert_int_equal(vchan_client(&site, &at, 0, cancel[0], &v), -ECANCELED);
	close(cancel[0]);
	assert_int_equal(vchan_site_init(&site, NULL, "x"), -EINVAL);
	assert_int_equal(vchan_site_init(&site, NULL, "32752"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(test_caller),		 in_folder(test_service),
		in_folder(test_other_side),	 in_folder(test_hello),
		in_folder(test_deadline),	 in_folder(test_bulk),
		in_folder(test_bulk_old_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

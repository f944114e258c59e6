/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What calls are measured against: libxenvchan as it is, with rings of the same size, and
 * nothing else between the two domains.
 *
 *	calls_peer serve            in the guest: one connection after the other, for ever
 *	calls_peer run DOMID        in dom0: connects; the guest forks and executes /bin/true
 *	calls_peer in DOMID BYTES   standard input to the guest's /bin/drain
 *	calls_peer out DOMID BYTES  what the guest's /bin/spout says, to standard output
 *	calls_peer many N PROGRAM ARG...    at once; fails when one of them does
 *	calls_peer series N PROGRAM ARG...  the same, one after the other
 */
#include <fcntl.h>
#include <libxenvchan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RING = 65536, MANY = 1024 };

struct order {
	char what; /* 'x', 'i' or 'o' */
	char pad[7];
	unsigned long long bytes;
};

static char chunk[RING];

static void check(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static void write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		check(n > 0, "write");
		data += n;
		len -= (size_t)n;
	}
}

/* From a descriptor into the ring. */
static void push(struct libxenvchan *v, int fd, unsigned long long left)
{
	while (left) {
		size_t want = left < RING ? (size_t)left : RING;
		ssize_t n = read(fd, chunk, want);

		check(n > 0, "read");
		check(libxenvchan_write(v, chunk, (size_t)n) == n, "libxenvchan_write");
		left -= (unsigned long long)n;
	}
}

static void pull(struct libxenvchan *v, int fd, unsigned long long left)
{
	while (left) {
		int n = libxenvchan_read(v, chunk, left < RING ? (size_t)left : RING);

		check(n > 0, "libxenvchan_read");
		write_all(fd, chunk, (size_t)n);
		left -= (unsigned long long)n;
	}
}

static void ended(pid_t pid)
{
	int status;

	check(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, "a program");
}

/* With a pipe at its descriptor AT, or none (-1); the other end is returned. */
static int begin(const char *program, int at, pid_t *ret)
{
	int fds[2] = {-1, -1}, mine = at == STDIN_FILENO;

	check(at < 0 || pipe2(fds, O_CLOEXEC) == 0, "pipe");
	*ret = fork();
	if (*ret == 0) {
		if (at >= 0)
			dup2(fds[!mine], at);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	close(fds[!mine]);
	return fds[mine];
}

static void serve_one(struct libxenvchan *v)
{
	struct order o;
	pid_t pid;
	int fd;

	while (libxenvchan_is_open(v) == 2)
		libxenvchan_wait(v);
	check(libxenvchan_recv(v, &o, sizeof(o)) == sizeof(o), "order");
	if (o.what == 'x') {
		fd = begin("/bin/true", -1, &pid);
	} else if (o.what == 'i') {
		fd = begin("/bin/drain", STDIN_FILENO, &pid);
		pull(v, fd, o.bytes);
	} else {
		fd = begin("/bin/spout", STDOUT_FILENO, &pid);
		push(v, fd, o.bytes);
	}
	close(fd);
	ended(pid);
	check(libxenvchan_send(v, "", 1) == 1, "answer");
	while (libxenvchan_is_open(v) == 1)
		libxenvchan_wait(v);
}

static void serve(void)
{
	for (;;) {
		struct libxenvchan *v =
			libxenvchan_server_init(NULL, 0, "data/vchan/0/900", RING, RING);

		check(v != NULL, "libxenvchan_server_init");
		v->blocking = 1;
		serve_one(v);
		libxenvchan_close(v);
	}
}

static int ask(char what, int domid, unsigned long long bytes)
{
	struct order o = {.what = what, .bytes = bytes};
	struct libxenvchan *v = NULL;
	char path[64], answer;

	snprintf(path, sizeof(path), "/local/domain/%d/data/vchan/0/900", domid);
	for (int tries = 0; !v && tries < 1000; tries++) {
		v = libxenvchan_client_init(NULL, domid, path);
		if (!v)
			usleep(10000);
	}
	check(v != NULL, "libxenvchan_client_init");
	v->blocking = 1;
	check(libxenvchan_send(v, &o, sizeof(o)) == sizeof(o), "order");
	if (what == 'i')
		push(v, STDIN_FILENO, bytes);
	else if (what == 'o')
		pull(v, STDOUT_FILENO, bytes);
	check(libxenvchan_recv(v, &answer, 1) == 1, "answer");
	libxenvchan_close(v);
	return 0;
}

/* How many of them have failed: of those that still run. */
static int wait_all(int n)
{
	int failed = 0;

	for (int status; n; n--)
		failed += wait(&status) < 0 || status != 0;
	return failed;
}

static void start(char **argv)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	check(pid > 0, "vfork");
}

static int many(int n, int at_once, char **argv)
{
	int failed = 0;

	check(n > 0 && n <= MANY, "number");
	for (int i = 0; i < n; i++) {
		start(argv);
		failed += wait_all(at_once ? 0 : 1);
	}
	failed += wait_all(at_once ? n : 0);
	if (failed)
		fprintf(stderr, "calls_peer: %d failed\n", failed);
	return failed != 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "serve") == 0)
		serve();
	if (strcmp(what, "many") == 0 && argc > 3)
		return many(atoi(argv[2]), 1, argv + 3);
	if (strcmp(what, "series") == 0 && argc > 3)
		return many(atoi(argv[2]), 0, argv + 3);
	if (strcmp(what, "run") == 0 && argc == 3)
		return ask('x', atoi(argv[2]), 0);
	if (strcmp(what, "in") == 0 && argc == 4)
		return ask('i', atoi(argv[2]), strtoull(argv[3], NULL, 10));
	if (strcmp(what, "out") == 0 && argc == 4)
		return ask('o', atoi(argv[2]), strtoull(argv[3], NULL, 10));
	fprintf(stderr, "usage: calls_peer serve | run DOMID | in|out DOMID BYTES | "
			"many|series N PROGRAM...\n");
	return 2;
}

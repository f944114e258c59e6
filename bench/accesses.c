/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/accesses.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)

double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_number);
	return v[n / 2];
}

void say(const char *name, const char *measure, double value, const char *unit)
{
	printf("%s %s %.3f %s\n", name, measure, value, unit);
	fflush(stdout);
}

static void io(int fd, bool write_it, void *buf, size_t len, uint64_t at)
{
	ssize_t n = write_it ? pwrite(fd, buf, len, (off_t)at)
			     : pread(fd, buf, len, (off_t)at);

	if (n == (ssize_t)len)
		return;
	perror("access");
	exit(1);
}

static void flush(int fd)
{
	if (fdatasync(fd) == 0)
		return;
	perror("flush");
	exit(1);
}

static void sequential(const char *name, const char *what, int fd, bool write_it,
		       uint64_t from)
{
	static char buf[MIB] __attribute__((aligned(4096)));
	const uint64_t len = 16 * MIB;
	double begin = now_ms();

	for (uint64_t at = 0; at < len; at += sizeof(buf))
		io(fd, write_it, buf, sizeof(buf), from + at);
	if (write_it)
		flush(fd);
	say(name, what, 16e3 / (now_ms() - begin), "MiB/s");
}

static void scattered(const char *name, const char *what, int fd, bool write_it,
		      uint64_t from, uint64_t len, int n)
{
	static char buf[4096] __attribute__((aligned(4096)));
	double begin = now_ms();

	memset(buf, n, sizeof(buf));
	for (int i = 0; i < n; i++)
		io(fd, write_it, buf, sizeof(buf),
		   from + (uint64_t)random() % (len / 4096) * 4096);
	say(name, what, n * 1e3 / (now_ms() - begin), "IOPS");
}

/* Single writes, each to a chunk of its own: the median of their times. */
static void single(const char *name, const char *what, int fd, uint64_t from, int n,
		   bool flushed)
{
	static char buf[4096] __attribute__((aligned(4096)));
	double each[200], begin;

	for (int i = 0; i < n; i++) {
		begin = now_ms();
		io(fd, true, buf, sizeof(buf), from + (uint64_t)i * 128 * KIB);
		if (flushed)
			flush(fd);
		each[i] = now_ms() - begin;
	}
	say(name, what, median(each, (size_t)n), "ms");
}

void accesses(const char *name, const char *path)
{
	int fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);

	if (fd < 0) {
		perror(path);
		exit(1);
	}
	srandom(7);
	single(name, "first-write", fd, 200 * MIB, 200, false);
	sequential(name, "seq-read-origin", fd, false, 64 * MIB);
	sequential(name, "seq-write-new", fd, true, 128 * MIB);
	sequential(name, "seq-write-again", fd, true, 128 * MIB);
	sequential(name, "seq-read-own", fd, false, 128 * MIB);
	scattered(name, "rand-read-origin", fd, false, 0, 64 * MIB, 2000);
	scattered(name, "rand-write-new", fd, true, 0, 64 * MIB, 1000);
	scattered(name, "rand-read-own", fd, false, 128 * MIB, 16 * MIB, 1500);
	scattered(name, "rand-write-again", fd, true, 128 * MIB, 16 * MIB, 1500);
	single(name, "synced-write", fd, 160 * MIB, 60, true);
	close(fd);
}

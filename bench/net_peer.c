/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What two ends of a network do for the bench, in guests:
 *
 *	net_peer serve PORT		takes connections; the first byte says what for
 *	net_peer send IP PORT MIB	prints the milliseconds until all of it has arrived
 *	net_peer echo IP PORT N		prints the least and the median of N round trips, in µs
 *	net_peer open IP PORT N		the same of N connections that are made
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 65536, RUNS_MAX = 10000 };

static char block[BLOCK];

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static __attribute__((noreturn)) void die(const char *what)
{
	perror(what);
	exit(1);
}

static void full(int fd, size_t len, int writing)
{
	while (len) {
		size_t part = len < BLOCK ? len : BLOCK;
		ssize_t n = writing ? write(fd, block, part) : read(fd, block, part);

		if (n <= 0)
			die(writing ? "write" : "read");
		len -= (size_t)n;
	}
}

/* 'S': all of it is taken, then one byte says so. 'E': each byte comes back. */
static void serve_one(int fd)
{
	ssize_t n;

	full(fd, 1, 0);
	if (block[0] == 'S') {
		while (read(fd, block, BLOCK) > 0)
			continue;
		full(fd, 1, 1);
	} else {
		while ((n = read(fd, block, BLOCK)) > 0)
			full(fd, (size_t)n, 1);
	}
	_exit(0);
}

static void serve(int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(s, 64) < 0)
		die("listen");
	(void)signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(s, NULL, NULL);

		if (fd >= 0 && fork() == 0) {
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
			serve_one(fd);
		}
		close(fd);
	}
}

static int connected(const char *ip, const char *port, char what)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (inet_pton(AF_INET, ip, &at.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	block[0] = what;
	if (what)
		full(fd, 1, 1);
	return fd;
}

static int send_mib(const char *ip, const char *port, size_t mib)
{
	int fd = connected(ip, port, 'S');
	double begin = now_us();

	full(fd, mib << 20, 1);
	shutdown(fd, SHUT_WR);
	full(fd, 1, 0);
	printf("%.1f\n", (now_us() - begin) / 1000);
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int times(const char *ip, const char *port, size_t n, int opening)
{
	static double took[RUNS_MAX];
	int fd = opening ? -1 : connected(ip, port, 'E');

	for (size_t i = 0; i < n; i++) {
		double begin = now_us();

		if (opening) {
			close(connected(ip, port, 0));
		} else {
			full(fd, 1, 1);
			full(fd, 1, 0);
		}
		took[i] = now_us() - begin;
	}
	qsort(took, n, sizeof(took[0]), compare);
	printf("%.0f %.0f\n", took[0], took[n / 2]);
	return 0;
}

int main(int argc, char **argv)
{
	size_t n = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;

	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve(atoi(argv[2]));
	if (n > 0 && n <= RUNS_MAX && strcmp(argv[1], "send") == 0)
		return send_mib(argv[2], argv[3], n);
	if (n > 0 && n <= RUNS_MAX && strcmp(argv[1], "echo") == 0)
		return times(argv[2], argv[3], n, 0);
	if (n > 0 && n <= RUNS_MAX && strcmp(argv[1], "open") == 0)
		return times(argv[2], argv[3], n, 1);
	fprintf(stderr, "usage: net_peer serve PORT | send|echo|open IP PORT N\n");
	return 2;
}

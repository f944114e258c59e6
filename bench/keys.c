/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys N COMMAND: runs the dashboard on a terminal of 100x30, and types a `z` into its
 * filter N times, which makes it draw another picture each time. JSON lines: how long it
 * took from the key to the `z` in what came back, and the time on the processor that the
 * dashboard took for it, which no other load of the machine is in.
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 1000 };

static int pty;
static pid_t pid;

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double processor_ms(void)
{
	char path[64];
	double ns = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%lf", &ns) != 1)
		ns = 0;
	if (f)
		fclose(f);
	return ns / 1e6;
}

/* Reads for MS, or until C has come (0: nothing is waited for). */
static int await(int c, double ms)
{
	double end = now_ms() + ms;
	char part[65536];

	while (now_ms() < end) {
		struct pollfd p = {pty, POLLIN, 0};
		ssize_t n;

		if (poll(&p, 1, (int)(end - now_ms()) + 1) <= 0)
			continue;
		n = read(pty, part, sizeof(part));
		if (n <= 0)
			return 0;
		if (c && memchr(part, c, (size_t)n))
			return 1;
	}
	return c == 0;
}

static int start(char **argv)
{
	const struct winsize size = {30, 100, 0, 0};

	pid = forkpty(&pty, NULL, NULL, &size);
	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid < 0 ? -1 : 0;
}

static void type(const char *keys)
{
	if (write(pty, keys, strlen(keys)) < 0)
		perror("keys");
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void report(const char *name, double *ms, int n)
{
	qsort(ms, (size_t)n, sizeof(*ms), by_size);
	printf("{\"name\": \"%s-median-ms\", \"count\": %.2f}\n", name, ms[n / 2]);
	printf("{\"name\": \"%s-worst-ms\", \"count\": %.2f}\n", name, ms[n - 1]);
}

int main(int argc, char **argv)
{
	static double wall[ROUNDS_MAX], processor[ROUNDS_MAX];
	int n = argc > 2 ? atoi(argv[1]) : 0;
	int answered = 0;

	if (n < 1 || n > ROUNDS_MAX || start(argv + 2) < 0)
		return 2;
	await(0, 5000);
	type("/");
	await(0, 500);
	for (int i = 0; i < n; i++) {
		double begin = now_ms(), before = processor_ms();

		type("z");
		if (await('z', 5000)) {
			wall[answered] = now_ms() - begin;
			processor[answered++] = processor_ms() - before;
		}
		await(0, 200);
		type("\025");		       /* ^U */
		await(0, 200 + 37 * (i % 11)); /* at all places between two refreshes */
	}
	kill(pid, SIGTERM);
	await(0, 500);
	close(pty);
	waitpid(pid, NULL, 0);
	if (answered < n) {
		fprintf(stderr, "keys: %d of %d were answered\n", answered, n);
		return 1;
	}
	report("key", wall, n);
	report("key-processor", processor, n);
	return 0;
}

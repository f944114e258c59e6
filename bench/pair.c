/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair NAME N A PREPARE_A B PREPARE_B: runs the commands A and B alternately, N times each,
 * and prints one line of JSON with the least wall times and their ratio A / B: what else the
 * machine does only ever adds. The medians are there for comparison.
 * Processor time, of all that the command waited for, is given beside it: a busy machine
 * does not add to it.
 * The PREPARE command ("" for none) runs before each of its own, outside the measurement.
 * Commands are words between blanks, run without a shell; <FILE in front is their standard
 * input. One that fails ends the bench.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORDS 64
#define MAX_RUNS 1000

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void become(const char *command)
{
	char text[4096];
	char *words[MAX_WORDS + 1];
	size_t n = 0;
	char **argv = words;
	int null = open("/dev/null", O_RDWR);
	int in = null;

	snprintf(text, sizeof(text), "%s", command);
	for (char *word = strtok(text, " "); word && n < MAX_WORDS;
	     word = strtok(NULL, " "))
		words[n++] = word;
	words[n] = NULL;
	if (words[0] && words[0][0] == '<')
		in = open(*argv++ + 1, O_RDONLY);
	dup2(in, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	execvp(argv[0], argv);
	_exit(127);
}

/* What children that have ended took of the processors. */
static double used_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

/* How long it took, in milliseconds; of the processors in CPU. */
static double run(const char *command, double *cpu)
{
	double begin = now_ms(), used = used_ms();
	int status;
	pid_t pid;

	if (!*command)
		return *cpu = 0;
	pid = vfork();
	if (pid == 0)
		become(command);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "pair: failed: %s\n", command);
		exit(1);
	}
	*cpu = used_ms() - used;
	return now_ms() - begin;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double a[MAX_RUNS], b[MAX_RUNS], cpu_a[MAX_RUNS], cpu_b[MAX_RUNS], rest;
	size_t n = argc == 7 ? strtoul(argv[2], NULL, 10) : 0;

	if (n < 1 || n > MAX_RUNS) {
		fprintf(stderr, "usage: pair NAME N A PREPARE_A B PREPARE_B\n");
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		run(argv[4], &rest);
		a[i] = run(argv[3], &cpu_a[i]);
		run(argv[6], &rest);
		b[i] = run(argv[5], &cpu_b[i]);
	}
	qsort(a, n, sizeof(a[0]), compare);
	qsort(b, n, sizeof(b[0]), compare);
	qsort(cpu_a, n, sizeof(cpu_a[0]), compare);
	qsort(cpu_b, n, sizeof(cpu_b[0]), compare);
	printf("{\"name\": \"%s\", \"runs\": %zu, \"ms\": %.1f, \"peer_ms\": %.1f, "
	       "\"ratio\": %.3f, \"median_ms\": %.1f, \"peer_median_ms\": %.1f, "
	       "\"cpu_ms\": %.1f, \"peer_cpu_ms\": %.1f, \"cpu_ratio\": %.3f}\n",
	       argv[1], n, a[0], b[0], a[0] / b[0], a[n / 2], b[n / 2], cpu_a[0],
	       cpu_b[0], cpu_a[0] / cpu_b[0]);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair NAME N A PREPARE_A B PREPARE_B: runs the commands A and B alternately, N times each,
 * and prints one line of JSON with the least wall times and their ratio A / B: what else the
 * machine does only ever adds. The medians are there for comparison.
 * The PREPARE command ("" for none) runs before each of its own, outside the measurement.
 * Commands are words between blanks, run without a shell; <FILE in front is their standard
 * input. One that fails ends the bench.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* How long it took, in milliseconds. */
static double run(const char *command)
{
	double begin = now_ms();
	int status;
	pid_t pid;

	if (!*command)
		return 0;
	pid = vfork();
	if (pid == 0)
		become(command);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "pair: failed: %s\n", command);
		exit(1);
	}
	return now_ms() - begin;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double a[MAX_RUNS], b[MAX_RUNS];
	size_t n = argc == 7 ? strtoul(argv[2], NULL, 10) : 0;

	if (n < 1 || n > MAX_RUNS) {
		fprintf(stderr, "usage: pair NAME N A PREPARE_A B PREPARE_B\n");
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		run(argv[4]);
		a[i] = run(argv[3]);
		run(argv[6]);
		b[i] = run(argv[5]);
	}
	qsort(a, n, sizeof(a[0]), compare);
	qsort(b, n, sizeof(b[0]), compare);
	printf("{\"name\": \"%s\", \"runs\": %zu, \"ms\": %.1f, \"peer_ms\": %.1f, "
	       "\"ratio\": %.3f, \"median_ms\": %.1f, \"peer_median_ms\": %.1f}\n",
	       argv[1], n, a[0], b[0], a[0] / b[0], a[n / 2], b[n / 2]);
	return 0;
}

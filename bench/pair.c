/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair NAME N A PREPARE_A B PREPARE_B: runs the commands A and B alternately, N times each,
 * and prints one line of JSON with the median wall and CPU times and their ratio A / B.
 * The PREPARE command ("" for none) runs before each of its own, outside the measurement.
 * Commands are words between blanks, run without a shell. One that fails ends the bench.
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

struct sample {
	double wall_ms, cpu_ms;
};

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double cpu_ms(const struct rusage *use)
{
	return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) * 1e3 +
	       (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec) / 1e3;
}

static void become(const char *command)
{
	char text[4096];
	char *words[MAX_WORDS + 1];
	size_t n = 0;
	int null = open("/dev/null", O_RDWR);

	snprintf(text, sizeof(text), "%s", command);
	for (char *word = strtok(text, " "); word && n < MAX_WORDS;
	     word = strtok(NULL, " "))
		words[n++] = word;
	words[n] = NULL;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	execvp(words[0], words);
	_exit(127);
}

static struct sample run(const char *command)
{
	struct sample s = {0};
	double begin = now_ms();
	struct rusage use;
	int status;
	pid_t pid;

	if (!*command)
		return s;
	pid = vfork();
	if (pid == 0)
		become(command);
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid || status != 0) {
		fprintf(stderr, "pair: failed: %s\n", command);
		exit(1);
	}
	s.wall_ms = now_ms() - begin;
	s.cpu_ms = cpu_ms(&use);
	return s;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const struct sample *s, size_t n, int cpu)
{
	double values[MAX_RUNS];

	for (size_t i = 0; i < n; i++)
		values[i] = cpu ? s[i].cpu_ms : s[i].wall_ms;
	qsort(values, n, sizeof(values[0]), compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

int main(int argc, char **argv)
{
	static struct sample a[MAX_RUNS], b[MAX_RUNS];
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
	printf("{\"name\": \"%s\", \"runs\": %zu, \"ms\": %.1f, \"peer_ms\": %.1f, "
	       "\"ratio\": %.3f, \"cpu_ratio\": %.3f}\n",
	       argv[1], n, median(a, n, 0), median(b, n, 0),
	       median(a, n, 0) / median(b, n, 0), median(a, n, 1) / median(b, n, 1));
	return 0;
}

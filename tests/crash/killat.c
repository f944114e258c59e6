/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * killat [-a] [-w] [-l MS] [-p PID]... N COMMAND...
 *
 * Runs COMMAND, counts the system calls of it, of all its children, and of the processes
 * PID, and kills (SIGKILL) the process that is about to make the Nth one; the call is not
 * made. -a: all of them are killed at that moment. Prints how many calls there were. N 0:
 * nobody is killed.
 *
 * It ends with COMMAND; -l: MS later; -w: when all processes have ended, or MS after COMMAND
 * was killed. What runs then goes on alone.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#define MANY 64
#define LIMIT_MS 60000 /* a command that hangs is a failure of its own */

static const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
			    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			    PTRACE_O_TRACEEXEC;

static pid_t traced[MANY];
static size_t n_traced;
static unsigned long calls, kill_at;
static bool kill_all;

static void die(const char *what)
{
	perror(what);
	exit(125);
}

static void add(pid_t pid)
{
	for (size_t i = 0; i < n_traced; i++)
		if (traced[i] == pid)
			return;
	if (n_traced == MANY) {
		errno = EOVERFLOW;
		die("processes");
	}
	traced[n_traced++] = pid;
}

static void drop(pid_t pid)
{
	for (size_t i = 0; i < n_traced; i++)
		if (traced[i] == pid)
			traced[i] = traced[--n_traced];
}

/* In the stop before a call a killed process does not make it. */
static void count(pid_t pid)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return; /* it was killed just now */
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || ++calls != kill_at)
		return;
	for (size_t i = 0; kill_all && i < n_traced; i++)
		kill(traced[i], SIGKILL);
	kill(pid, SIGKILL);
}

/* Returns whether the process was COMMAND and has ended. */
static bool handle(pid_t pid, int status, pid_t command)
{
	int event = status >> 16, sig = WSTOPSIG(status);

	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		drop(pid);
		return pid == command;
	}
	add(pid);
	if (sig == (SIGTRAP | 0x80)) {
		count(pid);
		sig = 0;
	} else if (event == PTRACE_EVENT_STOP || event) {
		sig = 0;
	}
	ptrace(PTRACE_SYSCALL, pid, 0, sig);
	return false;
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void alarm_in(long ms)
{
	/* Again and again: the first could come just before the wait. */
	const struct itimerval t = {.it_value = {ms / 1000, ms % 1000 * 1000},
				    .it_interval = {0, 10000}};

	setitimer(ITIMER_REAL, &t, NULL);
}

static pid_t launch(char **argv)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		raise(SIGSTOP);
		execvp(argv[0], argv);
		die(argv[0]);
	}
	if (waitpid(pid, NULL, WUNTRACED) < 0)
		die("waitpid");
	if (ptrace(PTRACE_SEIZE, pid, 0, options) < 0)
		die("seize");
	kill(pid, SIGCONT);
	add(pid);
	return pid;
}

static void seize(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, 0, options) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0)
		die("seize");
	add(pid);
}

int main(int argc, char **argv)
{
	const struct sigaction interrupt = {.sa_handler = on_alarm};
	bool wait_all = false, ended = false;
	long later = 0;
	pid_t command;
	int opt;

	while ((opt = getopt(argc, argv, "+awl:p:")) != -1) {
		switch (opt) {
		case 'a': kill_all = true; break;
		case 'w': wait_all = true; break;
		case 'l': later = atol(optarg); break;
		case 'p': seize((pid_t)atol(optarg)); break;
		default: return 2;
		}
	}
	if (optind + 2 > argc)
		return 2;
	kill_at = strtoul(argv[optind], NULL, 10);
	sigaction(SIGALRM, &interrupt, NULL);
	command = launch(argv + optind + 1);
	alarm_in(LIMIT_MS);
	while (n_traced) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR)
			break;
		if (pid < 0)
			break;
		if (!handle(pid, status, command))
			continue;
		ended = true;
		if (wait_all && !WIFSIGNALED(status))
			continue;
		if (!later)
			break;
		alarm_in(later);
	}
	printf("%lu\n", calls);
	return ended ? 0 : 124;
}

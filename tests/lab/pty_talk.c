/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pty_talk LOG SECONDS COMMAND [AWAITED TYPED]...: runs COMMAND on a terminal of 100x30.
 * Each time AWAITED has come out, or succeeds as a command if it begins with "?", TYPED is
 * typed, "\r", "\e", "\t" and "\d" (^D) in it being keys; a TYPED that begins with "!" is run instead. All
 * output goes to LOG. Exit status: COMMAND's (128 + n for a signal), 124 when time is up.
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

static char text[8 << 20];
static size_t len, seen;
static int log_fd;

static int take(int pty, int ms)
{
	struct pollfd p = {pty, POLLIN, 0};
	ssize_t n;

	if (poll(&p, 1, ms) <= 0)
		return 1;
	n = read(pty, text + len, sizeof(text) - len - 1);
	if (n <= 0)
		return 0;
	if (write(log_fd, text + len, (size_t)n) < 0)
		return 0;
	len += (size_t)n;
	return 1;
}

static int has_come(const char *awaited)
{
	char *at;

	if (*awaited == '?') {
		char command[4096];

		snprintf(command, sizeof(command), "(%s) >/dev/null 2>&1 </dev/null",
			 awaited + 1);
		return system(command) == 0;
	}
	at = memmem(text + seen, len - seen, awaited, strlen(awaited));
	if (at)
		seen = (size_t)(at - text) + strlen(awaited);
	return at != NULL;
}

static char key_of(char c)
{
	static const char names[] = "retd", keys[] = "\r\033\t\004";
	const char *at = strchr(names, c);

	return at ? keys[at - names] : c;
}

static void type(int pty, const char *keys)
{
	char line[4096], *to = line;

	if (*keys == '!') {
		snprintf(line, sizeof(line), "(%s) </dev/null &", keys + 1);
		if (system(line) != 0)
			dprintf(2, "pty_talk: cannot run %s\n", keys + 1);
		return;
	}
	for (; *keys && to < line + sizeof(line) - 1; keys++) {
		if (keys[0] == '\\' && keys[1]) {
			keys++;
			*to++ = key_of(*keys);
		} else {
			*to++ = *keys;
		}
	}
	if (write(pty, line, (size_t)(to - line)) < 0)
		dprintf(2, "pty_talk: the terminal is gone\n");
}

static pid_t start(const char *command, int *ret_pty)
{
	const struct winsize size = {30, 100, 0, 0};
	pid_t pid = forkpty(ret_pty, NULL, NULL, &size);

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		fcntl(*ret_pty, F_SETFD, FD_CLOEXEC);
	return pid;
}

int main(int argc, char **argv)
{
	time_t until = time(NULL) + (argc > 3 ? atoi(argv[2]) : 0);
	int pty, status, at = 4;
	pid_t pid;

	if (argc < 4)
		return 2;
	log_fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	pid = start(argv[3], &pty);
	while (pid > 0 && time(NULL) < until) {
		if (!take(pty, 200))
			break;
		if (at + 1 < argc && has_come(argv[at])) {
			type(pty, argv[at + 1]);
			at += 2;
		}
	}
	if (time(NULL) >= until) {
		kill(pid, SIGKILL);
		dprintf(2, "pty_talk: waited in vain for: %s\n",
			at < argc ? argv[at] : "its end");
		return 124;
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services by which a domain's owner runs commands in it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/agent.h"
#include "lib/alloc.h"
#include "lib/buf.h"

enum { EXIT_TROUBLE = 125, LINE_LIMIT = 1 << 20 };

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One word up to `+` or the end, decoded over itself; NULL when it is malformed. */
static char *word(const char **at)
{
	struct buf out = BUF_INIT;
	const char *c = *at;

	buf_add(&out, "");
	while (*c && *c != '+') {
		int high, low;

		if (*c != '-') {
			buf_add_ch(&out, *c++);
			continue;
		}
		if (c[1] == '-') {
			buf_add_ch(&out, '-');
			c += 2;
			continue;
		}
		high = hex(c[1]);
		low = high < 0 ? -1 : hex(c[2]);
		if (low < 0 || (high == 0 && low == 0)) {
			buf_dispose(&out);
			return NULL;
		}
		buf_add_ch(&out, (char)(high * 16 + low));
		c += 3;
	}
	*at = c;
	return buf_steal(&out);
}

static void words_free(char **words, size_t n)
{
	while (n)
		free(words[--n]);
	free(words);
}

char **vm_exec_decode(const char *argument)
{
	char **words = NULL;
	size_t n = 0;

	for (;;) {
		char *w = word(&argument);

		if (!w) {
			words_free(words, n);
			return NULL;
		}
		array_grow(words, n) = w;
		n++;
		if (!*argument)
			break;
		argument++;
	}
	array_grow(words, n) = NULL;
	return words;
}

int vm_exec_main(int argc, char **argv)
{
	char **words = argc == 2 ? vm_exec_decode(argv[1]) : NULL;

	if (!words || !*words[0]) {
		dprintf(STDERR_FILENO, "qubes.VMExec: the argument is malformed\n");
		return EXIT_TROUBLE;
	}
	execvp(words[0], words);
	dprintf(STDERR_FILENO, "%s: %s\n", words[0], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}

/* The first line of standard input, and not a byte more: the rest is for its command. */
static int first_line(struct buf *ret)
{
	char chunk[4096];

	while (ret->len < LINE_LIMIT) {
		ssize_t n = recv(STDIN_FILENO, chunk, sizeof(chunk), MSG_PEEK);
		const char *end = NULL;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOTSOCK)
			n = 1;
		else if (n > 0)
			end = memchr(chunk, '\n', (size_t)n);
		if (n <= 0)
			return (int)n;
		n = read(STDIN_FILENO, chunk,
			 end ? (size_t)(end - chunk) + 1 : (size_t)n);
		if (n <= 0)
			return (int)n;
		buf_add_mem(ret, chunk, (size_t)n);
		if (chunk[n - 1] == '\n')
			return 0;
	}
	return 0;
}

/*
 * Bash reads a script from its standard input byte by byte and leaves the rest to the
 * script's commands; smaller shells take all they get. For those the first line, which is
 * all that qvm-run sends, becomes an argument.
 */
int vm_shell_main(int argc, char **argv)
{
	cleanup_buf struct buf script = BUF_INIT;

	(void)argc;
	(void)argv;
	if (access("/bin/bash", X_OK) == 0)
		execl("/bin/bash", "bash", (char *)NULL);
	if (first_line(&script) < 0)
		return EXIT_TROUBLE;
	buf_add(&script, "\nexec /bin/sh\n");
	execl("/bin/sh", "sh", "-c", script.data, (char *)NULL);
	dprintf(STDERR_FILENO, "/bin/sh: %s\n", strerror(errno));
	return EXIT_TROUBLE;
}

/* The agent is started when the system runs; with systemd it may still be on its way. */
int wait_running_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (access("/run/systemd/system", F_OK) == 0) {
		execlp("systemctl", "systemctl", "is-system-running", "--wait", "--quiet",
		       (char *)NULL);
		return EXIT_TROUBLE;
	}
	return 0;
}

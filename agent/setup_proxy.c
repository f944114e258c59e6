/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-updates-proxy COMMAND [ARG...]: runs COMMAND, whose programs find a proxy on this
 * machine. Each of its connections becomes a call of qubes.UpdatesProxy; dom0's policy says
 * which domain serves it. No network is needed, and nothing listens when COMMAND has ended.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/setup.h"
#include "lib/alloc.h"

#define PORT 8082 /* as in Qubes OS, whose templates may have it in their files */
#define CALLS_MAX 64

static int listen_here(void)
{
	const struct sockaddr_in at = {.sin_family = AF_INET,
				       .sin_port = htons(PORT),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int one = 1;

	if (fd < 0)
		return -errno;
	(void)ioctl(fd, SIOCSIFFLAGS, &lo);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(fd, 16) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

static void set_proxy(void)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "HTTP_PROXY",
					    "HTTPS_PROXY", "ALL_PROXY"};
	cleanup_free char *url = xasprintf("http://localhost:%d/", PORT);

	for (size_t i = 0; i < array_len(names); i++)
		setenv(names[i], url, 1);
}

static pid_t start_command(char **argv)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	set_proxy();
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "qvm-updates-proxy: cannot run %s: %s\n", argv[0],
		strerror(errno));
	_exit(127);
}

static pid_t start_call(int connection)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (dup2(connection, 0) < 0 || dup2(connection, 1) < 0)
		_exit(126);
	execl("/proc/self/exe", "qrexec-client-vm", "@default", "qubes.UpdatesProxy",
	      NULL);
	_exit(127);
}

/* Counts those that have ended; true once the command is one of them. */
static bool reap(pid_t command, int *calls, int *ret_status)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != command) {
			--*calls;
			continue;
		}
		*ret_status =
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		return true;
	}
	return false;
}

static int serve(int fd, pid_t command)
{
	int calls = 0, status = 0;

	while (!reap(command, &calls, &status)) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int connection;

		if (poll(&ready, 1, 200) <= 0 || calls >= CALLS_MAX)
			continue;
		connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (connection < 0)
			continue;
		if (start_call(connection) > 0)
			calls++;
		close(connection);
	}
	return status;
}

int updates_proxy_main(int argc, char **argv)
{
	pid_t command;
	int fd;

	if (argc < 2) {
		dprintf(STDERR_FILENO, "usage: qvm-updates-proxy COMMAND [ARG...]\n");
		return 2;
	}
	fd = listen_here();
	if (fd < 0) {
		dprintf(STDERR_FILENO, "qvm-updates-proxy: cannot listen: %s\n",
			strerror(-fd));
		return 126;
	}
	command = start_command(argv + 1);
	if (command < 0)
		return 126;
	return serve(fd, command);
}

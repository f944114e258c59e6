/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One port of another domain, under dom0's policy and without a network between them:
 *
 *	qvm-connect-tcp [LOCALPORT]:[DOMAIN]:PORT	listens here
 *	qubes.ConnectTCP+PORT				is called there, and connects
 *	qubes.UpdatesProxy				the same to the port of an updates proxy
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/agent.h"
#include "lib/file.h"
#include "lib/size.h"

enum { PROXY_PORT = 8082, CONNECT_EXIT = 1, BACKLOG = 64 };

static int complain(const char *what, int errnum)
{
	dprintf(STDERR_FILENO, "qvm-connect-tcp: %s: %s\n", what, strerror(errnum));
	return CONNECT_EXIT;
}

static struct sockaddr_in local(long long port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* ---- the side that is called ---- */

/* One way of the two; false when it has ended. */
static bool pass(int from, int to)
{
	char data[16384];
	ssize_t n = read(from, data, sizeof(data));

	if (n < 0 && errno == EINTR)
		return true;
	return n > 0 && fd_write_all(to, data, (size_t)n) == 0;
}

/*
 * Each way ends by itself, and the other goes on: what was sent to the end is still answered.
 */
static void relay(int sock)
{
	struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
			      {.fd = sock, .events = POLLIN}};

	while (p[1].fd >= 0 && (poll(p, 2, -1) > 0 || errno == EINTR)) {
		if (p[0].revents && !pass(STDIN_FILENO, sock)) {
			p[0].fd = -1;
			(void)shutdown(sock, SHUT_WR);
		}
		if (p[1].revents && !pass(sock, STDOUT_FILENO))
			p[1].fd = -1;
	}
}

static int connect_to(long long port)
{
	struct sockaddr_in at = local(port);
	cleanup_close int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (sock < 0 || connect(sock, (struct sockaddr *)&at, sizeof(at)) < 0)
		return complain("cannot connect", errno);
	relay(sock);
	return 0;
}

int connect_tcp_main(int argc, char **argv)
{
	long long port;

	if (argc != 2 || num_parse(argv[1], 1, 65535, &port) < 0)
		return complain("the argument is no port", EINVAL);
	return connect_to(port);
}

int updates_service_main(int argc unused, char **argv unused)
{
	return connect_to(PROXY_PORT);
}

/* ---- the side that calls ---- */

struct tunnel {
	long long here;
	char *domain, service[32];
};

static noreturn void call(const struct tunnel *t, int sock)
{
	if (dup2(sock, STDIN_FILENO) < 0 || dup2(sock, STDOUT_FILENO) < 0)
		_exit(complain("cannot pass it on", errno));
	(void)signal(SIGCHLD, SIG_DFL);
	execlp("qrexec-client-vm", "qrexec-client-vm", t->domain, t->service, NULL);
	_exit(complain("cannot run qrexec-client-vm", errno));
}

static int serve(const struct tunnel *t, int listener)
{
	for (;;) {
		cleanup_close int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (sock < 0 && errno != EINTR && errno != ECONNABORTED)
			return complain("cannot accept", errno);
		if (sock >= 0 && fork() == 0)
			call(t, sock);
	}
}

static int listen_at(long long port)
{
	struct sockaddr_in at = local(port);
	cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* "8080:web:80"; without the first it is the last, without the second the policy says. */
static bool parse(char *text, struct tunnel *ret)
{
	char *domain = strchr(text, ':');
	char *port = domain ? strrchr(text, ':') : NULL;
	long long there;

	if (!port || port == domain)
		return false;
	*domain++ = *port++ = '\0';
	if (strchr(domain, ':') || num_parse(port, 1, 65535, &there) < 0)
		return false;
	ret->here = there;
	if (*text && num_parse(text, 1, 65535, &ret->here) < 0)
		return false;
	ret->domain = *domain ? domain : (char *)"@default";
	snprintf(ret->service, sizeof(ret->service), "qubes.ConnectTCP+%lld", there);
	return true;
}

int connect_main(int argc, char **argv)
{
	struct tunnel t = {0};
	cleanup_close int listener = -1;

	if (argc != 2 || !parse(argv[1], &t)) {
		dprintf(STDERR_FILENO,
			"usage: qvm-connect-tcp [LOCALPORT]:[DOMAIN]:PORT\n");
		return 2;
	}
	listener = listen_at(t.here);
	if (listener < 0)
		return complain("cannot listen", -listener);
	/* Nobody waits for the ends of the calls. */
	(void)signal(SIGCHLD, SIG_IGN);
	return serve(&t, listener);
}

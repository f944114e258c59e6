/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fetch ADDRESS PORT: what a web server there has at /, without its headers. Exit status 3
 * when nobody answers within five seconds, 1 for whatever else goes wrong. (The guests'
 * static busybox cannot look up even an address without the system's libraries.)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const char request[] = "GET / HTTP/1.0\r\n\r\n";

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	const struct timeval patience = {.tv_sec = 5};
	static char answer[65536];
	const char *body;
	size_t len = 0;
	ssize_t n;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 3 || fd < 0 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		return 2;
	to.sin_port = htons((unsigned short)atoi(argv[2]));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return errno == EINPROGRESS || errno == ETIMEDOUT ? 3 : 1;
	if (write(fd, request, sizeof(request) - 1) != sizeof(request) - 1)
		return 1;
	while (len < sizeof(answer) - 1 &&
	       (n = read(fd, answer + len, sizeof(answer) - 1 - len)) > 0)
		len += (size_t)n;
	body = strstr(answer, "\r\n\r\n");
	if (!body)
		return 1;
	fputs(body + 4, stdout);
	return 0;
}
